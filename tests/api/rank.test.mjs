// Learning to rank: from what users do with what they are shown; used only where it wins.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { demoData, demoRows, program, programOptions, startServer, until, weft } from "./weft.mjs";

describe("learning to rank", () => {
  let server, headers;
  const types = [...new Set(demoRows().map((r) => r.articleType))].filter(
    (type) => demoRows().filter((r) => r.articleType === type).length >= 8,
  );
  let random = 11;
  const chance = () => (random = (random * 48271) % 2147483647) / 2147483647;

  async function start(data) {
    server = await startServer({ data, args: ["--log-searches"] });
    headers = { authorization: `Bearer ${weft(data, "token", "create", "shop").trim()}` };
  }
  before(() => start(demoData()));
  after(() => server.stop());

  const search = async (query, more = {}) => {
    const { status, body } = await server.call("POST", "/api/v1/search/text", { query, limit: 12, ...more });
    assert.equal(status, 200);
    return body;
  };
  const metric = async (name) => Number((await server.call("GET", "/metrics")).body.match(new RegExp(`${name} (\\d+)`))[1]);
  const train = () => JSON.parse(weft(server.data, "rank", "train", "--json"));
  const model = () => path.join(server.data, "rank/model.json");

  /** Users search for a type each and buy what `choose` picks of what they see. */
  async function shop(searches, choose) {
    const kept = await metric("weft_searches_kept_total");
    for (let i = 0; i < searches; i++) {
      const user_id = `user-${Math.floor(i / 3)}`;
      const body = await search(types[i % types.length], { user_id });
      const product = choose(body.products);
      const event = { user_id, product_id: product.product_id, event_type: i % 4 ? "click" : "purchase", query_id: body.query_id };
      assert.equal((await server.call("POST", "/api/v1/events", event, headers)).status, 202);
    }
    await until(async () => (await metric("weft_searches_kept_total")) >= kept + searches, 10, "searches are kept");
  }

  it("says how much it needs", () => {
    const { status, stderr } = spawnSync(program, [...programOptions(server.data), "rank", "train"], { encoding: "utf8" });
    assert.equal(status, 1);
    assert.match(stderr, /0 searches led to an event, at least 200 are needed/);
  });

  it("chance teaches nothing: what is no better for sure is not used", async () => {
    await shop(320, (products) => products[Math.floor(chance() * products.length)]);
    const outcome = train();
    assert.equal(outcome.used, false, JSON.stringify(outcome));
    assert.ok(!existsSync(model()));
    assert.equal(outcome.trained + outcome.validated + outcome.tested, 320);
  });

  it("a habit is learned, used from the next start, and can be forgotten", async () => {
    await server.end("SIGTERM");
    const data = server.data;
    await start(data);
    // From now on everyone takes the cheapest that is shown.
    await shop(900, (products) => products.reduce((a, b) => (a.price <= b.price ? a : b)));
    const outcome = train();
    assert.equal(outcome.used, true, JSON.stringify(outcome));
    assert.ok(outcome.ndcg_learned > outcome.ndcg_shown + 0.1 && outcome.p < 0.01);
    assert.ok(existsSync(model()));
    const meanPrice = (body) => body.products.slice(0, 4).reduce((sum, p) => sum + p.price, 0) / 4;
    const before = [];
    for (const type of types) before.push(meanPrice(await search(type)));
    await server.end("SIGTERM");
    await start(data);
    assert.match(server.log(), /searches are ranked by .*model\.json/);
    let cheaper = 0;
    for (const [i, type] of types.entries()) {
      const learned = await search(type);
      cheaper += meanPrice(learned) <= before[i];
      assert.equal(learned.total, (await search(type, { fusion: "scores" })).total, "what matches stays");
      assert.deepEqual(
        (await search(type, { fusion: "learned" })).products.map((p) => p.product_id),
        learned.products.map((p) => p.product_id),
      );
    }
    assert.ok(cheaper >= 0.8 * types.length, `${cheaper} of ${types.length} begin cheaper`);
    weft(data, "rank", "forget");
    assert.ok(!existsSync(model()));
  });

  it("a damaged model is named, and nothing starts with it", () => {
    mkdirSync(path.dirname(model()), { recursive: true });
    writeFileSync(model(), '{"learner": 7}');
    const { status, stderr } = spawnSync(program, [...programOptions(server.data), "serve", "--listen", "127.0.0.1:0"], { encoding: "utf8" });
    assert.equal(status, 1);
    assert.match(stderr, /model\.json: this is no ranking of weft's/);
    weft(server.data, "rank", "forget");
  });
});
