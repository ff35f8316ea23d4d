// Products, photos and what a program asks before it trusts a server.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { readFileSync } from "node:fs";
import path from "node:path";
import { demoPhoto, demoRows, root, startServer, until, weft } from "./weft.mjs";

describe("the API", () => {
  let server;
  const rows = demoRows();
  before(async () => {
    server = await startServer();
  });
  after(() => server.stop());

  const get = (route, headers) => server.call("GET", `/api/v1${route}`, undefined, headers);

  describe("products", () => {
    it("lists pages that add up to the catalog", async () => {
      const seen = new Set();
      for (let page = 1, more = true; more; page++) {
        const { status, body } = await get(`/products?page=${page}&page_size=100`);
        assert.equal(status, 200);
        assert.equal(body.total, rows.length);
        assert.equal(body.page, page);
        assert.equal(body.page_size, 100);
        body.products.forEach((p) => seen.add(p.product_id));
        more = body.has_more;
      }
      assert.equal(seen.size, rows.length);
    });

    it("has 24 a page unless told otherwise, and filters", async () => {
      const all = await get("/products");
      assert.equal(all.body.products.length, 24);
      const red = await get("/products?base_color=Red&base_color=Blue&gender=Women");
      const wanted = rows.filter(
        (r) => ["Red", "Blue"].includes(r.baseColour) && r.gender === "Women",
      ).length;
      assert.equal(red.body.total, wanted);
      const priced = await get("/products?min_price=50&max_price=100&page_size=100");
      assert.ok(priced.body.products.every((p) => p.price >= 50 && p.price <= 100));
    });

    it("sorts both ways", async () => {
      const up = await get("/products?sort_by=price&sort_order=asc&page_size=100");
      const down = await get("/products?sort_by=price&sort_order=desc&page_size=100");
      const prices = up.body.products.map((p) => p.price);
      assert.deepEqual(prices, [...prices].sort((a, b) => a - b));
      assert.ok(down.body.products[0].price >= down.body.products[99].price);
      assert.ok(down.body.products[0].price >= prices[99]);
    });

    it("refuses bad pages by name", async () => {
      for (const [query, field] of [
        ["page=0", "page"],
        ["page=x", "page"],
        ["page_size=101", "page_size"],
        ["sort_by=mood", "sort_by"],
        ["sort_order=up", "sort_order"],
        ["min_price=cheap", "min_price"],
        ["colour=Red", "colour"],
      ]) {
        const { status, body } = await get(`/products?${query}`);
        assert.equal(status, 400, query);
        assert.equal(body.field, field);
      }
    });

    it("shows one, and says when there is none", async () => {
      const { body } = await get(`/products/${rows[3].id}`);
      assert.equal(body.product_id, rows[3].id);
      assert.equal(body.product_display_name, rows[3].productDisplayName);
      const none = await get("/products/no-such-thing");
      assert.equal(none.status, 404);
      assert.match(none.body.detail, /no-such-thing/);
    });

    it("names its filters with true counts", async () => {
      const { body } = await get("/products/filters/options");
      const red = body.base_color.find((o) => o.value === "Red");
      assert.equal(red.count, rows.filter((r) => r.baseColour === "Red").length);
      assert.ok(body.price.min > 0 && body.price.max > body.price.min);
    });

    it("finds similar ones, never the product itself", async () => {
      const shirt = rows.find((r) => r.articleType === "Shirts");
      const { status, body } = await get(`/products/${shirt.id}/similar?limit=12`);
      assert.equal(status, 200);
      assert.equal(body.products.length, 12);
      assert.ok(body.products.every((p) => p.product_id !== shirt.id));
      assert.ok(body.products.filter((p) => p.article_type === "Shirts").length >= 6);
      assert.equal((await get("/products/nope/similar")).status, 404);
    });
  });

  describe("photos", () => {
    it("serves the photo as it is, with an ETag", async () => {
      const { status, headers, body } = await get(`/images/${rows[0].id}`);
      assert.equal(status, 200);
      assert.equal(headers.get("content-type"), "image/jpeg");
      assert.deepEqual(body, demoPhoto(rows[0].id));
      const again = await get(`/images/${rows[0].id}`, { "if-none-match": headers.get("etag") });
      assert.equal(again.status, 304);
    });

    it("serves it smaller", async () => {
      const { status, headers, body } = await get(`/images/${rows[0].id}?w=96`);
      assert.equal(status, 200);
      assert.equal(headers.get("content-type"), "image/jpeg");
      assert.ok(body.length < demoPhoto(rows[0].id).length);
      assert.equal((await get(`/images/${rows[0].id}?w=0`)).status, 400);
      assert.equal((await get(`/images/${rows[0].id}?w=99999`)).status, 400);
    });

    it("never leaves the catalog", async () => {
      for (const id of ["nope", "..%2F..%2Fetc%2Fpasswd", "%2e%2e/%2e%2e/etc/passwd", "%00"]) {
        const { status } = await get(`/images/${id}`);
        assert.ok([400, 404].includes(status), `${id}: ${status}`);
      }
    });
  });

  describe("operations", () => {
    it("is healthy and ready", async () => {
      assert.equal((await server.call("GET", "/health")).status, 200);
      const ready = await server.call("GET", "/ready");
      assert.equal(ready.status, 200);
      assert.equal(ready.body.products, rows.length);
    });

    it("counts requests", async () => {
      await get("/products");
      const { body, headers } = await server.call("GET", "/metrics");
      assert.match(headers.get("content-type"), /^text\/plain/);
      assert.match(body, /weft_http_requests_total\{.*route="\/api\/v1\/products".*\} \d+/);
    });

    it("describes each route that it serves, and serves each that it describes", async () => {
      const { body } = await server.call("GET", "/openapi.json");
      assert.match(body.openapi, /^3\.1/);
      const paths = Object.entries(body.paths);
      const served = readFileSync(path.join(root, "src/api/routes.c"), "utf8");
      for (const [, method, route] of served.matchAll(/\{"([A-Z]+)", "(\/[^"]+)",/g))
        assert.ok(body.paths[route]?.[method.toLowerCase()], `${method} ${route} is described`);
      assert.ok(paths.length >= 12);
      const token = weft(server.data, "token", "create", "visitor").trim();
      const visit = { user_id: "a-visitor", product_id: rows[0].id, event_type: "view" };
      await server.call("POST", "/api/v1/events", visit, { authorization: `Bearer ${token}` });
      await until(async () => (await get("/users/a-visitor")).status === 200, 5, "the visitor is a user");
      for (const [route, methods] of paths) {
        for (const method of Object.keys(methods)) {
          const filled = route.replaceAll("{user_id}", "a-visitor").replaceAll(/\{\w+\}/g, rows[0].id);
          const { status } = await server.call(
            method.toUpperCase(),
            filled,
            method === "post" ? {} : undefined,
          );
          assert.ok(![404, 405, 500, 501].includes(status), `${method} ${filled}: ${status}`);
        }
      }
      const wrong = await server.call("DELETE", "/api/v1/search/text");
      assert.equal(wrong.status, 405);
      assert.match(wrong.headers.get("allow"), /POST/);
      assert.equal((await get("/no/such/route")).status, 404);
    });

    it("serves the page at every address that is the page's", async () => {
      for (const route of ["/", "/product/900001", "/product/SKU.1", "/?q=red"]) {
        const { status, headers, body } = await server.call("GET", route);
        assert.equal(status, 200, route);
        assert.match(headers.get("content-type"), /^text\/html/);
        assert.match(body, /<div id="root">/);
        assert.ok(headers.get("content-security-policy"));
      }
      assert.equal((await server.call("GET", "/assets/gone.js")).status, 404);
    });
  });
});
