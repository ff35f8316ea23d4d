// Latency of text searches, encoder included, as a client sees it.
//
//   node bench/api/latency.mjs http://127.0.0.1:8080 [REQUESTS] [CLIENTS]
//
// Every query is different, so that nothing can be cached: three to six words
// drawn from a fashion vocabulary.
const [url = "http://127.0.0.1:8080", requests = "1000", clients = "1"] = process.argv.slice(2);

const words =
  "red blue black white green navy floral striped cotton leather denim summer winter party office casual women men girls boys dress shirt jeans shoes watch bag jacket sandals kurta top skirt belt long short slim vintage".split(
    " ",
  );
let seed = 1;
const random = (n) => (seed = (seed * 48271) % 2147483647) % n;
const query = () => Array.from({ length: 3 + random(4) }, () => words[random(words.length)]).join(" ");

async function search() {
  const started = performance.now();
  const response = await fetch(`${url}/api/v1/search/text`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query: query(), limit: 20 }),
  });
  const body = await response.json();
  if (response.status !== 200) throw new Error(`${response.status}: ${body.detail}`);
  return performance.now() - started;
}

for (let i = 0; i < 20; i++) await search(); // connections, caches
const times = [];
let left = Number(requests);
const begun = performance.now();
await Promise.all(
  Array.from({ length: Number(clients) }, async () => {
    while (left-- > 0) times.push(await search());
  }),
);
const seconds = (performance.now() - begun) / 1000;
times.sort((a, b) => a - b);
const at = (share) => times[Math.min(times.length - 1, Math.floor(times.length * share))].toFixed(1);
console.log(
  `${times.length} searches, ${clients} at a time: ` +
    `median ${at(0.5)} ms, p95 ${at(0.95)} ms, p99 ${at(0.99)} ms, ${(times.length / seconds).toFixed(0)}/s`,
);
