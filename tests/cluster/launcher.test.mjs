// The cluster that tests start: k-NN search with a filter works on it, and it goes on
// answering while its manager is killed and comes back.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { startCluster, whyNot } from "./opensearch.mjs";

const missing = await whyNot();

describe("an OpenSearch cluster for tests", { skip: missing ?? false, timeout: 240_000 }, () => {
  const rows = 200;
  let cluster;
  before(async () => {
    cluster = await startCluster({ nodes: 3 });
  });
  after(() => cluster?.stop());

  /** JSON to node i and back: {status, body}. lines: an array goes as one JSON a line. */
  async function call(i, method, route, json) {
    const body = Array.isArray(json)
      ? json.map((line) => `${JSON.stringify(line)}\n`).join("")
      : JSON.stringify(json);
    const headers = json && { "content-type": "application/json" };
    const response = await fetch(cluster.urls[i] + route, { method, headers, body });
    return { status: response.status, body: await response.json() };
  }

  /** A direction of its own for each row, of length one. */
  function embedding(row) {
    const values = Array.from({ length: 8 }, (_, k) => Math.sin(row * 8 + k));
    const length = Math.hypot(...values);
    return values.map((value) => value / length);
  }

  /** The five rows with this gender that are nearest to a row. */
  function nearest(row, gender) {
    const filter = { term: { gender } };
    return { size: 5, _source: false, query: { knn: { embedding: { vector: embedding(row), k: 5, filter } } } };
  }

  const ids = (answer) => answer.body.hits.hits.map((hit) => hit._id);

  it("is green with three nodes", async () => {
    const health = await cluster.health();
    assert.equal(health.status, "green");
    assert.equal(health.number_of_nodes, 3);
    assert.ok([0, 1, 2].includes(await cluster.manager()));
  });

  it("takes rows with embeddings, and of two versions keeps the newer", async () => {
    const created = await call(0, "PUT", "/products?wait_for_active_shards=all", {
      settings: { index: { knn: true, number_of_shards: 3, number_of_replicas: 1 } },
      mappings: {
        dynamic: "strict",
        properties: {
          embedding: {
            type: "knn_vector",
            dimension: 8,
            space_type: "innerproduct",
            method: { name: "hnsw", engine: "lucene" },
          },
          gender: { type: "keyword" },
        },
      },
    });
    assert.equal(created.status, 200, JSON.stringify(created.body));

    const lines = Array.from({ length: rows }, (_, row) => [
      { index: { _index: "products", _id: `${row}`, version: 7, version_type: "external_gte" } },
      { embedding: embedding(row), gender: row % 2 ? "Men" : "Women" },
    ]);
    const filled = await call(1, "POST", "/_bulk?refresh=true", lines.flat());
    assert.equal(filled.status, 200);
    assert.equal(filled.body.errors, false);

    const write = (version) =>
      call(2, "PUT", `/products/_doc/0?version=${version}&version_type=external_gte`, lines[0][1]);
    assert.equal((await write(6)).status, 409);
    assert.equal((await write(7)).status, 200, "the same version again is no conflict");
  });

  it("finds the nearest rows that pass a filter, on every node", async () => {
    const product = (a, b) => embedding(a).reduce((sum, value, k) => sum + value * embedding(b)[k], 0);
    const men = Array.from({ length: rows }, (_, row) => row).filter((row) => row % 2);
    const expected = men.sort((a, b) => product(4, b) - product(4, a)).slice(0, 5);
    for (const i of [0, 1, 2]) {
      const found = await call(i, "POST", "/products/_search", nearest(4, "Men"));
      assert.equal(found.status, 200, JSON.stringify(found.body));
      assert.deepEqual(ids(found), expected.map(String));
    }
  });

  it("goes on answering while its manager is killed and comes back", async (t) => {
    const killed = await cluster.manager();
    const others = [0, 1, 2].filter((i) => i !== killed);
    const expected = ids(await call(others[0], "POST", "/products/_search", nearest(4, "Men")));
    const count = { full: 0, partial: 0, error: 0 };
    let last; // what the last answer was

    let goesOn = true;
    const loops = others.map(async (i) => {
      while (goesOn) {
        const { status, body } = await call(i, "POST", "/products/_search", nearest(4, "Men"));
        last = status !== 200 ? "error" : body._shards.failed > 0 ? "partial" : "full";
        count[last]++;
      }
    });
    await sleep(1000);
    await cluster.kill(killed);
    const elected = await cluster.manager();
    assert.ok(others.includes(elected), "another node is elected");
    await sleep(1000);
    assert.equal(last, "full", "soon every answer is whole again");
    await cluster.restart(killed);
    const health = await cluster.health("wait_for_status=green&wait_for_nodes=3&timeout=60s");
    assert.equal(health.status, "green");
    goesOn = false;
    await Promise.all(loops);

    t.diagnostic(`answers: ${count.full} full, ${count.partial} partial, ${count.error} errors`);
    // Only the queries that were with the killed node may suffer: a few of hundreds.
    assert.ok(count.full > 100, `${count.full} full answers`);
    assert.ok(count.partial + count.error <= 10, JSON.stringify(count));
    const found = await call(killed, "POST", "/products/_search", nearest(4, "Men"));
    assert.deepEqual(ids(found), expected, "the node that came back finds the same");
  });
});
