// An experiment: users are assigned once and for all, what they see and do is kept, and the
// report says whether a difference is real.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { demoData, program, programOptions, startServer, until, weft } from "./weft.mjs";

describe("an experiment", () => {
  let server, headers;
  const NAME = "diverse-or-not";
  before(async () => {
    const data = demoData();
    const file = path.join(data, "experiment.json");
    writeFileSync(file, JSON.stringify({ name: NAME, share_b: 0.5, a: {}, b: { diversity: 0.7 } }));
    assert.match(weft(data, "experiment", "check", file), /diverse-or-not: 50 % of users/);
    server = await startServer({ data, args: ["--experiment", file] });
    headers = { authorization: `Bearer ${weft(data, "token", "create", "shop").trim()}` };
  });
  after(() => server.stop());

  const search = async (user_id, more = {}) => {
    const { status, body } = await server.call("POST", "/api/v1/search/text", { query: "women", limit: 12, user_id, ...more });
    assert.equal(status, 200);
    return body;
  };
  const ids = (body) => body.products.map((p) => p.product_id).join();
  const event = async (body, user_id, event_type) => {
    const [{ product_id }] = body.products;
    const answer = await server.call("POST", "/api/v1/events", { user_id, product_id, event_type, query_id: body.query_id }, headers);
    assert.equal(answer.status, 202);
  };
  const report = () => JSON.parse(weft(server.data, "experiment", "report", NAME, "--json"));
  const kept = async () => Number((await server.call("GET", "/metrics")).body.match(/weft_searches_kept_total (\d+)/)[1]);

  it("shows each user one arm, on every page and every time", async () => {
    const plain = ids(await search(undefined));
    const diverse = ids(await search(undefined, { diversity: 0.7 }));
    assert.notEqual(plain, diverse);
    const seen = { [plain]: 0, [diverse]: 0 };
    for (let i = 0; i < 40; i++) {
      const first = await search(`visitor-${i}`);
      seen[ids(first)]++;
      assert.equal(ids(await search(`visitor-${i}`)), ids(first));
      const second = await search(`visitor-${i}`, { cursor: first.next_cursor });
      const all = [...first.products, ...second.products].map((p) => p.product_id);
      assert.equal(new Set(all).size, all.length);
    }
    assert.equal(seen[plain] + seen[diverse], 40, "nothing else is shown");
    assert.ok(Math.min(seen[plain], seen[diverse]) >= 8, JSON.stringify(seen));
  });

  it("says that there is no difference, and that there is one", async () => {
    const plain = ids(await search(undefined));
    let random = 5;
    const chance = (share) => (random = (random * 48271) % 2147483647) / 2147483647 < share;
    // Buyers like arm b, and click in both alike.
    let before = await kept();
    for (let i = 0; i < 300; i++) {
      const user = `buyer-${i}`;
      const body = await search(user, { limit: 12 });
      const isB = ids(body) !== plain;
      if (chance(0.5)) await event(body, user, "click");
      if (chance(isB ? 0.5 : 0.15)) await event(body, user, "purchase");
    }
    await until(async () => (await kept()) >= before + 300, 10, "all searches are kept");
    const r = report();
    assert.ok(r.a.users >= 100 && r.b.users >= 100, JSON.stringify(r));
    assert.equal(r.users_in_both, 0);
    assert.equal(r.users_who_bought.verdict, "b is better");
    assert.ok(r.users_who_bought.p < 0.001 && r.users_who_bought.low > 0);
    assert.ok(Math.abs(r.users_who_bought.difference - 0.28) < 0.15, JSON.stringify(r.users_who_bought));
    const text = weft(server.data, "experiment", "report", NAME);
    assert.match(text, /users who bought .*b is better/);
  });

  it("keeps what was shown with every signal, and the cut of the last seconds at the end", async () => {
    const body = await search("last-minute");
    await server.end("SIGTERM");
    const again = await startServer({ data: server.data, args: ["--log-searches"] });
    assert.ok(report().a.users + report().b.users > 300);
    server = again;
    assert.ok(body.query_id);
  });

  it("wrong files and unknown experiments are named", () => {
    const file = path.join(server.data, "wrong.json");
    writeFileSync(file, '{"name": "x", "a": {}, "b": {"diversity": 9}}');
    const run = (...args) => spawnSync(program, [...programOptions(server.data), ...args], { encoding: "utf8" });
    for (const args of [["experiment", "check", file], ["serve", "--listen", "127.0.0.1:0", "--experiment", file]]) {
      const end = run(...args);
      assert.equal(end.status, 1);
      assert.match(end.stderr, /wrong\.json: b: diversity is a number from 0 to 1/);
    }
    const unknown = run("experiment", "report", "nothing");
    assert.equal(unknown.status, 1);
    assert.match(unknown.stderr, /no search of an experiment "nothing"/);
  });
});

describe("an interleaved experiment", () => {
  let server, headers, searches = 0;
  const NAME = "both-at-once";
  before(async () => {
    const data = demoData();
    const file = path.join(data, "experiment.json");
    writeFileSync(file, JSON.stringify({ name: NAME, interleave: true, a: {}, b: { diversity: 0.9 } }));
    assert.match(weft(data, "experiment", "check", file), /100 % of users see both arms in one list/);
    server = await startServer({ data, args: ["--experiment", file] });
    headers = { authorization: `Bearer ${weft(data, "token", "create", "shop").trim()}` };
  });
  after(() => server.stop());

  const search = async (more) => {
    const { status, body } = await server.call("POST", "/api/v1/search/text", { query: "women", limit: 12, ...more });
    assert.equal(status, 200);
    searches++;
    return body;
  };
  const ids = (body) => body.products.map((p) => p.product_id);
  const event = async (body, user_id, product_id, event_type) => {
    const answer = await server.call("POST", "/api/v1/events", { user_id, product_id, event_type, query_id: body.query_id }, headers);
    assert.equal(answer.status, 202);
  };
  const all = async (more) => {
    const pages = [];
    let cursor, total;
    do {
      const body = await search({ limit: 100, cursor, ...more });
      pages.push(...ids(body));
      total = body.total;
      cursor = body.next_cursor;
    } while (cursor);
    assert.equal(pages.length, total);
    return pages;
  };
  const report = () => JSON.parse(weft(server.data, "experiment", "report", NAME, "--json")).interleaved;
  const kept = async () => Number((await server.call("GET", "/metrics")).body.match(/weft_searches_kept_total (\d+)/)[1]);

  const allKept = () => until(async () => (await kept()) === searches, 10, "all searches are kept");

  it("shows every product of the question once, the same for a user each time", async () => {
    const plain = await all({});
    const joint = await all({ user_id: "reader" });
    assert.equal(new Set(joint).size, joint.length);
    assert.deepEqual([...joint].sort(), [...plain].sort());
    assert.notDeepEqual(joint, plain);
    assert.deepEqual(await all({ user_id: "reader" }), joint);
    assert.notDeepEqual(await all({ user_id: "another" }), joint);
    const short = [];
    for (let cursor, i = 0; i < 4; i++) {
      const body = await search({ user_id: "reader", limit: 7, cursor });
      short.push(...ids(body));
      cursor = body.next_cursor;
    }
    assert.deepEqual(short, joint.slice(0, 28));
  });

  it("reports whose results are taken, and no difference where there is none", async () => {
    const a = ids(await search({ limit: 100 })), b = ids(await search({ limit: 100, diversity: 0.9 }));
    // What b drafts before a comes to it: by round n, a has passed at most 2n of its own.
    const onlyB = new Set(b.slice(0, 20).filter((id, i) => !a.slice(0, 2 * (i + 1) + 1).includes(id)));
    assert.ok(onlyB.size >= 1, "the arms differ");
    const USERS = 60;
    for (let i = 0; i < USERS; i++) {
      const user = `even-${i}`;
      const body = await search({ user_id: user });
      await event(body, user, ids(body)[i % 2], "click"); // one of the first round
    }
    await allKept();
    const even = report();
    assert.equal(even.clicks.users, USERS);
    assert.equal(even.clicks.verdict, "no difference is shown", JSON.stringify(even));
    for (let i = 0; i < USERS; i++) {
      const user = `keen-${i}`;
      const body = await search({ user_id: user, limit: 40 });
      const liked = ids(body).find((id) => onlyB.has(id));
      if (liked) await event(body, user, liked, "purchase");
    }
    await allKept();
    const keen = report();
    assert.equal(keen.purchases.verdict, "b is better", JSON.stringify(keen));
    assert.ok(keen.purchases.share_of_b > 0.95);
    assert.equal(keen.clicks.verdict, "b is better");
    assert.match(weft(server.data, "experiment", "report", NAME), /b's share of purchases .*b is better/);
  });
});
