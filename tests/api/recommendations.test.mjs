// Recommendations: they follow events, keep to what was asked, and say why, truly.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { after, before, beforeEach, describe, it } from "node:test";
import { demoData, makeDataFolder, program, programOptions, root, select, sleep, startServer, until, weft } from "./weft.mjs";

const WEIGHTS = { view: 1, click: 0.5, add_to_cart: 2, purchase: 3 };
const KINDS = ["pinned", "like", "crowd", "brand", "color", "category", "trending", "price", "new"];
/** An index engine's vectors are not looked at one by one. */
const hasEngine = Boolean(process.env.WEFT_TEST_INDEX_ENGINE);

const ids = (body) => body.products.map((p) => p.product_id);
const sum = (numbers) => numbers.reduce((a, b) => a + b, 0);
const count = (list, key) => list.reduce((counts, one) => counts.set(key(one), (counts.get(key(one)) ?? 0) + 1), new Map());

/** A vector as the database gives it: pgvector's text, or little-endian floats in hexadecimal digits. */
function parseVector(text) {
  if (text.startsWith("[")) return JSON.parse(text);
  const bytes = Buffer.from(text, "hex");
  return Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(4 * i));
}

/** All products of a server, by id. */
async function readCatalog(server) {
  const products = new Map();
  for (let page = 1, more = true; more; page++) {
    const { body } = await server.call("GET", `/api/v1/products?page=${page}&page_size=100`);
    for (const product of body.products) products.set(product.product_id, product);
    more = body.has_more;
  }
  return products;
}

/** A shop: a server, its catalog, and all that users did there as the test knows it. */
class Shop {
  events = [];

  async open(data) {
    this.server = await startServer({ data });
    this.headers = { authorization: `Bearer ${weft(this.server.data, "token", "create", "shop").trim()}` };
    this.catalog = await readCatalog(this.server);
    this.products = [...this.catalog.values()];
  }

  get(route, parameters = {}) {
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(parameters)) for (const one of [value].flat()) query.append(name, one);
    return this.server.call("GET", `/api/v1${route}${query.size ? `?${query}` : ""}`);
  }

  async post(events) {
    const { status, body } = await this.server.call("POST", "/api/v1/events", { events }, this.headers);
    assert.equal(status, 202, JSON.stringify(body));
    assert.deepEqual(body, { accepted: events.length, rejected: [] });
    this.events.push(...events);
  }

  /** user does things with products: [[event_type, product], ...] */
  does(user_id, deeds) {
    return this.post(deeds.map(([event_type, product]) => ({ user_id, product_id: product.product_id, event_type })));
  }

  async recommend(user, parameters) {
    const { status, body } = await this.get(`/recommendations/${encodeURIComponent(user)}`, parameters);
    assert.equal(status, 200, JSON.stringify(body));
    return body;
  }

  /** What a user dealt with: product_id -> {weight, most}. */
  taste(user) {
    const taste = new Map();
    for (const event of this.events.filter((e) => e.user_id === user)) {
      const one = taste.get(event.product_id) ?? { product: this.catalog.get(event.product_id), weight: 0, most: 0 };
      one.weight += WEIGHTS[event.event_type];
      one.most = Math.max(one.most, WEIGHTS[event.event_type]);
      taste.set(event.product_id, one);
    }
    return taste;
  }

  /** The sum of the weights of all events with a product. */
  popularity(id) {
    return sum(this.events.filter((e) => e.product_id === id).map((e) => WEIGHTS[e.event_type]));
  }

  find(conditions, n = Infinity) {
    const found = this.products.filter((p) => Object.entries(conditions).every(([field, value]) => p[field] === value));
    assert.ok(n === Infinity || found.length >= n, JSON.stringify(conditions));
    return found.slice(0, n);
  }

  /** Every list of trends is made anew at most some seconds after the last event. */
  async settle() {
    const counted = new Set(this.events.map((e) => e.product_id)).size;
    await until(async () => (await this.get("/products/trending")).body.total === counted, 10, "trends are current");
    await sleep(2500);
  }
}

/** What a brand's products have before the first word that says what they are. */
const isOfBrand = (product, brand) => product.product_display_name.startsWith(`${brand} `);

function quantile(sorted, q) {
  const place = q * (sorted.length - 1);
  const below = Math.floor(place);
  return below + 1 >= sorted.length ? sorted.at(-1) : sorted[below] + (place - below) * (sorted[below + 1] - sorted[below]);
}

/** The value of a field that has more weight than any other, when two products have it. */
function isMostChosen(taste, field, value) {
  const weights = new Map();
  for (const { product, weight } of taste.values())
    if (product[field]) weights.set(product[field], (weights.get(product[field]) ?? 0) + weight);
  const chosen = [...taste.values()].filter(({ product }) => product[field] === value).length;
  const isMost = [...weights].every(([other, weight]) => other === value || weight < weights.get(value));
  return Boolean(value) && chosen >= 2 && isMost;
}

/** Checks each reason of an answer against events and products. */
async function checkReasons(shop, user, body, { crowd = () => assert.fail("nothing was learned"), trending, pinned = new Set() }) {
  const taste = shop.taste(user);
  const prices = [...taste.values()].map(({ product }) => product.price).sort((a, b) => a - b);
  const newest = Math.max(...shop.products.map((p) => p.year ?? 0));
  const kinds = new Set();
  for (const product of body.products) {
    const { reasons } = product;
    assert.ok(reasons.length <= 3);
    assert.equal(product.personalization_reason, reasons[0]?.text ?? null);
    const given = reasons.map((r) => r.kind);
    assert.deepEqual(given, KINDS.filter((kind) => given.includes(kind)), "the strongest first, each once");
    // All that can be said by counting is said, in order, until three are.
    const countable = {
      pinned: pinned.has(product.product_id),
      color: isMostChosen(taste, "base_color", product.base_color),
      category: isMostChosen(taste, "article_type", product.article_type),
      trending: trending.includes(product.product_id),
      price: prices.length >= 3 && product.price >= quantile(prices, 0.25) && product.price <= quantile(prices, 0.75),
      new: product.year === newest,
    };
    for (const [kind, holds] of Object.entries(countable)) {
      const isCut = reasons.length === 3 && KINDS.indexOf(kind) > KINDS.indexOf(given[2]);
      if (!isCut) assert.equal(given.includes(kind), holds, `${user}: ${product.product_id}: ${kind}`);
    }
    for (const { kind, text, product_id } of reasons) {
      kinds.add(kind);
      assert.equal(product_id !== undefined, kind === "like");
      const about = `${user}: ${product.product_id}: ${text}`;
      if (kind === "pinned") assert.equal(text, "Chosen by the shop");
      if (kind === "like") {
        const like = taste.get(product_id);
        assert.ok(like, about);
        const deed = like.most >= 3 ? "bought" : like.most >= 2 ? "put into your cart" : "looked at";
        assert.equal(text, `Like the ${like.product.product_display_name} that you ${deed}`);
        assert.equal(like.product.article_type, product.article_type);
        const [score] = cosines(product, [like.product]);
        const same = [...taste.values()].map((one) => one.product).filter((p) => p.article_type === product.article_type && p !== like.product && p.product_id !== product.product_id);
        assert.ok(score >= 0.8 - 1e-4, `${about}: ${score}`);
        assert.ok(cosines(product, same).every((other) => other <= score + 1e-4), `${about}: it is the most alike`);
      }
      if (kind === "crowd") {
        assert.equal(text, "People with a taste like yours choose it");
        crowd(product.product_id);
      }
      if (kind === "brand") {
        const brand = text.match(/^From (.*), a brand that you choose$/)[1];
        assert.ok(isOfBrand(product, brand), about);
        assert.ok([...taste.values()].filter((one) => isOfBrand(one.product, brand)).length >= 2, about);
      }
      if (kind === "color") assert.equal(text, `In ${product.base_color}, the color that you choose most`);
      if (kind === "category") assert.equal(text, `You look at ${product.article_type} more than at anything else`);
      if (kind === "trending") assert.equal(text, "Popular now");
      if (kind === "price") assert.equal(text, "In your price range");
      if (kind === "new") assert.equal(text, "New");
    }
  }
  return kinds;
}

/** What a product's embedding is: the vector of someone who has looked at it alone. */
const vectors = new Map();
const cosines = (product, others) =>
  others.map((other) => sum(vectors.get(product.product_id).map((x, i) => x * vectors.get(other.product_id)[i])));
before(async () => {
  const shop = new Shop();
  await shop.open();
  await shop.post(shop.products.map((p) => ({ user_id: p.product_id, product_id: p.product_id, event_type: "view" })));
  const read = () => select(shop.server.data, "SELECT user_id, user_embedding FROM user_style_features");
  const rows = await until(() => read().length === shop.products.length && read(), 20, "vectors of all");
  for (const row of rows) vectors.set(row.user_id, parseVector(row.user_embedding));
  await shop.server.stop();
});

const trendingNow = async (shop) => ids((await shop.get("/products/trending", { limit: 100 })).body);

describe("recommendations", () => {
  const shop = new Shop();
  before(() => shop.open());
  after(() => shop.server.stop());

  /** The user's vector as user_style_features has it. */
  function storedVector(user) {
    const [row] = select(shop.server.data, `SELECT user_embedding FROM user_style_features WHERE user_id = '${user}'`);
    return row ? parseVector(row.user_embedding) : null;
  }
  const profile = async (user) => (await shop.get(`/users/${user}/profile`)).body;
  const isNear = (a, b, tolerance = 1e-5) => a?.length === b.length && a.every((x, i) => Math.abs(x - b[i]) <= tolerance);

  it("someone unknown gets what is popular; nobody is no user", async () => {
    assert.equal((await shop.get("/users/nobody")).status, 404);
    assert.equal((await shop.get("/users/nobody/profile")).status, 404);
    const empty = await shop.recommend("nobody");
    assert.equal(empty.is_cold_start, true);
    assert.equal(empty.products.length, 20, "also before the first event");
    const popular = ["Watches", "Heels", "Socks", "Jeans"].map((article_type) => shop.find({ article_type })[0]);
    for (const [i, product] of popular.entries())
      await shop.post(Array.from({ length: 8 - i }, (_, u) => ({ user_id: `early-${u}`, product_id: product.product_id, event_type: "purchase" })));
    await shop.settle();
    const body = await shop.recommend("nobody", { limit: 4, diversity: 0 });
    assert.equal(body.is_cold_start, true);
    assert.equal(body.user_id, "nobody");
    assert.equal(body.search_type, "recommendations");
    assert.equal(body.total, shop.products.length);
    assert.deepEqual(ids(body), popular.map((p) => p.product_id));
    assert.deepEqual(body.products.map((p) => p.similarity_score), [null, null, null, null]);
    await checkReasons(shop, "nobody", body, { trending: await trendingNow(shop) });
    assert.equal((await shop.get("/users/nobody")).status, 404, "being asked for makes no user");
  });

  it("an event changes the user's vector within a second, and what is recommended", async () => {
    const [shirt, dress, watch, shoes, bag] = ["Shirts", "Dresses", "Watches", "Casual Shoes", "Handbags"].map(
      (article_type) => shop.find({ article_type })[1],
    );
    await shop.does("one", [["view", shirt]]);
    await shop.does("two", [["view", dress]]);
    const [one, two] = [(await profile("one")).user_embedding, (await profile("two")).user_embedding];
    assert.ok(Math.abs(Math.hypot(...one) - 1) < 1e-4);
    const own = await shop.recommend("one", { include_seen: true, way: "content", diversity: 0, limit: 1 });
    assert.deepEqual(ids(own), [shirt.product_id]);
    assert.ok(own.products[0].similarity_score > 0.99);

    const before = await shop.recommend("three");
    const times = [];
    const deeds = [["view", shirt], ["purchase", dress], ["click", watch], ["add_to_cart", shoes], ["view", bag]];
    const lists = [ids(before)];
    for (const [i, deed] of deeds.entries()) {
      const old = storedVector("three");
      const started = performance.now();
      await shop.does("three", [deed]);
      await until(() => {
        const now = storedVector("three");
        return now && (!old || !isNear(now, old));
      }, 10, "the row of user_style_features");
      times.push(performance.now() - started);
      const now = await profile("three");
      assert.equal(now.num_interactions, i + 1);
      assert.ok(isNear(storedVector("three"), now.user_embedding));
      if (i === 1) {
        const mean = one.map((x, d) => x + 3 * two[d]);
        const length = Math.hypot(...mean);
        assert.ok(isNear(now.user_embedding, mean.map((x) => x / length), 1e-4), "view 1, purchase 3");
      }
      const body = await shop.recommend("three");
      assert.equal(body.is_cold_start, false);
      for (const [, product] of deeds.slice(0, i + 1)) assert.ok(!ids(body).includes(product.product_id));
      assert.notDeepEqual(ids(body), lists.at(-1));
      lists.push(ids(body));
    }
    times.sort((a, b) => a - b);
    assert.ok(times[2] < 1000, `within a second: ${times.map(Math.round)} ms`);

    const last = await profile("three");
    assert.deepEqual(last.recent_products.map((p) => p.product_id), deeds.map(([, p]) => p.product_id).reverse());
    assert.equal(last.category_prefs[0], "Dresses");
    assert.deepEqual([last.min_price, last.max_price], [Math.min, Math.max].map((f) => f(...deeds.map(([, p]) => p.price))));
    const user = (await shop.get("/users/three")).body;
    assert.deepEqual([user.user_id, user.segment], ["three", null]);
    assert.ok(Math.abs(Date.now() - Date.parse(user.created_at)) < 60000);
  });

  /** Users with tastes that are unlike, for what holds for everyone. */
  const users = ["blue", "formal", "dear", "mixed", "single"];
  before(async () => {
    const blue = shop.find({ base_color: "Blue" }, 6);
    const formal = [...shop.find({ article_type: "Formal Shoes" }).slice(0, 2), ...shop.find({ article_type: "Shirts", gender: "Men" }, 5)];
    const dear = shop.products.toSorted((a, b) => b.price - a.price).slice(0, 12);
    const mixed = shop.products.filter((_, i) => i % 31 === 7);
    await shop.does("blue", blue.map((p, i) => [i % 2 ? "view" : "add_to_cart", p]));
    await shop.does("formal", formal.map((p) => ["purchase", p]));
    await shop.does("dear", dear.map((p) => ["view", p]));
    await shop.does("mixed", mixed.map((p, i) => [Object.keys(WEIGHTS)[i % 4], p]));
    await shop.does("single", [["click", shop.find({ article_type: "Sunglasses" })[0]]]);
  });

  /** What may come back, by the test's own reckoning. */
  function allowed(user, q) {
    const taste = shop.taste(user);
    const chosen = [...taste.values()].map((one) => one.product);
    const prices = chosen.map((p) => p.price);
    const facets = ["article_type", "base_color", "gender", "season", "usage", "master_category", "sub_category"];
    return shop.products.filter(
      (p) =>
        (q.include_seen || !taste.has(p.product_id)) &&
        !(p.price > q.budget) && !(p.price < q.min_price) && !(p.price > q.max_price) &&
        (!q.restrict_price || !prices.length || (p.price >= Math.min(...prices) && p.price <= Math.max(...prices))) &&
        (!q.restrict_category || !chosen.length || chosen.some((c) => c.article_type && c.article_type === p.article_type)) &&
        (!q.restrict_color || !chosen.length || chosen.some((c) => c.base_color && c.base_color === p.base_color)) &&
        facets.every((field) => !q[field] || [q[field]].flat().includes(p[field])),
    );
  }

  it("budget, restrictions and filters hold, and lists are as long as what matches", async () => {
    const questions = [
      {},
      { limit: 100 },
      { limit: 1 },
      { budget: 40 },
      { budget: 15.5, limit: 50 },
      { budget: 0.01 },
      { restrict_category: true },
      { restrict_price: true, limit: 60 },
      { restrict_color: true },
      { restrict_category: true, restrict_color: true, restrict_price: true, limit: 40 },
      { base_color: ["Red", "Blue"], gender: "Women" },
      { article_type: "Watches", limit: 100 },
      { article_type: "Ties" },
      { min_price: 30, max_price: 60, season: "Summer" },
      { min_price: 30, budget: 35, include_seen: true, limit: 100 },
      { include_seen: true, restrict_category: true, limit: 100 },
      { base_color: "No such color" },
    ];
    for (const user of [...users, "nobody"])
      for (const way of ["blend", "formula", "home", "content", "collaborative", "popularity"])
        for (const q of questions) {
          const about = `${user} ${way} ${JSON.stringify(q)}`;
          const body = await shop.recommend(user, { way, ...q });
          const may = new Set(allowed(user, q).map((p) => p.product_id));
          assert.equal(body.total, may.size, about);
          assert.equal(body.products.length, Math.min(q.limit ?? 20, may.size), about);
          assert.equal(new Set(ids(body)).size, body.products.length, about);
          for (const id of ids(body)) assert.ok(may.has(id), `${about}: ${id}`);
        }
  });

  it("no category takes more than 40 % while others are there", async () => {
    for (const user of [...users, "nobody"])
      for (const limit of [5, 10, 20, 50])
        for (const diversity of [0, 0.3, 1]) {
          const body = await shop.recommend(user, { limit, diversity });
          const most = Math.max(...count(body.products, (p) => p.article_type).values());
          assert.ok(most <= Math.floor(0.4 * limit), `${user} ${limit} ${diversity}: ${most}`);
        }
    const alone = await shop.recommend("formal", { article_type: "Shirts" });
    assert.equal(alone.products.length, 20, "without others it takes all");
    const two = await shop.recommend("formal", { article_type: ["Shirts", "Ties"], limit: 20 });
    const ties = allowed("formal", { article_type: "Ties" }).length;
    assert.equal(two.products.filter((p) => p.article_type === "Ties").length, Math.min(ties, 8), "nor when few others are");
  });

  it("unknown parameters and bad values are refused by name", async () => {
    for (const [query, field] of [
      ["limit=0", "limit"],
      ["limit=101", "limit"],
      ["limit=x", "limit"],
      ["limit=1.5", "limit"],
      ["restrict_category=yes", "restrict_category"],
      ["restrict_price=1", "restrict_price"],
      ["restrict_color=", "restrict_color"],
      ["include_seen=TRUE", "include_seen"],
      ["explain=2", "explain"],
      ["budget=0", "budget"],
      ["budget=-5", "budget"],
      ["budget=nan", "budget"],
      ["budget=inf", "budget"],
      ["budget=cheap", "budget"],
      ["diversity=1.1", "diversity"],
      ["diversity=-1", "diversity"],
      ["way=home2", "way"],
      ["min_price=cheap", "min_price"],
      ["colour=Red", "colour"],
      ["page=2", "page"],
    ])
      for (const route of ["/recommendations/blue", "/search/recommendations/blue"]) {
        const { status, body } = await shop.get(`${route}?${query}`);
        assert.equal(status, 400, query);
        assert.equal(body.field, field);
        assert.ok(body.detail.startsWith(`${field}: `), body.detail);
      }
    const long = await shop.get(`/recommendations/${"u".repeat(201)}`);
    assert.deepEqual([long.status, long.body.field], [400, "user_id"]);
    for (const [route, field] of [
      ["/users?limit=0", "limit"],
      ["/users?limit=1001", "limit"],
      ["/users?page=1", "page"],
      ["/products/trending?page=0", "page"],
      ["/products/trending?days=7", "days"],
      ["/products/seasonal?page_size=101", "page_size"],
      ["/products/new-arrivals?limit=x", "limit"],
      ["/products/new-arrivals?max_price=x", "max_price"],
      ["/products/seasonal?sort_by=price", "sort_by"],
    ]) {
      const { status, body } = await shop.get(route);
      assert.equal(status, 400, route);
      assert.equal(body.field, field, route);
    }
  });

  it("both addresses answer the same, and explain shows the parts", async () => {
    const q = { limit: 30, explain: true };
    const body = await shop.recommend("mixed", q);
    assert.deepEqual((await shop.get("/search/recommendations/mixed", q)).body.products, body.products);
    for (const { explain } of body.products) {
      assert.deepEqual(
        Object.keys(explain),
        ["user", "recent", "attribute", "taste", "collaborative", "popularity", "recency", "score", "rule"],
      );
      assert.equal(explain.collaborative, null, "nothing was learned yet");
      assert.equal(explain.rule, null);
      if (!hasEngine) assert.ok(Math.abs(explain.user) <= 1.001 && Math.abs(explain.recent) <= 1.001);
      assert.ok(explain.attribute >= 0 && explain.attribute <= 1);
    }
    assert.equal((await shop.recommend("mixed")).products[0].explain, undefined);
  });

  it("every reason is true", async () => {
    await shop.settle();
    const kinds = new Set();
    const trending = await trendingNow(shop);
    for (const user of [...users, "three", "early-0", "nobody"])
      for (const q of [{ limit: 50 }, { include_seen: true, limit: 30 }]) {
        const body = await shop.recommend(user, q);
        for (const kind of await checkReasons(shop, user, body, { trending })) kinds.add(kind);
      }
    const seen = ["brand", "color", "category", "trending", "price", "new", ...(hasEngine ? [] : ["like"])];
    assert.deepEqual([...kinds].sort(), seen.sort(), "each was given to someone");
  });

  describe("merchandising", () => {
    const rules = "/api/v1/merchandising/rules";
    const admin = (method, route, body) => shop.server.call(method, route, body, shop.headers);
    beforeEach(async () => {
      for (const { rule_id } of (await admin("GET", rules)).body.rules) await admin("DELETE", `${rules}/${rule_id}`);
    });
    after(() => admin("DELETE", `${rules}/r`));
    async function put(rule) {
      const { status, body } = await admin("PUT", `${rules}/r`, rule);
      assert.equal(status, 200, JSON.stringify(body));
    }

    it("what is pinned stands at its position, for those who may have it", async () => {
      const [a, b, dear] = [shop.find({ article_type: "Belts" })[0], shop.find({ article_type: "Ties" })[0], shop.find({ article_type: "Watches" })[5]];
      await put({ pin: [{ product_id: b.product_id, position: 5 }, { product_id: a.product_id, position: 2 }, { product_id: dear.product_id, position: 3 }] });
      for (const user of ["blue", "nobody"]) {
        const body = await shop.recommend(user, { limit: 10, explain: true });
        assert.deepEqual([1, 2, 4].map((i) => ids(body)[i]), [a, dear, b].map((p) => p.product_id), user);
        assert.equal(new Set(ids(body)).size, 10);
        assert.equal(body.total, allowed(user, {}).length);
        assert.equal(body.products[1].personalization_reason, "Chosen by the shop");
        assert.deepEqual(body.products.map((p) => p.explain.rule !== null), ids(body).map((_, i) => [1, 2, 4].includes(i)));
        const parts = Object.entries(body.products[1].explain).filter(([part]) => !["rule", "score"].includes(part));
        assert.ok(parts.every(([, value]) => value === null), `no part placed it: ${JSON.stringify(parts)}`);
        await checkReasons(shop, user, body, { trending: await trendingNow(shop), pinned: new Set([a, b, dear].map((p) => p.product_id)) });
        const cheap = await shop.recommend(user, { limit: 10, budget: dear.price - 0.01 });
        assert.ok(!ids(cheap).includes(dear.product_id), "never over the budget");
        const filtered = await shop.recommend(user, { article_type: "Belts" });
        assert.ok(filtered.products.every((p) => p.article_type === "Belts"));
      }
      await shop.does("owner", [["purchase", a]]);
      assert.ok(!ids(await shop.recommend("owner", { limit: 50 })).includes(a.product_id), "not to who has it");
    });

    it("what is boosted rises, what is buried comes last", async () => {
      for (const user of ["formal", "nobody"]) {
        const reds = async () => (await shop.recommend(user, { limit: 10, diversity: 0 })).products.filter((p) => p.base_color === "Red").length;
        const before = await reds();
        await put({ boost: [{ filter: { base_color: "Red" }, by: 10 }] });
        assert.ok(before < 10);
        assert.equal(await reds(), 10, `${user}: red first`);
        await put({ bury: { base_color: ["Black", "Red"] } });
        const body = await shop.recommend(user, { article_type: "Dresses", limit: 100 });
        assert.equal(body.products.length, allowed(user, { article_type: "Dresses" }).length, "nothing is lost");
        const buried = body.products.map((p) => ["Black", "Red"].includes(p.base_color));
        assert.ok(buried.includes(true));
        assert.deepEqual(buried, [...buried].sort((x, y) => x - y), "what is buried is at the end");
        const first = await shop.recommend(user, { limit: 20 });
        assert.ok(first.products.every((p) => !["Black", "Red"].includes(p.base_color)));
      }
    });

    it("a rule for queries is none for recommendations", async () => {
      const belt = shop.find({ article_type: "Belts" })[3].product_id;
      await put({ queries: ["belt"], pin: [{ product_id: belt, position: 1 }] });
      const body = await shop.recommend("blue", { explain: true });
      assert.ok(body.products.every((p) => p.explain.rule === null));
    });
  });

  describe("lists", () => {
    it("trending follows what is done now", async () => {
      const hit = shop.find({ article_type: "Skirts" })[2];
      assert.notEqual((await trendingNow(shop))[0], hit.product_id);
      await shop.post(Array.from({ length: 60 }, (_, i) => ({ user_id: `fan-${i}`, product_id: hit.product_id, event_type: "purchase" })));
      await until(async () => (await trendingNow(shop))[0] === hit.product_id, 5, "the hit is first");
      await shop.settle();
      const { body } = await shop.get("/products/trending", { page_size: 100 });
      const sums = ids(body).map((id) => shop.popularity(id));
      assert.deepEqual(sums, sums.toSorted((a, b) => b - a), "by what was done");
      assert.equal(body.total, new Set(shop.events.map((e) => e.product_id)).size);
      const skirts = (await shop.get("/products/trending", { article_type: "Skirts", gender: "Women" })).body;
      assert.ok(skirts.total >= 1 && skirts.total < body.total);
      assert.ok(skirts.products.every((p) => p.article_type === "Skirts" && p.gender === "Women"));
      const pages = [];
      for (let page = 1, more = true; more; page++) {
        const one = (await shop.get("/products/trending", { page, limit: 7 })).body;
        assert.deepEqual([one.page, one.page_size], [page, 7]);
        pages.push(...ids(one));
        more = one.has_more;
      }
      assert.deepEqual(pages.slice(0, 100), ids(body));
      assert.deepEqual((await shop.get("/products/trending", { page: 1000 })).body.products, []);
      assert.equal((await shop.get("/products/trending")).body.page_size, 24);
    });

    /** A whole list. */
    async function all(route, parameters = {}) {
      const products = [];
      for (let page = 1, more = true; more; page++) {
        const { status, body } = await shop.get(route, { ...parameters, page, page_size: 100 });
        assert.equal(status, 200);
        products.push(...body.products);
        more = body.has_more;
        if (!more) assert.equal(products.length, body.total);
      }
      assert.equal(new Set(products.map((p) => p.product_id)).size, products.length);
      return products;
    }
    const popularity = (p) => shop.popularity(p.product_id);
    const isNewestFirst = (products) =>
      products.every((p, i) => !i || products[i - 1].year > p.year || (products[i - 1].year === p.year && popularity(products[i - 1]) >= popularity(p)));
    /** Of two with the same sum the later one is ahead; without any the newer one. */
    const isPopularFirst = (products) =>
      products.every((p, i) => !i || popularity(products[i - 1]) > popularity(p) || (popularity(products[i - 1]) === popularity(p) && (popularity(p) || products[i - 1].year >= p.year)));

    it("new arrivals: the newest year first, within it what is popular", async () => {
      const products = await all("/products/new-arrivals");
      assert.equal(products.length, shop.products.filter((p) => p.year).length);
      assert.ok(isNewestFirst(products));
      const women = await all("/products/new-arrivals", { gender: "Women", max_price: 50 });
      assert.equal(women.length, shop.products.filter((p) => p.year && p.gender === "Women" && p.price <= 50).length);
      assert.ok(women.every((p) => p.gender === "Women" && p.price <= 50) && isNewestFirst(women));
    });

    it("seasonal: of this season, or of those asked for, what is popular first", async () => {
      const month = new Date().getUTCMonth();
      const now = [["Winter"], ["Spring"], ["Summer"], ["Fall", "Autumn"]][Math.floor(((month + 1) % 12) / 3)];
      const products = await all("/products/seasonal");
      assert.equal(products.length, shop.products.filter((p) => now.includes(p.season)).length);
      assert.ok(products.every((p) => now.includes(p.season)) && isPopularFirst(products));
      const asked = await all("/products/seasonal", { season: ["Winter", "Summer"], gender: "Men" });
      assert.equal(asked.length, shop.products.filter((p) => ["Winter", "Summer"].includes(p.season) && p.gender === "Men").length);
      assert.ok(asked.every((p) => ["Winter", "Summer"].includes(p.season)) && isPopularFirst(asked));
    });
  });

  it("another server with the same store knows the same of a user", async () => {
    const other = await startServer({ data: shop.server.data });
    try {
      const bags = shop.find({ article_type: "Handbags" }, 4);
      await shop.does("both", bags.slice(0, 3).map((p) => ["view", p]));
      const of = async (server) => (await server.call("GET", "/api/v1/users/both/profile")).body;
      assert.deepEqual((await of(other)).user_embedding, (await of(shop.server)).user_embedding);
      await until(() => storedVector("both"), 5, "features are written by one of them");
      const body = (await other.call("GET", "/api/v1/recommendations/both")).body;
      assert.equal(body.is_cold_start, false);
      for (const bag of bags.slice(0, 3)) assert.ok(!ids(body).includes(bag.product_id));
      const hit = shop.find({ article_type: "Caps" })[0];
      await shop.post(Array.from({ length: 200 }, (_, i) => ({ user_id: `both-${i}`, product_id: hit.product_id, event_type: "purchase" })));
      const first = async () => (await other.call("GET", "/api/v1/products/trending")).body.products[0].product_id;
      await until(async () => (await first()) === hit.product_id, 6, "trends are the same there");
    } finally {
      await other.end("SIGTERM");
    }
  });
});

describe("a shop of many shirts", () => {
  const shop = new Shop();
  const things = ["Watches", "Belts", "Heels", "Jeans", "Caps", "Socks"];
  before(async () => {
    const folder = makeDataFolder();
    mkdirSync(path.join(folder, "images"));
    copyFileSync(path.join(root, "demo/images/900001.jpg"), path.join(folder, "images/1.jpg"));
    const lines = Array.from({ length: 360 }, (_, i) =>
      i < 300
        ? `${i + 1},Men,Apparel,Topwear,Tshirts,Blue,Summer,2024,Casual,Acme Men Blue T-Shirt ${i}`
        : `${i + 1},Men,Accessories,Other,${things[i % 6]},Black,Fall,2023,Casual,Zed Men Black ${things[i % 6]} ${i}`,
    );
    const head = "id,gender,masterCategory,subCategory,articleType,baseColour,season,year,usage,productDisplayName";
    writeFileSync(path.join(folder, "styles.csv"), `${head}\n${lines.join("\n")}\n`);
    const data = makeDataFolder();
    weft(data, "import", "kaggle", folder);
    weft(data, "embed");
    rmSync(folder, { recursive: true });
    await shop.open(data);
  });
  after(() => shop.server.stop());

  it("shows others too to who likes shirts", async () => {
    await shop.does("fan", shop.find({ article_type: "Tshirts" }, 4).map((p) => ["purchase", p]));
    for (const limit of [5, 20, 50]) {
      const body = await shop.recommend("fan", { limit });
      assert.equal(body.products.length, limit);
      const shirts = body.products.filter((p) => p.article_type === "Tshirts").length;
      assert.equal(shirts, Math.floor(0.4 * limit), `of ${limit}`);
    }
    const few = await shop.recommend("fan", { limit: 100 });
    assert.equal(few.products.filter((p) => p.article_type !== "Tshirts").length, 60, "all others that there are");
  });
});

describe("what is learned", () => {
  const shop = new Shop();
  const USERS = 300;
  before(() => shop.open(demoData()));
  after(() => shop.server.stop());
  const parts = async () => (await shop.recommend("user_00001", { explain: true, limit: 50 })).products.map((p) => p.explain.collaborative);

  it("says that there is nothing to learn from", () => {
    const build = (...args) => spawnSync(program, [...programOptions(shop.server.data), "recommend", "build", ...args], { encoding: "utf8" });
    const asked = build("--only", "events");
    assert.equal(asked.status, 1);
    assert.match(asked.stderr, /there are no events to learn from/);
    const whole = build(); // pages need none
    assert.equal(whole.status, 0, whole.stderr);
    assert.match(whole.stdout, /there are no events to learn from yet/);
  });

  it("synthetic users come while the server runs, once", async () => {
    const printed = weft(shop.server.data, "users", "synth", "--count", String(USERS));
    shop.events = select(shop.server.data, "SELECT user_id, product_id, event_type FROM transactions ORDER BY transaction_id");
    assert.equal(printed.trim(), `${USERS} users with ${shop.events.length} events`);
    const again = spawnSync(program, [...programOptions(shop.server.data), "users", "synth"], { encoding: "utf8" });
    assert.equal(again.status, 1);
    assert.match(again.stderr, /synthetic users can be made once/);
    const features = () => Number(select(shop.server.data, "SELECT count(*) AS n FROM user_style_features WHERE user_embedding IS NOT NULL")[0].n);
    await until(() => features() === USERS, 30, "features of all");
  });

  it("trends stay current while features of many users are being written", async () => {
    const crowded = new Shop();
    await crowded.open(demoData());
    try {
      weft(crowded.server.data, "users", "synth", "--count", "10000");
      const [hit] = crowded.products;
      const position = "SELECT transaction_id AS n FROM user_features_position";
      await until(() => Number(select(crowded.server.data, position)[0].n) > 0, 30, "the first are written");
      const started = performance.now();
      await crowded.post(Array.from({ length: 1000 }, (_, i) => ({ user_id: `fan-${i}`, product_id: hit.product_id, event_type: "purchase" })));
      const after = async (ask, what) => (await until(ask, 100, what), performance.now() - started);
      const behind = "SELECT (SELECT max(transaction_id) FROM transactions) - transaction_id AS n FROM user_features_position";
      const [trends, features] = await Promise.all([
        after(async () => (await trendingNow(crowded))[0] === hit.product_id, "the hit is first"),
        after(() => Number(select(crowded.server.data, behind)[0].n) === 0, "features are written"),
      ]);
      assert.ok(trends < 3500 || trends < features, `trends ${trends} ms, features ${features} ms`);
    } finally {
      await crowded.server.stop();
    }
  });

  it("users can be listed, page by page and by segment", async () => {
    const { body } = await shop.get("/users");
    assert.deepEqual([body.total, body.users.length, body.has_more, body.next], [USERS, 50, true, "user_00050"]);
    const found = [];
    for (let after = "", more = true; more; ) {
      const page = (await shop.get("/users", { limit: 70, after })).body;
      found.push(...page.users);
      ({ next: after, has_more: more } = page);
      if (!more) assert.equal(after, null);
    }
    assert.deepEqual(found.map((u) => u.user_id), Array.from({ length: USERS }, (_, i) => `user_${String(i + 1).padStart(5, "0")}`));
    const segments = count(found, (u) => u.segment);
    assert.equal(segments.size, 8);
    for (const [segment, n] of segments) {
      const page = (await shop.get("/users", { segment, limit: 1000 })).body;
      assert.deepEqual([page.total, page.users.length, page.has_more, page.next], [n, n, false, null]);
      assert.ok(page.users.every((u) => u.segment === segment));
    }
    assert.equal((await shop.get("/users", { segment: "none such" })).body.total, 0);
    assert.deepEqual((await shop.get("/users/user_00001")).body, found[0]);
  });

  it("is taken up by the running server", async () => {
    assert.ok((await parts()).every((part) => part === null));
    const printed = weft(shop.server.data, "recommend", "build");
    assert.match(printed, new RegExp(`learned from ${shop.events.length} events of ${USERS} users`));
    await until(async () => (await parts()).some((part) => part !== null), 5, "tastes are taken up");
  });

  it("what is seen stays away, and reasons are true, of the crowd too", async () => {
    await shop.settle();
    const trending = await trendingNow(shop);
    const usersOf = new Map();
    for (const { user_id, product_id } of shop.events) usersOf.set(product_id, (usersOf.get(product_id) ?? new Set()).add(user_id));
    const kinds = new Set();
    const crowds = [];
    for (let i = 1; i <= USERS; i += 6) {
      const user = `user_${String(i).padStart(5, "0")}`;
      const seen = shop.taste(user);
      const alike = new Set([...seen.keys()].flatMap((id) => [...usersOf.get(id)]));
      alike.delete(user);
      /** Someone else who chose what she chose chose it as well. */
      const crowd = (id) => crowds.push([...(usersOf.get(id) ?? [])].some((other) => alike.has(other)));
      const body = await shop.recommend(user, { limit: 40 });
      assert.equal(body.products.length, 40);
      for (const id of ids(body)) assert.ok(!seen.has(id));
      for (const kind of await checkReasons(shop, user, body, { crowd, trending })) kinds.add(kind);
    }
    assert.ok(kinds.has("crowd"), [...kinds].join(" "));
    // A taste is a model's, not a count: it may join users through a third one.
    const share = crowds.filter(Boolean).length / crowds.length;
    assert.ok(crowds.length > 200 && share >= 0.99, `${share} of ${crowds.length}`);
  });

  it("a newcomer's first events are enough for a part of the crowd's", async () => {
    const [{ user_id }] = shop.events;
    const bought = [...shop.taste(user_id).values()].slice(0, 3).map(({ product }) => ["purchase", product]);
    await shop.does("newcomer", bought);
    const body = await shop.recommend("newcomer", { explain: true });
    assert.ok(body.products.some((p) => p.explain.collaborative !== null));
  });

  it("is taken up although the database was away", { skip: !process.env.WEFT_TEST_POSTGRES_CONTROL }, async () => {
    const control = (what) => execFileSync(process.env.WEFT_TEST_POSTGRES_CONTROL, [what], { stdio: ["ignore", "ignore", "inherit"] });
    const folder = path.join(shop.server.data, "recommend");
    renameSync(folder, `${folder}-away`);
    await until(async () => (await parts()).every((part) => part === null), 10, "it is gone");
    control("stop");
    await sleep(500);
    renameSync(`${folder}-away`, folder);
    await sleep(6000); // it looks after failures every five seconds
    control("start");
    await until(async () => {
      const { status, body } = await shop.get("/recommendations/user_00001", { explain: true });
      return status === 200 && body.products.some((p) => p.explain.collaborative !== null);
    }, 20, "it is back");
  });

  it("what cannot be read is told, and what was learned before stays", async () => {
    const blend = path.join(shop.server.data, "recommend/blend.json");
    assert.ok(existsSync(blend));
    execFileSync("sh", ["-c", 'printf "{" > "$1.new" && mv "$1.new" "$1"', "sh", blend]);
    await until(() => /recommendations: .*blend\.json/.test(shop.server.log()), 10, "the log says so");
    assert.ok((await parts()).some((part) => part !== null));
    assert.equal(shop.server.log().match(/recommendations: .*blend\.json/g).length, 1, "once");
  });
});
