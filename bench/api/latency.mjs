// Latency of text searches, encoder included, and of product pages, as a client sees it.
//
//   node bench/api/latency.mjs http://127.0.0.1:8080 [REQUESTS] [CLIENTS]
//
// Every query is different, so that nothing can be cached: three to six words
// drawn from a fashion vocabulary. The client shares the processors with the server,
// so it is node:http on kept connections: fetch takes a millisecond of processor time
// for each request, which is more than the server does.
import http from "node:http";

const [url = "http://127.0.0.1:8080", requests = "1000", clients = "1"] = process.argv.slice(2);

const words =
  "red blue black white green navy floral striped cotton leather denim summer winter party office casual women men girls boys dress shirt jeans shoes watch bag jacket sandals kurta top skirt belt long short slim vintage".split(
    " ",
  );
let seed = 1;
const random = (n) => (seed = (seed * 48271) % 2147483647) % n;
const query = () => Array.from({ length: 3 + random(4) }, () => words[random(words.length)]).join(" ");

const agent = new http.Agent({ keepAlive: true });

/** The bytes of a 200; anything else throws. */
function call(method, path, body) {
  return new Promise((resolve, reject) => {
    const headers = body ? { "content-type": "application/json", "content-length": Buffer.byteLength(body) } : {};
    const request = http.request(url + path, { method, agent, headers }, (response) => {
      const parts = [];
      response.on("data", (part) => parts.push(part));
      response.on("end", () => {
        const bytes = Buffer.concat(parts);
        if (response.statusCode === 200) resolve(bytes);
        else reject(new Error(`${response.statusCode}: ${bytes}`));
      });
    });
    request.on("error", reject);
    request.end(body);
  });
}

const search = () => call("POST", "/api/v1/search/text", JSON.stringify({ query: query(), limit: 20 }));

async function measure(what, count, clients, run) {
  for (let i = 0; i < 20; i++) await run(); // connections, caches
  const times = [];
  const begun = performance.now();
  await Promise.all(
    Array.from({ length: clients }, async () => {
      while (count-- > 0) {
        const started = performance.now();
        await run();
        times.push(performance.now() - started);
      }
    }),
  );
  const seconds = (performance.now() - begun) / 1000;
  times.sort((a, b) => a - b);
  const at = (share) => times[Math.min(times.length - 1, Math.floor(times.length * share))].toFixed(1);
  console.log(
    `${times.length} ${what}, ${clients} at a time: ` +
      `median ${at(0.5)} ms, p95 ${at(0.95)} ms, p99 ${at(0.99)} ms, ${(times.length / seconds).toFixed(0)}/s`,
  );
}

const found = JSON.parse(await search()).products.map((product) => product.product_id);
await measure("searches", Number(requests), Number(clients), search);
await measure("product pages", Number(requests), 1, () =>
  call("GET", `/api/v1/products/${encodeURIComponent(found[random(found.length)])}`),
);
agent.destroy();
