// The embeddings of a second model beside those of the first: made while the server runs,
// switched to, and back, without an error or an answer of the one's words among the other's.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { promisify } from "node:util";

import { demoData, program, programOptions, root, sleep, startServer, until, weft } from "./weft.mjs";

/** weft-mini with other weights. */
function makeOtherModel(folder) {
  cpSync(path.join(root, "models/weft-mini"), folder, { recursive: true });
  const file = path.join(folder, "model.safetensors");
  const bytes = readFileSync(file);
  const headSize = Number(bytes.readBigUInt64LE(0));
  const head = JSON.parse(bytes.toString("utf8", 8, 8 + headSize));
  const tensor = head["text_model.embeddings.token_embedding.weight"];
  assert.ok(tensor, "weft-mini has token embeddings");
  const [begin, end] = tensor.data_offsets.map((offset) => 8 + headSize + offset);
  // The tokens' vectors change places: a model as good as random at words, but a whole one.
  const row = (end - begin) / tensor.shape[0];
  const moved = Buffer.concat([bytes.subarray(begin + 700 * row, end), bytes.subarray(begin, begin + 700 * row)]);
  moved.copy(bytes, begin);
  writeFileSync(file, bytes);
}

describe("two sets of embeddings", () => {
  const queries = ["red dress", "black shoes", "blue jeans for men", "party wear", "white cotton shirt"];
  const folder = mkdtempSync(path.join(tmpdir(), "weft-model-"));
  const other = path.join(folder, "other-model");
  let data, server;

  const ids = (answer) => answer.body.products.map((product) => product.product_id).join();
  const search = (query) => server.call("POST", "/api/v1/search/text", { query, limit: 12 });
  const serves = async () => (await server.call("GET", "/ready")).body.embedding_model;
  const setNames = () => [...weft(data, "model", "sets").matchAll(/^(\S+@[0-9a-f]{16})/gm)].map((match) => match[1]);
  const answersOfAll = async () => Promise.all(queries.map(async (query) => ids(await search(query))));
  let mini, second, miniAnswers, secondAnswers;

  before(async () => {
    makeOtherModel(other);
    data = demoData();
    server = await startServer({ data });
    mini = await serves();
    miniAnswers = await answersOfAll();
  });
  after(async () => {
    await server?.stop();
    rmSync(folder, { recursive: true });
  });

  it("are made beside each other while the first is served", async () => {
    const changeSeq = async () =>
      Number((await server.call("GET", "/metrics")).body.match(/weft_snapshot_change_seq (\d+)/)[1]);
    const before = await changeSeq();
    assert.throws(() => weft(data, "model", "switch", other), /no embeddings of/);
    weft(data, "--model", other, "embed");
    [second] = setNames().filter((name) => name !== mini);
    assert.ok(second, "there is a second set");
    assert.equal(await serves(), mini);
    assert.deepEqual(await answersOfAll(), miniAnswers);
    await until(async () => (await changeSeq()) > before, 10, "the change number moves on");
    assert.match(weft(data, "model", "sets"), /(\d+) of \1 .*other-model/);
  });

  it("are compared by what they find", () => {
    const { [mini]: first, [second]: other } = JSON.parse(weft(data, "eval", "--json", "--queries", "100"));
    assert.equal(first.names, 100);
    assert.ok(first.name_recall_at_10 > 0.9, JSON.stringify(first));
    assert.ok(other.name_recall_at_10 < first.name_recall_at_10, "words that changed places find less");
    assert.match(weft(data, "eval", "--sets", "weft-mini", "--queries", "10"), /recall@10 +[\d.]+\n/);
    assert.throws(() => weft(data, "eval", "--sets", "nothing"), /no such set/);
  });

  it("are told apart by who is asked for by name", async () => {
    const pinned = await startServer({ data, args: [], globals: ["--model", other] });
    try {
      secondAnswers = await Promise.all(queries.map(async (query) =>
        ids(await pinned.call("POST", "/api/v1/search/text", { query, limit: 12 }))));
      assert.notDeepEqual(secondAnswers, miniAnswers);
    } finally {
      await pinned.end("SIGTERM");
    }
  });

  it("are switched under load: every answer is the one's or the other's", async () => {
    let running = true;
    let searches = 0;
    const seen = new Set();
    const problems = [];
    const clients = Array.from({ length: 16 }, async (_, c) => {
      for (let i = c; running; i++, searches++) {
        const q = i % queries.length;
        const answer = await search(queries[q]);
        if (answer.status !== 200) problems.push(`${answer.status}`);
        else if (ids(answer) === miniAnswers[q]) seen.add("mini");
        else if (ids(answer) === secondAnswers[q]) seen.add("second");
        else problems.push(`neither's answer to "${queries[q]}"`);
      }
    });
    // Not by weft(), which would hold up the clients in this process.
    const model = async (...args) =>
      (await promisify(execFile)(program, [...programOptions(data), "model", ...args], { cwd: root })).stdout;
    await sleep(500);
    assert.match(await model("switch", other), /turn to other-model/);
    await until(async () => (await serves()) === second, 60, "the server turns");
    await sleep(500);
    assert.match(await model("rollback"), /turn to weft-mini/);
    await until(async () => (await serves()) === mini, 60, "the server turns back");
    await sleep(500);
    running = false;
    await Promise.all(clients);
    assert.deepEqual(problems.slice(0, 5), [], `${problems.length} of ${searches}`);
    assert.deepEqual([...seen].sort(), ["mini", "second"]);
  });

  it("are both kept up to date with what is served", async () => {
    weft(data, "model", "switch", second);
    await until(async () => (await serves()) === second, 60, "the server turns");
    // A product that came while the second set was served is in the first when that is served again.
    const extra = mkdtempSync(path.join(tmpdir(), "weft-extra-"));
    writeFileSync(path.join(extra, "styles.csv"),
      "id,gender,masterCategory,subCategory,articleType,baseColour,season,year,usage,productDisplayName\n" +
      "777001,Women,Apparel,Dress,Dresses,Red,Summer,2012,Party,Ruby Red Dress\n");
    weft(data, "import", "kaggle", extra);
    rmSync(extra, { recursive: true });
    await until(async () => (await server.call("GET", "/api/v1/products/777001")).status === 200, 20, "the product");
    weft(data, "model", "rollback");
    await until(async () => (await serves()) === mini, 60, "the server turns back");
    const found = (await server.call("POST", "/api/v1/search/text", { query: "ruby red dress", index: "text", limit: 3 })).body;
    assert.ok(found.products.some((product) => product.product_id === "777001"), JSON.stringify(found.products));
  });

  it("survive a server that is killed while it turns", async () => {
    weft(data, "model", "switch", second);
    await sleep(900);
    await server.end("SIGKILL");
    server = await startServer({ data });
    assert.equal(await serves(), second, "it serves what the store says");
  });

  it("are not served when their model has gone, and the one before goes on", async () => {
    weft(data, "model", "rollback");
    await until(async () => (await serves()) === mini, 60, "the server turns back");
    rmSync(path.join(other, "config.json"));
    weft(data, "model", "switch", second);
    await until(async () => /cannot serve other-model/.test(server.log()), 20, "the log says why");
    assert.equal(await serves(), mini);
    assert.equal((await search("red dress")).status, 200);
    weft(data, "model", "rollback");
  });

  it("are dropped, but not the one that is served", () => {
    assert.throws(() => weft(data, "model", "drop", mini), /being served/);
    weft(data, "model", "drop", second);
    assert.deepEqual(setNames(), [mini]);
    assert.throws(() => weft(data, "model", "switch", second), /no embeddings of/);
  });
});
