// How soon a product that plain psql wrote is found by a search, while many clients search.
//
//   node bench/api/freshness.mjs http://127.0.0.1:8080 postgresql://HOST/DATABASE [PRODUCTS] [CLIENTS]
//
// One psql session stays open. For each product, the clock runs from when psql says that the
// INSERT is committed until a search for its name has it first; another search is sent as soon
// as the one before is answered. The clients search without a pause all the while.
import { spawn } from "node:child_process";
import http from "node:http";
import { createInterface } from "node:readline";

const [url, database, products = "100", clients = "64"] = process.argv.slice(2);
if (!database) {
  console.error("usage: node bench/api/freshness.mjs URL DATABASE_URL [PRODUCTS] [CLIENTS]");
  process.exit(2);
}

const agent = new http.Agent({ keepAlive: true });
function search(query, limit) {
  return new Promise((resolve, reject) => {
    const body = JSON.stringify({ query, index: "text", limit });
    const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
    const request = http.request(`${url}/api/v1/search/text`, { method: "POST", agent, headers }, (response) => {
      const parts = [];
      response.on("data", (part) => parts.push(part));
      response.on("end", () => {
        const bytes = Buffer.concat(parts);
        if (response.statusCode === 200) resolve(JSON.parse(bytes).products);
        else reject(new Error(`${response.statusCode}: ${bytes}`));
      });
    });
    request.on("error", reject);
    request.end(body);
  });
}

const colors = "red blue black white green navy olive coral teal plum".split(" ");
const things = "dress shirt jeans shoes watch bag jacket sandals kurta skirt belt scarf".split(" ");
const pick = (from, i) => from[i % from.length];

// A psql that stays: run() resolves when the server has committed.
const psql = spawn("psql", ["-X", "-q", "-v", "ON_ERROR_STOP=1", database], { stdio: ["pipe", "pipe", "inherit"] });
const waiting = [];
createInterface({ input: psql.stdout }).on("line", () => waiting.shift()());
psql.on("exit", (code) => code && process.exit(1));
const run = (sql) =>
  new Promise((resolve) => {
    waiting.push(resolve);
    psql.stdin.write(`${sql};\n\\echo done\n`);
  });

let done = false;
let searches = 0;
const load = Array.from({ length: Number(clients) }, async (_, c) => {
  for (let i = c; !done; i += 7, searches++) await search(`${pick(colors, i)} ${pick(things, i >> 3)} number ${i}`, 20);
});

const times = [];
const begun = performance.now();
for (let i = 0; i < Number(products); i++) {
  const id = `fresh-${process.pid}-${i}`;
  const name = `Weftish ${pick(colors, i)} ${pick(things, i * 5)} edition ${1000 + i}`;
  await run(`INSERT INTO fashion_demo.products (product_id, product_display_name) VALUES ('${id}', '${name}')`);
  const committed = performance.now();
  while ((await search(name, 3)).every((product) => product.product_id !== id));
  times.push(performance.now() - committed);
}
const seconds = (performance.now() - begun) / 1000;
done = true;
await Promise.all(load);
await run(`DELETE FROM fashion_demo.products WHERE product_id LIKE 'fresh-${process.pid}-%'`);
psql.stdin.end();
agent.destroy();

times.sort((a, b) => a - b);
const at = (share) => times[Math.min(times.length - 1, Math.floor(times.length * share))].toFixed(0);
console.log(
  `${times.length} products by psql, ${clients} clients searching (${(searches / seconds).toFixed(0)}/s): found after ` +
    `median ${at(0.5)} ms, p95 ${at(0.95)} ms, longest ${at(1)} ms`,
);
