// How many events a second a server takes, each on the disk when it is answered.
//
//   node bench/api/events.mjs http://127.0.0.1:8080 TOKEN DATABASE [SECONDS] [CLIENTS]
//
// The clients keep a connection each and post single events without a pause, then lists of 100.
// Afterwards the events are counted in the DATABASE (DATA/weft.db, or a postgresql:// URL; sqlite3
// or psql must be there): what was answered 202 and is not there is lost. The client shares the
// processors with the server, so it writes to plain sockets: node:http would take more processor
// time than the server does.
import { execFileSync } from "node:child_process";
import { connect } from "node:net";

const [url, token, database, seconds = "10", clients = "64"] = process.argv.slice(2);
if (!database) {
  console.error("usage: node bench/api/events.mjs URL TOKEN DATABASE [SECONDS] [CLIENTS]");
  process.exit(2);
}
const GOAL = 5000; // events a second
const { hostname, port } = new URL(url);

const pages = [1, 2, 3].map(async (page) => {
  const answer = await fetch(`${url}/api/v1/products?page=${page}&page_size=100`);
  return (await answer.json()).products.map((product) => product.product_id);
});
const products = (await Promise.all(pages)).flat();
const run = `bench-${process.pid}`;
const types = ["view", "view", "view", "add_to_cart", "purchase"];
let made = 0;
const event = () => {
  const i = made++;
  const user_id = `${run}-${i % 5000}`;
  return { user_id, product_id: products[(i * 7919) % products.length], event_type: types[i % 5], query_id: `${run}-${i}` };
};

/** Posts bodies on one connection, one after another, until `end`. Counts and times what is taken. */
function client(size, end, times) {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname);
    socket.setNoDelay(true);
    let taken = 0;
    let begun = 0;
    let text = "";
    const next = () => {
      if (performance.now() >= end) return socket.end(), resolve(taken);
      const body = JSON.stringify(size === 1 ? event() : { events: Array.from({ length: size }, event) });
      begun = performance.now();
      socket.write(
        `POST /api/v1/events HTTP/1.1\r\nHost: ${hostname}:${port}\r\nAuthorization: Bearer ${token}\r\n` +
          `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
      );
    };
    socket.on("connect", next);
    socket.on("error", reject);
    socket.on("close", () => resolve(taken));
    socket.on("data", (bytes) => {
      text += bytes.toString("latin1");
      const head = text.indexOf("\r\n\r\n");
      if (head < 0) return;
      const length = Number(text.match(/content-length: (\d+)/i)[1]);
      if (text.length < head + 4 + length) return;
      const status = Number(text.slice(9, 12));
      if (status !== 202) return reject(new Error(text));
      text = "";
      times.push(performance.now() - begun);
      taken += size;
      next();
    });
  });
}

const count = () => {
  const sql = `SELECT count(*), count(DISTINCT query_id) FROM TABLE WHERE query_id LIKE '${run}-%'`;
  const text = database.startsWith("postgresql:")
    ? execFileSync("psql", ["-XqtA", database, "-c", sql.replace("TABLE", "fashion_demo.transactions")])
    : execFileSync("sqlite3", [`file:${database}?mode=ro`, sql.replace("TABLE", "transactions")]);
  return String(text).trim().split("|").map(Number);
};

let taken = 0;
const rates = [];
for (const size of [1, 100]) {
  const times = [];
  const begun = performance.now();
  const end = begun + Number(seconds) * 1000;
  const each = await Promise.all(Array.from({ length: Number(clients) }, () => client(size, end, times)));
  const some = each.reduce((a, b) => a + b, 0);
  const rate = some / ((performance.now() - begun) / 1000);
  rates.push(rate);
  taken += some;
  times.sort((a, b) => a - b);
  const at = (share) => times[Math.min(times.length - 1, Math.floor(times.length * share))].toFixed(1);
  console.log(
    `${some} events, ${size === 1 ? "one by one" : `lists of ${size}`}, ${clients} clients: ${rate.toFixed(0)}/s, ` +
      `median ${at(0.5)} ms, p95 ${at(0.95)} ms, p99 ${at(0.99)} ms, x goal ${(rate / GOAL).toFixed(2)}`,
  );
}
const [there, once] = count();
console.log(`lists x one by one ${(rates[1] / rates[0]).toFixed(2)}; ${taken - once} lost, ${there - once} twice`);
