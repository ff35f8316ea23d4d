// Events: what was answered 202 is on the disk, once, whatever happens to the server.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import http from "node:http";
import { after, before, describe, it } from "node:test";
import { demoRows, select, sleep, startServer, weft } from "./weft.mjs";

const rows = demoRows();
const product = (i) => rows[i % rows.length].id;
const TYPES = ["view", "click", "add_to_cart", "purchase"];
const event = (i, more) => ({ user_id: `u${i % 97}`, product_id: product(i), event_type: TYPES[i % 4], ...more });

describe("events", () => {
  let server, headers;
  before(async () => {
    server = await startServer();
    headers = { authorization: `Bearer ${weft(server.data, "token", "create", "shop").trim()}` };
  });
  after(() => server.stop());
  const post = (body) => server.call("POST", "/api/v1/events", body, headers);
  const stored = (user) =>
    select(server.data, `SELECT product_id, event_type, query_id FROM transactions WHERE user_id = '${user}' ORDER BY transaction_id`);

  it("one is taken, or refused by name", async () => {
    const { status, body } = await post(event(1, { user_id: "alone", query_id: "q-1" }));
    assert.equal(status, 202);
    assert.deepEqual(body, { accepted: true });
    assert.deepEqual(stored("alone"), [{ product_id: product(1), event_type: "click", query_id: "q-1" }]);
    for (const [change, wanted, field] of [
      [{ product_id: "nope" }, 404, "product_id"],
      [{ product_id: undefined }, 400, "product_id"],
      [{ user_id: "" }, 400, "user_id"],
      [{ user_id: "u".repeat(201) }, 400, "user_id"],
      [{ user_id: 7 }, 400, "user_id"],
      [{ event_type: "hum" }, 400, "event_type"],
      [{ query_id: ["q"] }, 400, "query_id"],
      [{ at: "2026-01-01" }, 400, "at"],
      [{ events: [event(1)] }, 400, "user_id"],
    ]) {
      const { status, body } = await post({ ...event(1, { user_id: "alone" }), ...change });
      assert.equal(status, wanted, JSON.stringify(change));
      assert.equal(body.field, field, body.detail);
    }
    assert.equal(stored("alone").length, 1);
  });

  it("of a list those of unknown products are told by index, the others are taken in order", async () => {
    const events = Array.from({ length: 1000 }, (_, i) => event(i, { user_id: "list", query_id: `q-${i}` }));
    for (const i of [0, 17, 999]) events[i].product_id = `nope-${i}`;
    const { status, body } = await post({ events });
    assert.equal(status, 202);
    assert.equal(body.accepted, 997);
    assert.deepEqual(
      body.rejected,
      [0, 17, 999].map((index) => ({ index, field: "product_id", product_id: `nope-${index}`, detail: "no such product" })),
    );
    const wanted = events.filter((e) => !e.product_id.startsWith("nope")).map(({ user_id, ...rest }) => rest);
    assert.deepEqual(stored("list"), wanted);
    const none = await post({ events: [event(1, { product_id: "nope" })] });
    assert.deepEqual([none.status, none.body.accepted, none.body.rejected.length], [202, 0, 1]);
    const twice = await post({ events: [event(1, { user_id: "twice" }), event(1, { user_id: "twice" })] });
    assert.deepEqual(twice.body, { accepted: 2, rejected: [] });
    assert.equal(stored("twice").length, 2, "who looks twice has looked twice");
  });

  it("a bad list is refused whole, by the number of what is wrong", async () => {
    const good = event(1, { user_id: "bad" });
    for (const [events, field, detail] of [
      [[], "events", /^events: must be a list of 1 to 1000/],
      ["x", "events", /^events: must be a list/],
      [{}, "events", /^events: must be a list/],
      [Array(1001).fill(good), "events", /^events: must be a list/],
      [[good, 7], "events[1]", /^events\[1\]: must be an object/],
      [[good, null], "events[1]", /^events\[1\]: must be an object/],
      [[good, good, { ...good, event_type: "hum" }], "events[2].event_type", /^events\[2\]: event_type: must be/],
      [[{ ...good, user_id: undefined }], "events[0].user_id", /^events\[0\]: user_id: is needed/],
      [[good, { ...good, product_id: 5 }], "events[1].product_id", /^events\[1\]: product_id: must be a string/],
      [[good, { ...good, colour: "Red" }], "events[1].colour", /^events\[1\]: colour: no such field/],
      [[good, { ...good, query_id: "q".repeat(201) }], "events[1].query_id", /^events\[1\]: query_id: 201 bytes/],
    ]) {
      const { status, body } = await post({ events });
      assert.equal(status, 400, String(detail));
      assert.match(body.detail, detail);
      assert.equal(body.field, field);
    }
    assert.equal((await post("{")).status, 400);
    assert.equal((await post("[]")).status, 400);
    assert.equal((await post(JSON.stringify({ events: [good] }).padEnd(1200000))).status, 413);
    assert.deepEqual(stored("bad"), []);
  });
});

/**
 * 64 clients post without a pause, each on a connection of its own, until go() is false or the server is
 * gone; every other client posts lists. Returns the query_ids that were answered 202.
 */
async function storm(server, token, round, go) {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 64 });
  const accepted = [];
  let sent = 0;
  const post = (body) =>
    new Promise((resolve) => {
      const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body), authorization: `Bearer ${token}` };
      const request = http.request(`${server.url}/api/v1/events`, { method: "POST", agent, headers }, (response) => {
        response.resume();
        response.on("end", () => resolve(response.statusCode));
        response.on("error", () => resolve(0));
      });
      request.on("error", () => resolve(0));
      request.end(body);
    });
  await Promise.all(
    Array.from({ length: 64 }, async (_, client) => {
      for (let i = 0; go(accepted.length); i++) {
        const n = client % 2 ? 1 + (i % 20) : 1;
        const events = Array.from({ length: n }, (_, k) => event(sent + k, { query_id: `${round}-${client}-${i}-${k}` }));
        sent += n;
        const status = await post(JSON.stringify(client % 2 ? { events } : events[0]));
        if (status === 0) return;
        if (status === 202) accepted.push(...events.map((e) => e.query_id));
        else assert.ok([500, 503].includes(status), `status ${status}`); // the database is away
      }
    }),
  );
  agent.destroy();
  return accepted;
}

describe("when the server is killed while 64 clients post", () => {
  it("every event that was taken is there after the restart, none twice", async () => {
    let server = await startServer();
    const token = weft(server.data, "token", "create", "shop").trim();
    try {
      const accepted = [];
      for (let round = 0; round < 3; round++) {
        let isKilled = false;
        const some = storm(server, token, round, (n) => {
          if (n > 2500 && !isKilled) {
            isKilled = true;
            server.end("SIGKILL");
          }
          return true;
        });
        accepted.push(...(await some));
        server = await startServer({ data: server.data });
        const there = select(server.data, "SELECT query_id FROM transactions").map((row) => row.query_id);
        const once = new Set(there);
        assert.equal(once.size, there.length, "none twice");
        assert.deepEqual(accepted.filter((id) => !once.has(id)), [], "none lost");
        assert.ok(accepted.length > 2500 * (round + 1));
      }
      // What nobody was told about may be there as well: at most what was on its way.
      const [{ n }] = select(server.data, "SELECT count(*) AS n FROM transactions");
      assert.ok(Number(n) - accepted.length <= 3 * 64 * 20);
    } finally {
      await server.stop();
    }
  });

  it("nor when the database crashes under it", { skip: !process.env.WEFT_TEST_POSTGRES_CONTROL }, async () => {
    const control = (what) => execFileSync(process.env.WEFT_TEST_POSTGRES_CONTROL, [what], { stdio: ["ignore", "ignore", "inherit"] });
    const server = await startServer();
    const token = weft(server.data, "token", "create", "shop").trim();
    try {
      let isOver = false;
      const all = storm(server, token, 0, () => !isOver);
      for (let crash = 0; crash < 2; crash++) {
        await sleep(700);
        control("stop");
        await sleep(300);
        control("start");
      }
      await sleep(1500);
      isOver = true;
      const accepted = await all;
      const there = select(server.data, "SELECT query_id FROM transactions").map((row) => row.query_id);
      const once = new Set(there);
      assert.equal(once.size, there.length, "none twice");
      assert.deepEqual(accepted.filter((id) => !once.has(id)), [], "none lost");
      assert.ok(accepted.length > 500, `${accepted.length} were taken`);
    } finally {
      await server.stop();
    }
  });
});
