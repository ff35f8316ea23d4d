// What users of other systems ask for and do not get, each a test by its name. Two more are
// kept elsewhere: "a new model means downtime" in sets.test.mjs, and merchandising rules in
// merchandising.test.mjs.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { demoPhoto, demoRows, startServer } from "./weft.mjs";

describe("complaints about other systems", () => {
  let server;
  const rows = demoRows();
  before(async () => {
    server = await startServer();
  });
  after(() => server.stop());
  const search = async (body, route = "text") => {
    const answer = await server.call("POST", `/api/v1/search/${route}`, body);
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    return answer.body;
  };

  it("facet counts and totals that ignore the query under vector search", async () => {
    const body = await search({ query: "red dress", facets: true });
    const right = rows.filter((r) => r.baseColour === "Red" && r.articleType === "Dresses");
    assert.equal(body.total, right.length);
    for (const { value, count } of body.facets.season ?? [])
      assert.equal(count, right.filter((r) => r.season === value).length, value);
    assert.equal(body.facets.article_type, undefined, "all are dresses: nothing to choose");
  });

  it("no usable relevance cut-off", async () => {
    const nonsense = await search({ query: "car tyres for a truck", min_relevance: 0.5 });
    assert.equal(nonsense.total, 0, "nothing fits is an answer");
    assert.deepEqual(nonsense.products, []);
    const sense = await search({ query: "red dress", min_relevance: 0.5 });
    assert.equal(sense.total, (await search({ query: "red dress" })).total);
    const photo = { image: demoPhoto(rows.find((r) => r.articleType === "Watches").id).toString("base64") };
    const near = await search({ ...photo, min_relevance: 0.5, limit: 100 }, "image");
    assert.ok(near.total > 0 && near.total < rows.length / 2);
    assert.ok(near.products.every((p) => p.relevance >= 0.5));
  });

  it("totals that change from page to page", async () => {
    const totals = new Set();
    let cursor;
    do {
      const body = await search({ query: "shirt for men", limit: 7, cursor, collapse: true, diversity: 0.3, min_relevance: 0.2 });
      totals.add(body.total);
      cursor = body.next_cursor;
    } while (cursor);
    assert.equal(totals.size, 1);
  });

  it("near-identical color variants crowding the page", async () => {
    const plain = await search({ query: "women", limit: 100 });
    const collapsed = await search({ query: "women", limit: 100, collapse: true });
    const withVariants = collapsed.products.filter((p) => p.variants.length);
    const shown = new Set(collapsed.products.map((p) => p.product_id));
    assert.ok(collapsed.total < plain.total);
    for (const p of withVariants)
      for (const v of p.variants) {
        assert.ok(!shown.has(v.product_id), "a variant is listed, not shown beside its product");
        assert.notEqual(v.base_color, p.base_color);
      }
    assert.ok(withVariants.length > 0);
  });

  it("which of a product's photos matched", async () => {
    // A product's colors have a photo each: the one that matched is shown, the others are named.
    const { products } = await search({ query: "women", collapse: true, limit: 100 });
    const product = products.find((p) => p.variants.length > 0);
    for (const id of [product.product_id, ...product.variants.map((v) => v.product_id)]) {
      const body = await search({ image: demoPhoto(id).toString("base64"), collapse: true, limit: 3 }, "image");
      assert.equal(body.products[0].product_id, id);
      assert.ok(body.products[0].image_url.endsWith(id));
      assert.equal(body.products[0].variants.length, product.variants.length);
    }
  });

  it("image and text in one query", async () => {
    const red = rows.find((r) => r.articleType === "Dresses" && r.baseColour === "Red");
    const body = await search({ image: demoPhoto(red.id).toString("base64"), query: "in black", limit: 5 }, "hybrid");
    assert.ok(body.products.length > 0);
    assert.ok(body.products.every((p) => p.base_color === "Black"));
    assert.equal(body.products[0].article_type, "Dresses", "what the photo shows, in the color of the words");
  });

  it("negation ignored", async () => {
    for (const [query, column, value] of [
      ["t-shirt not black", "base_color", "Black"],
      ["shoes, but no sports shoes", "article_type", "Sports Shoes"],
      ["watch without brown", "base_color", "Brown"],
    ]) {
      const body = await search({ query, limit: 100 });
      assert.ok(body.total > 0);
      assert.ok(body.products.every((p) => p[column] !== value), query);
    }
    const striped = await search({ query: "shirt without stripes", limit: 100 });
    assert.ok(striped.products.every((p) => !/\bstrip/i.test(p.product_display_name)));
  });

  it("filters that starve the results", async () => {
    // As few as match, and all of them, however far they are from the words.
    for (const filters of [{ article_type: "Watches" }, { article_type: "Belts", gender: "Men" }, { base_color: "Maroon" }]) {
      const wanted = rows.filter(
        (r) =>
          (!filters.article_type || r.articleType === filters.article_type) &&
          (!filters.gender || r.gender === filters.gender) &&
          (!filters.base_color || r.baseColour === filters.base_color),
      ).length;
      const body = await search({ query: "flowing summer thing", understand: false, filters, limit: 100 });
      assert.equal(body.total, wanted);
      assert.equal(body.products.length, Math.min(100, wanted));
    }
  });

  it("8 GB to say hello", async () => {
    await search({ query: "hello" });
    const status = readFileSync(`/proc/${server.pid}/status`, "utf8");
    const peak = Number(status.match(/VmHWM:\s+(\d+) kB/)[1]) / 1024;
    assert.ok(peak < 400, `${Math.round(peak)} MB at most so far`);
  });
});
