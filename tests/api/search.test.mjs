// Search by words, photo and both, against a live server over the demo catalog.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { demoPhoto, demoRows, startServer } from "./weft.mjs";

describe("search", () => {
  let server;
  const rows = demoRows();
  before(async () => {
    server = await startServer();
  });
  after(async () => {
    const end = await server.stop();
    assert.equal(end.code, 0, "SIGTERM ends the server cleanly");
  });

  const text = (body) => server.call("POST", "/api/v1/search/text", body);

  function photoForm(id, fields = {}) {
    const form = new FormData();
    form.append("image", new Blob([demoPhoto(id)], { type: "image/jpeg" }), `${id}.jpg`);
    for (const [name, value] of Object.entries(fields)) form.append(name, value);
    return form;
  }

  describe("search/text", () => {
    it("answers products with everything the contract promises", async () => {
      const { status, body } = await text({ query: "red dress", limit: 7 });
      assert.equal(status, 200);
      const matching = rows.filter((r) => r.baseColour === "Red" && r.articleType === "Dresses").length;
      assert.equal(body.products.length, Math.min(7, matching));
      assert.equal(body.query, "red dress");
      assert.equal(body.search_type, "text");
      assert.equal(body.user_id, null);
      assert.equal(body.total, matching, "what the words say must hold");
      assert.ok(body.query_id.length >= 8);
      assert.ok(body.took_ms >= 0);
      const [first] = body.products;
      for (const key of ["product_id", "product_display_name", "article_type", "base_color", "gender"])
        assert.equal(typeof first[key], "string", key);
      assert.equal(typeof first.price, "number");
      assert.equal(first.price_is_synthetic, true);
      assert.ok(first.similarity_score <= 1.0001 && first.similarity_score > -1);
      const relevances = body.products.map((p) => p.relevance);
      assert.deepEqual(relevances, [...relevances].sort((a, b) => b - a));
      assert.ok(relevances.every((r) => r > 0.5 && r <= 1), `${relevances}`);
    });

    it("finds what the words say", async () => {
      for (const [query, type, color] of [
        ["red dress", "Dresses", "Red"],
        ["blue jeans", "Jeans", "Blue"],
        ["black watch", "Watches", "Black"],
      ]) {
        const isRight = (t, c) => t === type && c === color;
        const there = rows.filter((r) => isRight(r.articleType, r.baseColour)).length;
        assert.ok(there >= 2, `the demo has ${there} of ${color} ${type}`);
        const { body } = await text({ query, limit: 10 });
        const found = body.products.filter((p) => isRight(p.article_type, p.base_color)).length;
        assert.ok(found >= 0.5 * Math.min(there, 10), `${query}: ${found} of ${there} in the top 10`);
        assert.equal(body.products[0].article_type, type, query);
      }
    });

    it("filters inside the search: all that match come back", async () => {
      const wanted = rows.filter((r) => r.articleType === "Watches" && r.gender === "Women").length;
      assert.ok(wanted > 0);
      const { body } = await text({
        query: "red summer dress",
        limit: 100,
        filters: { article_type: "Watches", gender: ["Women"] },
      });
      assert.equal(body.total, wanted);
      assert.equal(body.products.length, wanted);
      assert.ok(body.products.every((p) => p.article_type === "Watches" && p.gender === "Women"));
    });

    it("understands ranges and both spellings", async () => {
      const one = await text({ query: "shoes", limit: 100, filters: { price: { $gte: 40, $lt: 90 } } });
      const two = await text({ query: "shoes", limit: 100, filters: { "price >=": 40, "price <": 90 } });
      assert.ok(one.body.total > 0);
      assert.deepEqual(
        one.body.products.map((p) => p.product_id),
        two.body.products.map((p) => p.product_id),
      );
      assert.ok(one.body.products.every((p) => p.price >= 40 && p.price < 90));
    });

    it("pages without gaps or repeats, and totals stay", async () => {
      const seen = new Set();
      let cursor, pages = 0;
      do {
        const { status, body } = await text({ query: "shirt", understand: false, limit: 50, cursor });
        assert.equal(status, 200);
        assert.equal(body.total, rows.length);
        for (const p of body.products) {
          assert.ok(!seen.has(p.product_id), `${p.product_id} twice`);
          seen.add(p.product_id);
        }
        cursor = body.next_cursor;
        pages++;
      } while (cursor);
      assert.equal(seen.size, rows.length);
      assert.equal(pages, Math.ceil(rows.length / 50));
    });

    it("refuses a cursor of another query", async () => {
      const { body } = await text({ query: "shirt", limit: 5 });
      const other = await text({ query: "dress", limit: 5, cursor: body.next_cursor });
      assert.equal(other.status, 400);
      assert.equal(other.body.field, "cursor");
    });

    it("names the field at fault", async () => {
      for (const [body, field] of [
        [{}, "query"],
        [{ query: 7 }, "query"],
        [{ query: "" }, "query"],
        [{ query: "x".repeat(20000) }, "query"],
        [{ query: "a", limit: 0 }, "limit"],
        [{ query: "a", limit: 101 }, "limit"],
        [{ query: "a", limit: "ten" }, "limit"],
        [{ query: "a", index: "sound" }, "index"],
        [{ query: "a", filters: { colour: "Red" } }, "filters"],
        [{ query: "a", filters: { price: { $near: 3 } } }, "filters"],
        [{ query: "a", filters: [] }, "filters"],
        [{ query: "a", cursor: "zzz" }, "cursor"],
        [{ query: "a", surprise: 1 }, "surprise"],
      ]) {
        const answer = await text(body);
        assert.equal(answer.status, 400, JSON.stringify(body).slice(0, 60));
        assert.match(answer.headers.get("content-type"), /^application\/problem\+json/);
        assert.equal(answer.body.status, 400);
        assert.ok(answer.body.title && answer.body.detail && answer.body.type);
        assert.equal(answer.body.field, field, JSON.stringify(answer.body));
      }
      const unknown = await text({ query: "a", filters: { colour: "Red" } });
      assert.match(unknown.body.detail, /colour/);
      const operator = await text({ query: "a", filters: { price: { $near: 3 } } });
      assert.match(operator.body.detail, /\$near/);
    });

    it("refuses what is not JSON, and says so", async () => {
      const broken = await server.call("POST", "/api/v1/search/text", '{"query": ', {
        "content-type": "application/json",
      });
      assert.equal(broken.status, 400);
      const form = await server.call("POST", "/api/v1/search/text", "query=red", {
        "content-type": "application/x-www-form-urlencoded",
      });
      assert.equal(form.status, 415);
    });
  });

  describe("search/image", () => {
    it("finds the product of a photo, by upload and by base64", async () => {
      for (const { id } of [rows[0], rows[Math.floor(rows.length / 2)], rows.at(-1)]) {
        const upload = await server.call("POST", "/api/v1/search/image", photoForm(id, { limit: "5" }));
        assert.equal(upload.status, 200);
        assert.equal(upload.body.search_type, "image");
        assert.equal(upload.body.products[0].product_id, id);
        assert.ok(upload.body.products[0].similarity_score > 0.999);
        const encoded = demoPhoto(id).toString("base64");
        for (const image of [encoded, `data:image/jpeg;base64,${encoded}`]) {
          const json = await server.call("POST", "/api/v1/search/image", { image, limit: 5 });
          assert.deepEqual(json.body.products, upload.body.products);
        }
      }
    });

    it("filters and pages too", async () => {
      const form = () => photoForm(rows[0].id, { limit: "3", filters: '{"base_color":["Red"]}' });
      const first = await server.call("POST", "/api/v1/search/image", form());
      assert.ok(first.body.products.every((p) => p.base_color === "Red"));
      const again = form();
      again.append("cursor", first.body.next_cursor);
      const second = await server.call("POST", "/api/v1/search/image", again);
      assert.equal(second.status, 200);
      assert.notEqual(second.body.products[0].product_id, first.body.products[0].product_id);
    });

    it("says what is wrong with a photo", async () => {
      const form = new FormData();
      form.append("image", new Blob(["this is no photo"]), "x.jpg");
      const bad = await server.call("POST", "/api/v1/search/image", form);
      assert.equal(bad.status, 400);
      assert.equal(bad.body.field, "image");
      const cut = new FormData();
      cut.append("image", new Blob([demoPhoto(rows[0].id).subarray(0, 400)]), "x.jpg");
      assert.equal((await server.call("POST", "/api/v1/search/image", cut)).status, 400);
      const none = new FormData();
      none.append("limit", "3");
      const missing = await server.call("POST", "/api/v1/search/image", none);
      assert.equal(missing.status, 400);
      assert.equal(missing.body.field, "image");
      const text64 = await server.call("POST", "/api/v1/search/image", { image: "***" });
      assert.equal(text64.status, 400);
    });
  });

  describe("search/hybrid", () => {
    it("blends a photo and words by weight", async () => {
      const { id } = rows.find((r) => r.articleType === "Dresses");
      const ask = async (weight) =>
        (
          await server.call(
            "POST",
            "/api/v1/search/hybrid",
            photoForm(id, { query: "brown leather belt", weight: String(weight), limit: "10", understand: "false", fusion: "none" }),
          )
        ).body;
      const photoOnly = await ask(1);
      const wordsOnly = await ask(0);
      assert.equal(photoOnly.search_type, "hybrid");
      assert.equal(photoOnly.products[0].product_id, id);
      assert.ok(wordsOnly.products.filter((p) => p.article_type === "Belts").length >= 5);
      const words = await text({ query: "brown leather belt", limit: 10, understand: false, fusion: "none" });
      assert.deepEqual(
        wordsOnly.products.map((p) => p.product_id),
        words.body.products.map((p) => p.product_id),
      );
    });

    it("refuses a weight outside 0 to 1", async () => {
      const bad = await server.call(
        "POST",
        "/api/v1/search/hybrid",
        photoForm(rows[0].id, { query: "red", weight: "1.5" }),
      );
      assert.equal(bad.status, 400);
      assert.equal(bad.body.field, "weight");
    });
  });

  describe("search/cross-modal", () => {
    it("puts words to the photos, and a photo to the words", async () => {
      const words = await server.call("POST", "/api/v1/search/cross-modal", { query: "blue jeans" });
      assert.equal(words.status, 200);
      assert.equal(words.body.search_type, "cross-modal");
      assert.equal(words.body.index, "image");
      const photo = await server.call("POST", "/api/v1/search/cross-modal", photoForm(rows[0].id));
      assert.equal(photo.body.index, "text");
    });

    it("refuses neither, and both", async () => {
      assert.equal((await server.call("POST", "/api/v1/search/cross-modal", {})).status, 400);
      const both = await server.call(
        "POST",
        "/api/v1/search/cross-modal",
        photoForm(rows[0].id, { query: "red" }),
      );
      assert.equal(both.status, 400);
    });
  });
});
