// A merchandiser's rules: the same on every kind of search, stored, audited, previewed.
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import { demoPhoto, demoRows, startServer, until, weft } from "./weft.mjs";

describe("merchandising", () => {
  let server, headers;
  const rows = demoRows();
  before(async () => {
    server = await startServer();
    headers = { authorization: `Bearer ${weft(server.data, "token", "create", "anna").trim()}` };
  });
  after(() => server.stop());
  const rules = "/api/v1/merchandising/rules";
  const admin = (method, route, body) => server.call(method, route, body, headers);
  beforeEach(async () => {
    for (const { rule_id } of (await admin("GET", rules)).body.rules) await admin("DELETE", `${rules}/${rule_id}`);
  });
  async function put(id, rule) {
    const { status, body } = await admin("PUT", `${rules}/${id}`, rule);
    assert.equal(status, 200, JSON.stringify(body));
  }
  const ids = (body) => body.products.map((p) => p.product_id);
  const dress = rows.find((r) => r.articleType === "Dresses").id;
  const photo = demoPhoto(dress).toString("base64");

  /** Every way that products are ranked, by name. */
  const searches = {
    text: (more) => server.call("POST", "/api/v1/search/text", { query: "dress", limit: 24, ...more }),
    image: (more) => server.call("POST", "/api/v1/search/image", { image: photo, limit: 24, ...more }),
    hybrid: (more) => server.call("POST", "/api/v1/search/hybrid", { image: photo, query: "women", limit: 24, ...more }),
    "cross-modal": (more) => server.call("POST", "/api/v1/search/cross-modal", { query: "dress", limit: 24, ...more }),
    similar: () => server.call("GET", `/api/v1/products/${dress}/similar?limit=24`),
  };

  it("merchandising rules that skip vector results: ours act on every kind of search", async () => {
    const watch = rows.find((r) => r.articleType === "Watches").id;
    await put("everywhere", {
      name: "Red first, black last",
      pin: [{ product_id: watch, position: 2 }],
      boost: [{ filter: { base_color: "Red" }, by: 8 }],
      bury: { base_color: "Black" },
    });
    for (const [name, search] of Object.entries(searches)) {
      const { body } = await search();
      assert.equal(ids(body)[1], watch, `${name}: pinned at its position`);
      const others = body.products.filter((p) => p.product_id !== watch);
      const reds = others.filter((p) => p.base_color === "Red").length;
      assert.ok(reds > 0, name);
      assert.ok(others.slice(0, reds).every((p) => p.base_color === "Red"), `${name}: what is boosted comes first: ${others.map((p) => p.base_color)}`);
      const firstBlack = others.findIndex((p) => p.base_color === "Black");
      if (firstBlack >= 0) assert.ok(others.slice(firstBlack).every((p) => p.base_color === "Black"), `${name}: what is buried comes last`);
    }
  });

  it("pages stay whole: nothing twice, nothing lost, and the total holds", async () => {
    const [a, b] = rows.filter((r) => r.articleType === "Belts").map((r) => r.id);
    const without = (await searches.text({ limit: 5 })).body.total;
    await put("pins", {
      queries: ["dress"],
      pin: [{ product_id: a, position: 1 }, { product_id: b, position: 9 }],
      bury: { base_color: ["Red", "Black"] },
    });
    for (const collapse of [false, true]) {
      const seen = [];
      let cursor, total;
      do {
        const { body } = await searches.text({ limit: 5, cursor, collapse });
        total ??= body.total;
        assert.equal(body.total, total);
        seen.push(...body.products);
        cursor = body.next_cursor;
      } while (cursor);
      const all = seen.map((p) => p.product_id);
      assert.equal(new Set(all).size, all.length);
      assert.equal(all.length, total);
      assert.equal(all[0], a);
      assert.equal(all[8], b);
      assert.equal(seen[0].pinned_by, "pins");
      if (!collapse) assert.equal(total, without + 2, "two belts more than the dresses that match");
      const buried = seen.map((p) => ["Red", "Black"].includes(p.base_color) && !p.pinned_by);
      assert.deepEqual(buried, [...buried].sort((x, y) => x - y), "what is buried is at the end");
    }
  });

  it("acts on its queries only, and in its time", async () => {
    const watch = rows.find((r) => r.articleType === "Watches").id;
    const first = async (query) => ids((await server.call("POST", "/api/v1/search/text", { query, limit: 1 })).body)[0];
    const pin = [{ product_id: watch, position: 1 }];
    await put("r", { queries: ["summer dresses", "gift"], pin });
    assert.equal(await first("dress for the summer"), watch, "all words of a phrase, in any form");
    assert.equal(await first("a gift"), watch);
    assert.notEqual(await first("dress"), watch);
    await put("r", { queries: ["gift"], match: "exact", pin });
    assert.equal(await first("Gifts"), watch);
    assert.notEqual(await first("a red gift bag"), watch);
    await put("r", { queries: ["gift"], pin, until: "2020-01-01T00:00:00Z" });
    assert.notEqual(await first("gift"), watch);
    await put("r", { queries: ["gift"], pin, from: "2020-01-01T00:00:00Z", until: "2199-01-01T00:00:00Z" });
    assert.equal(await first("gift"), watch);
    await put("r", { queries: ["gift"], pin, enabled: false });
    assert.notEqual(await first("gift"), watch);
  });

  it("a pin respects the shopper's filters", async () => {
    const watch = rows.find((r) => r.articleType === "Watches" && r.gender === "Men").id;
    await put("r", { pin: [{ product_id: watch, position: 1 }] });
    const { body } = await searches.text({ filters: { gender: "Women" } });
    assert.ok(!ids(body).includes(watch));
    assert.ok(body.products.every((p) => p.gender === "Women"));
  });

  it("says in explain what a rule did", async () => {
    await put("r", { boost: [{ filter: { season: "Summer" }, by: 1.5 }] });
    const { body } = await searches.text({ explain: true });
    for (const p of body.products) assert.equal(p.explain.rule, p.season === "Summer" ? 1.5 : 0);
  });

  it("a preview shows the search without a rule and with it, and changes nothing", async () => {
    const watch = rows.find((r) => r.articleType === "Watches").id;
    const rule = { queries: ["dress"], pin: [{ product_id: watch, position: 1 }], from: "2199-01-01T00:00:00Z" };
    const { status, body } = await admin("POST", "/api/v1/merchandising/preview", { query: "dress", limit: 5, rule });
    assert.equal(status, 200);
    assert.notEqual(ids(body.before)[0], watch);
    assert.equal(ids(body.after)[0], watch);
    assert.deepEqual(ids(body.after).slice(1), ids(body.before).slice(0, 4));
    assert.deepEqual((await admin("GET", rules)).body.rules, []);
    const bad = await admin("POST", "/api/v1/merchandising/preview", { query: "dress", rule: { pin: 7 } });
    assert.equal(bad.status, 400);
    assert.equal(bad.body.field, "rule");
  });

  it("every change is kept, with who made it and when", async () => {
    const before = (await admin("GET", "/api/v1/merchandising/history?limit=1000")).body.history.length;
    await put("audit", { bury: { base_color: "Red" } });
    await put("audit", { bury: { base_color: "Blue" } });
    await admin("DELETE", `${rules}/audit`);
    const { history } = (await admin("GET", "/api/v1/merchandising/history?limit=1000")).body;
    assert.equal(history.length, before + 3);
    const [removed, second, first] = history;
    assert.deepEqual([removed.rule, second.rule.bury, first.rule.bury], [null, { base_color: "Blue" }, { base_color: "Red" }]);
    for (const version of [removed, second, first]) {
      assert.equal(version.actor, "anna");
      assert.ok(Math.abs(Date.now() - Date.parse(version.changed_at)) < 60000);
    }
    assert.equal((await admin("DELETE", `${rules}/audit`)).status, 404);
  });

  it("another server takes a rule up within seconds", async () => {
    const other = await startServer({ data: server.data });
    try {
      const watch = rows.find((r) => r.articleType === "Watches").id;
      const first = async () => (await other.call("POST", "/api/v1/search/text", { query: "dress", limit: 1 })).body.products[0].product_id;
      assert.notEqual(await first(), watch);
      await put("r", { pin: [{ product_id: watch, position: 1 }] });
      await until(async () => (await first()) === watch, 5, "the rule acts there");
      await admin("DELETE", `${rules}/r`);
      await until(async () => (await first()) !== watch, 5, "and is gone there");
    } finally {
      await other.end("SIGTERM");
    }
  });

  it("wrong rules are refused by field, and nobody without a token changes one", async () => {
    for (const [rule, field] of [
      [{}, "a"],
      [{ pin: [{ product_id: "1" }] }, "pin"],
      [{ pin: [{ product_id: "1", position: 101 }] }, "pin"],
      [{ boost: [{ filter: { base_color: "Red" }, by: 0 }] }, "boost"],
      [{ boost: [{ filter: { colour: "Red" }, by: 1 }] }, "boost"],
      [{ bury: {} }, "bury"],
      [{ bury: { base_color: "Red" }, queries: [] }, "queries"],
      [{ bury: { base_color: "Red" }, queries: ["..."] }, "queries"],
      [{ bury: { base_color: "Red" }, from: "tomorrow" }, "from"],
      [{ bury: { base_color: "Red" }, match: "some" }, "match"],
      [{ bury: { base_color: "Red" }, colour: 1 }, "colour"],
    ]) {
      const { status, body } = await admin("PUT", `${rules}/x`, rule);
      assert.equal(status, 400, JSON.stringify(rule));
      if (field !== "a") assert.equal(body.field, field);
    }
    assert.equal((await admin("PUT", `${rules}/a%20b`, { bury: { base_color: "Red" } })).status, 400);
    for (const [method, route] of [["GET", rules], ["PUT", `${rules}/x`], ["DELETE", `${rules}/x`], ["GET", "/api/v1/merchandising/history"], ["POST", "/api/v1/merchandising/preview"]])
      assert.equal((await server.call(method, route, method === "GET" ? undefined : {})).status, 401, route);
  });
});
