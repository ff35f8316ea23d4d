// What search makes of words: understood, counted, cut off, collapsed, explained. Facets and
// totals are held against counts over the catalog's own rows.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { demoPhoto, demoRows, startServer, until } from "./weft.mjs";

describe("understanding", () => {
  let server;
  const rows = demoRows();
  const COLUMN = {
    base_color: "baseColour", article_type: "articleType", gender: "gender", season: "season",
    usage: "usage", sub_category: "subCategory", master_category: "masterCategory",
  };
  before(async () => {
    server = await startServer();
  });
  after(() => server.stop());

  const search = async (body, route = "text") => {
    const answer = await server.call("POST", `/api/v1/search/${route}`, body);
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    return answer.body;
  };
  const terms = (body) =>
    body.understood.terms.map((t) => `${t.negated ? "not " : ""}${t.field ?? t.kind}${t.values ? `=${t.values[0]}` : ""} ${t.applied}`);

  it("says what it understood, and where", async () => {
    const body = await search({ query: "womens red drss under 200 without floral" });
    assert.deepEqual(terms(body), [
      "price filter", "gender=Women filter", "base_color=Red filter", "article_type=Dresses filter",
      "not words filter",
    ]);
    assert.deepEqual(body.understood.corrected, [{ from: "drss", to: "dress", begin: 11, end: 15 }]);
    const price = body.understood.terms[0];
    assert.equal(price.min, null);
    assert.equal(price.max, 200);
    assert.equal(body.query.slice(price.begin, price.end), "under 200");
    for (const p of body.products) {
      assert.equal(`${p.base_color} ${p.article_type}`, "Red Dresses");
      assert.ok(["Women", "Unisex"].includes(p.gender) && p.price <= 200);
    }
  });

  it("what is understood can be switched off, all or in part", async () => {
    const all = await search({ query: "red dress" });
    const none = await search({ query: "red dress", understand: false });
    const some = await search({ query: "red dress", understand: ["category"] });
    assert.equal(none.total, rows.length);
    assert.deepEqual(none.understood.terms, []);
    assert.deepEqual(terms(some), ["article_type=Dresses filter"]);
    assert.ok(all.total < some.total && some.total < none.total);
    for (const understand of [["colour"], "all", [7]]) {
      const bad = await server.call("POST", "/api/v1/search/text", { query: "red", understand });
      assert.equal(bad.status, 400);
      assert.equal(bad.body.field, "understand");
    }
  });

  it("lets go what nothing fits, and says so", async () => {
    const type = "Belts";
    const colors = new Set(rows.filter((r) => r.articleType === type).map((r) => r.baseColour));
    const missing = [...new Set(rows.map((r) => r.baseColour))].find((c) => !colors.has(c) && !c.includes(" "));
    const body = await search({ query: `${missing} belt` });
    assert.ok(body.total > 0);
    assert.equal(body.understood.terms.find((t) => t.field === "base_color").applied, "relaxed");
    assert.ok(body.products.every((p) => p.article_type === type));
  });

  it("facets and totals are those of a count over the catalog, for 500 random queries", async () => {
    let seed = 7;
    const random = (n) => (seed = (seed * 48271) % 2147483647) % n;
    const values = (field) => [...new Set(rows.map((r) => r[COLUMN[field]]))].filter(Boolean);
    const pick = (list) => list[random(list.length)];
    const matches = (row, wanted) =>
      Object.entries(wanted).every(([field, list]) => list.includes(row[COLUMN[field]]));
    const photo = demoPhoto(rows[0].id).toString("base64");
    for (let i = 0; i < 500; i++) {
      // The words ask for a color and a type; the filter for some values of other fields.
      const color = pick(values("base_color").filter((c) => !c.includes(" ")));
      const type = pick(values("article_type"));
      const filters = {};
      for (const field of ["gender", "season", "usage"])
        if (random(2)) filters[field] = [pick(values(field)), pick(values(field))];
      const words = i % 5 === 0 ? "" : `${color} ${type}`;
      const said = {};
      const request = { filters, facets: true, limit: 1 };
      const body = words
        ? await search({ query: words, ...request })
        : await search({ image: photo, ...request }, "image");
      for (const t of body.understood?.terms ?? []) if (t.applied === "filter") said[t.field] = t.values;
      const count = (wanted) => rows.filter((r) => matches(r, said) && matches(r, wanted)).length;
      const present = words ? rows : rows.filter((r) => r.hasPhoto !== false);
      assert.equal(body.total, present.filter((r) => matches(r, said) && matches(r, filters)).length, `${i}: ${words} ${JSON.stringify(filters)}`);
      for (const [field, column] of Object.entries(COLUMN)) {
        // Each count is what choosing that value would give.
        const { [field]: _, ...others } = filters;
        const expected = new Map();
        for (const r of rows)
          if (r[column] && matches(r, said) && matches(r, others)) expected.set(r[column], (expected.get(r[column]) ?? 0) + 1);
        const shown = new Map((body.facets[field] ?? []).map((v) => [v.value, v.count]));
        if (body.facets[field] || filters[field]) assert.deepEqual([...shown].sort(), [...expected].sort(), `${i}: ${words} ${JSON.stringify(filters)} ${field}`);
        else assert.ok(expected.size < 2, `${field} could narrow and is not shown`);
      }
      assert.equal(count(filters), body.total);
    }
  });

  it("pages of a ranked search join without gap, whatever its options", async () => {
    for (const options of [
      {}, { diversity: 0.6 }, { collapse: true }, { fusion: "ranks" }, { diversity: 0.4, collapse: true },
      { min_relevance: 0.3 },
    ]) {
      const seen = [];
      let cursor, total;
      do {
        const body = await search({ query: "women", limit: 23, cursor, ...options });
        total ??= body.total;
        assert.equal(body.total, total);
        seen.push(...body.products.map((p) => p.product_id));
        cursor = body.next_cursor;
      } while (cursor);
      assert.equal(new Set(seen).size, seen.length, JSON.stringify(options));
      assert.equal(seen.length, total, JSON.stringify(options));
    }
  });

  it("explains every part of a score, and the parts add up", async () => {
    const body = await search({ query: "floral red dress not blue", explain: true, limit: 5 });
    for (const p of body.products) {
      const e = p.explain;
      const sum = e.base + e.visual + e.text + e.words + e.attribute + e.unwanted + e.user + e.rule;
      assert.ok(Math.abs(sum - e.score) < 1e-4, JSON.stringify(e));
      assert.ok(Math.abs(p.relevance - 1 / (1 + Math.exp(-(e.score - e.rule)))) < 1e-5);
      assert.equal(e.signals.match, 1);
      assert.ok(Math.abs(e.signals.hybrid - p.similarity_score) < 1e-6);
    }
    const plain = await search({ query: "red dress", limit: 1 });
    assert.equal(plain.products[0].explain, undefined);
  });

  it("several photos, words and terms with weights go together", async () => {
    const [a, b] = rows.filter((r) => r.articleType === "Dresses").slice(0, 2);
    const images = [a, b].map((r) => demoPhoto(r.id).toString("base64"));
    const both = await search({ images, index: "image", limit: 10 }, "hybrid");
    assert.deepEqual([a.id, b.id].filter((id) => !both.products.some((p) => p.product_id === id)), [], "both are found");
    const words = await search({ terms: [{ text: "black watch" }, { text: "leather", weight: 0.3 }], limit: 5 }, "hybrid");
    assert.ok(words.products.filter((p) => p.article_type === "Watches").length >= 4);
    for (const terms of [7, [{ text: "" }], [{ text: "a", weight: 0 }], [{ text: "a", weight: 3 }], [{ words: "a" }], Array(9).fill({ text: "a" })]) {
      const bad = await server.call("POST", "/api/v1/search/hybrid", { terms });
      assert.equal(bad.status, 400);
      assert.equal(bad.body.field, "terms");
    }
  });

  it("a shop's own synonyms act within seconds, and a wrong file is named", async () => {
    const file = path.join(server.data, "synonyms.txt");
    const total = async () => (await search({ query: "glimmerwear" })).total;
    assert.equal(await total(), rows.length, "the word means nothing yet");
    writeFileSync(file, "glimmerwear => watches\n");
    const watches = rows.filter((r) => r.articleType === "Watches").length;
    await until(async () => (await total()) === watches, 5, "the synonym acts");
    writeFileSync(file, "alone\n");
    await until(() => server.log().includes("synonyms.txt: line 1"), 5, "the file is named");
    assert.equal(await total(), watches, "what held before goes on to");
  });
});
