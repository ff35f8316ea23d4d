// weft over a cluster of three nodes that are killed, hung and brought back while clients
// search and a shop writes: no error, no partial answer, no loss. The store is PostgreSQL, so
// run it by tests/postgres/with.sh.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import { databaseUrl, demoData, psql, startServer } from "../api/weft.mjs";
import { startCluster, whyNot } from "./opensearch.mjs";

const missing = process.env.WEFT_TEST_POSTGRES ? await whyNot() : "run it by tests/postgres/with.sh";

describe("weft over OpenSearch", { skip: missing ?? false, timeout: 280_000 }, () => {
  const clients = 8;
  let cluster, server, url, engine;
  let committed = 0;
  let searching = true;
  let writing = true;
  let searches = 0;
  const problems = [];
  let load, writer;

  // Searches among the demo's products, which the writer leaves alone: their answers stay.
  const queries = ["red dress", "black leather shoes", "blue jeans", "party wear", "white shirt"].map((query, i) =>
    ({ query, limit: 20, index: ["hybrid", "text", "image"][i % 3], filters: { master_category: { $ne: "Kill" } } }));
  const answers = [];

  const search = (body) => server.call("POST", "/api/v1/search/text", body);
  before(async () => {
    cluster = await startCluster({ nodes: 3 });
    engine = `opensearch://${cluster.urls.map((node) => new URL(node).host).join(",")}/kill`;
    const data = demoData();
    server = await startServer({ data, args: ["--index-engine", engine] });
    url = databaseUrl(data);
    for (const query of queries) answers.push((await search(query)).body.products);
    load = Promise.all(Array.from({ length: clients }, async (_, c) => {
      for (let i = c; searching; i++, searches++) {
        const answer = await search(queries[i % queries.length]);
        const expected = answers[i % queries.length];
        if (answer.status !== 200) problems.push(`${answer.status}: ${JSON.stringify(answer.body)}`);
        else if (JSON.stringify(answer.body.products) !== JSON.stringify(expected))
          problems.push(`another answer to "${queries[i % queries.length].query}"`);
      }
    }));
    writer = (async () => {
      for (; writing; committed++) {
        psql(url, `INSERT INTO fashion_demo.products (product_id, product_display_name, master_category)
                   VALUES ('kill-${committed}', 'Killer Shoe Number ${committed}', 'Kill')`);
        if (committed % 5 === 4) psql(url, `UPDATE fashion_demo.products SET price = price + 1 WHERE product_id = 'kill-${committed - 2}'`);
        await sleep(60);
      }
    })();
  });
  after(async () => {
    searching = writing = false;
    await Promise.all([load, writer]);
    await server?.stop();
    await cluster?.stop();
  });

  /** The products of the writer that the engine finds, through all pages. */
  async function findAll() {
    const found = new Set();
    let cursor;
    do {
      const page = await search({ query: "killer shoe", index: "text", limit: 100, cursor, filters: { master_category: "Kill" } });
      assert.equal(page.status, 200, JSON.stringify(page.body));
      page.body.products.forEach((product) => found.add(product.product_id));
      cursor = page.body.next_cursor;
    } while (cursor);
    return found;
  }

  /** Everything that was committed by now is found within so many seconds. */
  async function assertNothingLost(seconds) {
    const expected = Array.from({ length: committed }, (_, i) => `kill-${i}`);
    const end = Date.now() + seconds * 1000;
    let lost;
    do {
      const found = await findAll();
      lost = expected.filter((id) => !found.has(id));
    } while (lost.length && Date.now() < end && (await sleep(100)) === undefined);
    assert.deepEqual(lost, [], `${lost.length} of ${expected.length} are not found`);
  }

  function assertNoProblems(what) {
    assert.ok(searches > 20, `${searches} searches while ${what}`);
    assert.deepEqual(problems.slice(0, 5), [], `${problems.length} of ${searches} searches went wrong while ${what}`);
    searches = 0;
  }

  it("answers and keeps up while all is well", async () => {
    await sleep(2000);
    assertNoProblems("all was well");
    await assertNothingLost(10);
  });

  it("loses nothing when a node is killed, and when it comes back", async () => {
    const node = (await cluster.manager()) === 0 ? 1 : 0;
    await cluster.kill(node);
    await sleep(4000);
    assertNoProblems("a node was down");
    await assertNothingLost(20);
    await cluster.restart(node);
    await cluster.health("wait_for_status=green&timeout=60s");
    assertNoProblems("a node came back");
    await assertNothingLost(20);
  });

  it("loses nothing when the elected manager is killed", async () => {
    const node = await cluster.manager();
    await cluster.kill(node);
    await sleep(5000);
    assertNoProblems("the manager was down");
    await assertNothingLost(30);
    await cluster.restart(node);
    await cluster.health("wait_for_status=green&timeout=60s");
    await assertNothingLost(20);
  });

  it("answers while a node hangs, and catches up when it goes on", async () => {
    const node = ((await cluster.manager()) + 1) % 3;
    cluster.pause(node);
    await sleep(8000);
    cluster.resume(node);
    assertNoProblems("a node hung");
    await cluster.health("wait_for_status=green&timeout=60s");
    await assertNothingLost(60);
  });

  it("goes on where it was after weft is killed", async () => {
    writing = false;
    await writer;
    searching = false;
    await load;
    await server.end("SIGKILL");
    psql(url, `INSERT INTO fashion_demo.products (product_id, product_display_name, master_category)
               VALUES ('kill-${committed}', 'Killer Shoe Number ${committed}', 'Kill')`);
    committed++;
    server = await startServer({ data: server.data, args: ["--index-engine", engine] });
    assert.ok(!server.log().includes("filling"), "the index was there already");
    await assertNothingLost(30);
  });
});
