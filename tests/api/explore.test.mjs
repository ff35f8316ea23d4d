// Exploration: places of recommendations for products that few have looked at.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { after, describe, it } from "node:test";
import { demoData, demoRows, program, programOptions, startServer, until, weft } from "./weft.mjs";

const FEW = 20;

describe("exploration", () => {
  const data = demoData();
  const headers = { authorization: `Bearer ${weft(data, "token", "create", "shop").trim()}` };
  const ids = demoRows().map((row) => row.id);
  const known = new Set(ids.slice(0, 40));
  let server;

  const start = async (...args) => (server = await startServer({ data, args }));
  const restart = async (...args) => {
    await server.end("SIGTERM");
    await start(...args);
  };
  const recommend = async (user, query = "") => {
    const { status, body } = await server.call("GET", `/api/v1/recommendations/${user}${query}`);
    assert.equal(status, 200, JSON.stringify(body));
    return body.products;
  };
  const isExplored = (product) => product.reasons.some((reason) => reason.kind === "explore");
  const explored = async () =>
    Number((await server.call("GET", "/metrics")).body.match(/^weft_recommendations_explored_total (\d+)$/m)[1]);
  after(() => server.stop());

  it("is off unless it is asked for", async () => {
    await start();
    const post = (user_id, product_id, event_type) =>
      server.call("POST", "/api/v1/events", { user_id, product_id, event_type }, headers);
    for (const id of known)
      for (let i = 0; i <= FEW; i++)
        assert.equal((await post(`u${i}`, id, i % 7 ? "view" : "add_to_cart")).status, 202);
    await until(async () => known.has((await recommend("newcomer"))[0].product_id), 20, "events are counted");
    for (const user of ["newcomer", "u3", "u7"]) assert.ok(!(await recommend(user)).some(isExplored));
    assert.equal(await explored(), 0);
  });

  it("shows products that few have looked at, never first, within the share, and says why", async () => {
    await restart("--explore", "0.2");
    let shown = 0;
    for (const user of ["newcomer", "another", "a-third"]) {
      for (const limit of [1, 4, 5, 10, 20, 50]) {
        const products = await recommend(user, `?limit=${limit}`);
        const tried = products.filter(isExplored);
        shown += tried.length;
        assert.equal(tried.length, limit < 5 ? 0 : Math.floor(0.2 * limit), `${user}, ${limit}`);
        assert.ok(!products.length || !isExplored(products[0]));
        assert.equal(new Set(products.map((p) => p.product_id)).size, products.length);
        for (const product of tried) {
          assert.ok(!known.has(product.product_id));
          assert.equal(product.personalization_reason, "New to most: few have looked at it yet");
        }
      }
    }
    assert.equal(await explored(), shown);
    const cheap = await recommend("newcomer", "?limit=20&budget=60&gender=Women&explain=true");
    assert.ok(cheap.every((p) => p.price <= 60 && p.gender === "Women"));
    for (const product of cheap) assert.equal(product.explain.score === null, isExplored(product));
  });

  it("the same user sees the same list for some minutes", async () => {
    const lists = [];
    for (let i = 0; i < 4; i++) lists.push(JSON.stringify((await recommend("newcomer")).map((p) => p.product_id)));
    // Five minutes may end in between, once.
    assert.ok(new Set(lists).size <= 2);
  });

  it("a share that is none is refused", () => {
    for (const share of ["0.6", "-0.1", "much", "nan"]) {
      const { status, stderr } = spawnSync(program, [...programOptions(data), "serve", "--explore", share], {
        encoding: "utf8",
      });
      assert.equal(status, 2);
      assert.match(stderr, /--explore takes 0 to 0.5/);
    }
  });
});
