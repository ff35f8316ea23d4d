// Outfits: what completes a look, whole outfits, compatibility, shop the look; pages of products.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { demoRows, root, select, startServer, until, weft } from "./weft.mjs";

const collage = process.env.WEFT_COLLAGE ?? path.join(root, "build/tests/collage");

/** Some of the table's rules in plain words, for the demo catalog; tests/unit has all of them. */
const kids = new Set(["Boys", "Girls"]);
function breaks(products) {
  const slots = products.map((p) => p.slot);
  if (new Set(slots).size < slots.length) return "two of one slot";
  if (slots.includes("dress") && (slots.includes("tops") || slots.includes("bottoms"))) return "dress and more";
  const genders = new Set(products.map((p) => p.gender).filter(Boolean));
  if (genders.has("Men") && genders.has("Women")) return "men's and women's";
  if ([...genders].some((g) => kids.has(g)) && [...genders].some((g) => !kids.has(g))) return "adult and kids";
  const isAthletic = (p) => p.usage === "Sports" || ["Track Pants", "Tracksuits", "Sports Shoes", "Sports Sandals"].includes(p.article_type);
  if (new Set(products.map(isAthletic)).size > 1) return "sports and not";
  if (products.some((p) => ["Bra", "Briefs", "Trunk", "Swimwear", "Nightdress"].includes(p.article_type))) return "never worn so";
  const isTailored = (p) => ["Blazers", "Suits", "Waistcoat"].includes(p.article_type);
  if (products.some(isTailored) && products.some((p) => p.article_type === "Jeans")) return "a blazer over jeans";
  return null;
}

describe("outfits", () => {
  let server;
  const rows = demoRows();
  before(async () => {
    server = await startServer();
  });
  after(() => server.stop());

  const get = (route) => server.call("GET", `/api/v1${route}`);
  const ask = async (body) => {
    const answer = await server.call("POST", "/api/v1/complete-the-look", body);
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    return answer.body;
  };

  it("completes the look of a product with pieces of other slots, under both names", async () => {
    const dress = rows.find((r) => r.articleType === "Dresses");
    const { status, body } = await get(`/products/${dress.id}/complete-look?limit=10`);
    assert.equal(status, 200);
    assert.ok(body.products.length > 0 && body.products.length <= 10);
    const { body: self } = await get(`/products/${dress.id}`);
    for (const p of body.products) {
      assert.ok(!["tops", "bottoms", "dress"].includes(p.slot), p.slot);
      assert.equal(breaks([{ ...self, slot: "dress" }, p]), null);
      assert.ok(p.score >= 0 && p.score <= 1);
    }
    assert.ok(new Set(body.products.map((p) => p.slot)).size >= 2);
    const alias = await get(`/products/${dress.id}/complete-the-look?limit=10`);
    assert.deepEqual(alias.body.products, body.products);
    assert.equal((await get("/products/none/complete-look")).status, 404);
  });

  it("says reasons that are true", async () => {
    for (const row of rows.filter((_, i) => i % 20 === 0)) {
      const { status, body } = await get(`/products/${row.id}/complete-look?limit=20`);
      if (status === 400) continue; // never part of an outfit
      for (const p of body.products) {
        const often = /^(.*) often go with (.*)$/.exec(p.reason ?? "");
        if (often) {
          assert.equal(often[1], p.article_type);
          assert.equal(often[2], row.articleType);
          assert.ok(p.pairing >= 0.6);
        }
        const color = /^In (.*) as well$/.exec(p.reason ?? "");
        if (color) assert.deepEqual([color[1], color[1]], [p.base_color, row.baseColour]);
      }
    }
  });

  it("makes whole outfits that break no rule and no budget, around products and from nothing", async () => {
    let outfits = 0;
    for (let i = 0; i < rows.length; i += 9) {
      const budget = 100 + (i % 300);
      const answer = await server.call("POST", "/api/v1/complete-the-look", {
        product_ids: [rows[i].id], num_outfits: 5, num_results: 1, budget,
      });
      if (answer.status === 400) continue;
      for (const o of answer.body.outfits) {
        assert.ok(o.total_price <= budget);
        assert.equal(breaks(o.products), null, JSON.stringify(o.products.map((p) => p.product_id)));
        assert.equal(o.products[0].product_id, rows[i].id);
        assert.deepEqual(o.products.map((p) => p.is_given), o.products.map((_, k) => k === 0));
        const sum = o.products.reduce((s, p) => s + p.price, 0);
        assert.ok(Math.abs(sum - o.total_price) < 0.011);
        outfits++;
      }
    }
    assert.ok(outfits > 50, `${outfits} outfits`);
    const body = await ask({ num_outfits: 6, occasion: "work", filters: { gender: ["Women", "Unisex"] } });
    assert.ok(body.outfits.length > 0);
    assert.deepEqual(body.products, []);
    for (const o of body.outfits) {
      assert.equal(breaks(o.products), null);
      for (const p of o.products) {
        assert.ok(["Formal", "Smart Casual"].includes(p.usage), p.usage);
        assert.ok(["Women", "Unisex"].includes(p.gender));
      }
    }
    const cheap = await ask({ num_outfits: 6, budget: 1 });
    assert.deepEqual(cheap.outfits, []);
  });

  it("names what is wrong with a question", async () => {
    const post = (body) => server.call("POST", "/api/v1/complete-the-look", body);
    const men = rows.find((r) => r.gender === "Men" && r.articleType === "Shirts");
    const women = rows.find((r) => r.gender === "Women" && r.articleType === "Skirts");
    const cases = [
      [{ product_ids: ["none"] }, 404, "product_ids"],
      [{ product_ids: [men.id, men.id] }, 400, "product_ids"],
      [{ product_ids: [men.id, women.id] }, 400, "product_ids"],
      [{ product_ids: "7" }, 400, "product_ids"],
      [{ occasion: "a wet sunday" }, 400, "occasion"],
      [{ budget: -1 }, 400, "budget"],
      [{ num_results: 0 }, 400, "num_results"],
      [{ filters: { hem: "long" } }, 400, "filters"],
      [{ mood: "blue" }, 400, "mood"],
    ];
    for (const [body, status, field] of cases) {
      const answer = await post(body);
      assert.equal(answer.status, status, JSON.stringify([body, answer.body]));
      assert.equal(answer.body.field, field, JSON.stringify(body));
    }
    assert.match((await post({ occasion: "x" })).body.detail, /work/);
    assert.equal((await get(`/products/${men.id}/complete-look?hem=long`)).status, 400);
  });

  it("scores compatibility, and says which rule is broken", async () => {
    const post = (product_ids) => server.call("POST", "/api/v1/compatibility-score", { product_ids });
    const shirt = rows.find((r) => r.gender === "Men" && r.articleType === "Shirts");
    const another = rows.find((r) => r.gender === "Men" && r.articleType === "Shirts" && r.id !== shirt.id);
    const { status, body } = await post([shirt.id, another.id]);
    assert.equal(status, 200);
    assert.equal(body.fits, false);
    assert.equal(body.fault.rule, "same_slot");
    assert.deepEqual(body.fault.product_ids.sort(), [shirt.id, another.id].sort());
    assert.equal(body.pairs.length, 1);
    assert.ok(Math.abs(body.pairs[0].score - 0.5 * body.pairs[0].similarity_score) < 1e-5);
    const { body: whole } = await ask({ product_ids: [shirt.id], num_outfits: 1 }).then((b) => post(b.outfits[0].products.map((p) => p.product_id)));
    assert.equal(whole.fits, true);
    assert.equal(whole.fault, null);
    assert.equal((await post([shirt.id])).status, 400);
  });

  it("shops the look of a photo: a product of each garment, and what completes them", async () => {
    const folder = mkdtempSync(path.join(tmpdir(), "weft-look-"));
    try {
      const pick = (type, gender) => rows.find((r) => r.articleType === type && r.gender === gender);
      const shown = [pick("Shirts", "Men"), pick("Jeans", "Men"), pick("Casual Shoes", "Men")].filter(Boolean);
      const places = [[40, 60, 270, 360], [330, 20, 255, 340], [600, 300, 270, 360]];
      const file = path.join(folder, "photo.jpg");
      const args = shown.flatMap((p, i) => [path.join(root, `demo/images/${p.id}.jpg`), ...places[i]]);
      execFileSync(collage, [file, 900, 700, ...args].map(String));
      const answer = await server.call("POST", "/api/v1/shop-the-look", { image: readFileSync(file).toString("base64"), limit: 6 });
      assert.equal(answer.status, 200, JSON.stringify(answer.body));
      const { garments, look, complete, total_price } = answer.body;
      assert.ok(garments.length >= 1);
      assert.ok(look.length >= 1 && look.length <= garments.length);
      assert.equal(breaks(look), null);
      assert.ok(Math.abs(look.reduce((s, p) => s + p.price, 0) - total_price) < 0.011);
      const offered = new Set(garments.flatMap((g) => g.products.map((p) => p.product_id)));
      for (const p of look) assert.ok(offered.has(p.product_id));
      for (const p of complete) for (const q of look) assert.equal(breaks([p, q]), null);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
    assert.equal((await server.call("POST", "/api/v1/shop-the-look", { image: "bm8gcGhvdG8=" })).status, 400);
  });

  it("takes a shop's own table of rules as soon as it is there, and keeps the last when it is broken", async () => {
    const shirt = rows.find((r) => r.gender === "Men" && r.articleType === "Shirts");
    const slots = async () => new Set((await get(`/products/${shirt.id}/complete-look?limit=30`)).body.products.map((p) => p.slot));
    const file = path.join(server.data, "outfits.txt");
    try {
      writeFileSync(file, "slot upper: Shirts, Tshirts\nslot feet: Casual Shoes, Formal Shoes, Heels, Flats\n");
      await until(async () => {
        const now = await slots();
        return now.size === 1 && now.has("feet");
      }, 5, "the shop's own slots");
      writeFileSync(file, "slot upper Shirts");
      await until(async () => (await slots()).has("footwear"), 5, "weft's own table");
    } finally {
      rmSync(file, { force: true });
    }
  });
});

describe("pages worked out beforehand", () => {
  let server;
  const rows = demoRows();
  before(async () => {
    server = await startServer();
  });
  after(() => server.stop());
  const get = async (route) => (await server.call("GET", `/api/v1/products/${route}`)).body;

  it("are what is made when asked, are resumed, and are made anew when a product changes", async () => {
    const ids = rows.filter((_, i) => i % 25 === 0).map((r) => r.id);
    const similar = (id) => get(`${id}/similar?limit=8`);
    const before = new Map();
    for (const id of ids) before.set(id, await similar(id));
    assert.match(weft(server.data, "recommend", "build", "--only", "pages"), new RegExp(`${rows.length} made now, 0 hold`));
    assert.match(weft(server.data, "recommend", "build", "--only", "pages"), new RegExp(`0 made now, ${rows.length} hold`));
    await until(async () => (await similar(ids[0])).products.length === 8, 10, "pages");
    for (const id of ids) {
      const now = await similar(id);
      assert.equal(now.total, before.get(id).total);
      // Scores of an inverted file are off in the fourth digit: neighbours may change places.
      const gone = before.get(id).products.filter((p) => !now.products.some((q) => q.product_id === p.product_id));
      assert.ok(gone.length <= 2, `${id}: ${gone.length} others`);
    }
    const digest = () => select(server.data, `SELECT digest FROM product_pages WHERE product_id = '${ids[3]}'`)[0].digest;
    const old = digest();
    const folder = mkdtempSync(path.join(tmpdir(), "weft-catalog-"));
    try {
      const head = "id,gender,masterCategory,subCategory,articleType,baseColour,season,year,usage,productDisplayName\n";
      const r = rows.find((row) => row.id === ids[3]);
      const line = [r.id, r.gender, r.masterCategory, r.subCategory, r.articleType, r.baseColour, r.season, r.year, r.usage, "Another name altogether"].join(",");
      writeFileSync(path.join(folder, "styles.csv"), `${head}${line}\n`);
      weft(server.data, "import", "kaggle", folder);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
    await until(async () => digest() !== old, 15, "a new page");
    assert.equal((await get(`${ids[3]}/similar?limit=8`)).products.length, 8);
  });
});
