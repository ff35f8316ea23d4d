// `weft index`: the saved indexes are built, looked at, checked and measured; and what it
// says of damaged ones, of old ones, and of none.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { demoData, demoRows, makeDataFolder, program, programOptions, removeData, root, weft } from "./weft.mjs";

/** Runs `weft index ...` to its end, well or not: {status, stdout, stderr}. */
function index(data, ...args) {
  return spawnSync(program, [...programOptions(data), "index", ...args], { cwd: root, encoding: "utf8" });
}

/** As index(); it has to succeed. Returns what it printed. */
function indexed(data, ...args) {
  const { status, stdout, stderr } = index(data, ...args);
  assert.equal(status, 0, `index ${args.join(" ")}: ${stderr}`);
  return stdout;
}

const kinds = ["image", "text", "hybrid"];
const total = demoRows().length;

describe("weft index", () => {
  let data;
  const saved = (name) => {
    const folder = path.join(data, "index", readdirSync(path.join(data, "index"))[0]); // of the one set
    return path.join(folder, readdirSync(folder).find((file) => file.startsWith(name)));
  };
  before(() => (data = demoData()));
  after(() => removeData(data));

  it("says that nothing is saved", () => {
    assert.match(indexed(data, "status"), /nothing is saved/);
    const { status, stderr } = index(data, "verify");
    assert.equal(status, 1);
    assert.match(stderr, /nothing is saved in .*: weft index build/);
  });

  it("measures without saved indexes, having said so", () => {
    const { status, stdout, stderr } = index(data, "bench", "--queries", "5");
    assert.equal(status, 0, stderr);
    assert.match(stderr, /nothing is saved/);
    assert.match(stdout, /searched with photo[^]*recall@10[^]*searched with words/);
    assert.match(indexed(data, "status"), /nothing is saved/);
  });

  it("builds, and shows what it has built", () => {
    const built = indexed(data, "build", "--threads", "2");
    for (const kind of kinds)
      assert.match(built, new RegExp(`^${kind} +${total} rows +[1-9]\\d+ bytes +[\\d.]+ s$`, "m"));
    assert.doesNotMatch(built, /no embedding/);

    const status = indexed(data, "status");
    assert.match(status, /^model +weft-mini@[0-9a-f]+$/m);
    assert.match(status, new RegExp(`^rows +${total}$`, "m"));
    assert.match(status, /: 0 changes behind$/m);
    assert.match(status, /^next start +uses them$/m);
    for (const kind of kinds) {
      assert.match(status, new RegExp(`index/[0-9a-f]+/${kind}-[0-9a-f]+\\.index, [1-9]\\d+ bytes`));
      assert.match(status, new RegExp(`^${kind} +ivf +${total} +0\\.000$`, "m"));
    }
  });

  it("finds nearly all that an exact search finds", () => {
    const table = indexed(data, "verify", "--queries", "50");
    for (const [kind, by] of [["image", "photo"], ["text", "words"], ["hybrid", "both"], ["image", "words"]]) {
      const [, recall] = table.match(new RegExp(`^${kind} +${by} +50 +([\\d.]+) +\\d+ of 10$`, "m"));
      assert.ok(recall >= 0.9 && recall <= 1, `${kind} by ${by}: ${recall}`);
    }
  });

  it("measures recall and speed by reach", () => {
    const lines = indexed(data, "bench", "--queries", "20", "--json").trim().split("\n").map(JSON.parse);
    for (const by of ["photo", "words"]) {
      const some = lines.filter((line) => line.searched_with === by);
      assert.deepEqual(some.map((line) => line.reach), [1, 1.5, 2, 2.5, 3, 3.5, 4, 5]);
      assert.ok(some[0].recall_at_10 <= some[7].recall_at_10);
      assert.ok(some[7].recall_at_10 >= 0.95, `${by}: ${some[7].recall_at_10}`);
      for (const line of some) {
        assert.equal(line.index, "image");
        assert.equal(line.queries, 20);
        assert.ok(line.queries_per_second > 0 && line.exact_queries_per_second > 0);
        assert.ok(line.median_us > 0 && line.p99_us >= line.median_us);
      }
    }
  });

  it("tells how far it is behind, and what is not embedded", () => {
    const catalog = makeDataFolder();
    mkdirSync(path.join(catalog, "images"));
    writeFileSync(
      path.join(catalog, "styles.csv"),
      "id,gender,masterCategory,subCategory,articleType,baseColour,season,year,usage,productDisplayName\n" +
        "new-1,Women,Apparel,Dress,Dresses,Red,Summer,2020,Casual,Zephyr Women Red Dress\n",
    );
    weft(data, "import", "kaggle", catalog);
    rmSync(catalog, { recursive: true, force: true });
    const status = indexed(data, "status");
    assert.match(status, /: 1 change behind$/m);
    assert.match(status, /^next start +uses them$/m);
    assert.match(indexed(data, "build"), /1 product has no embedding yet .*weft embed/);
    assert.match(indexed(data, "status"), /: 0 changes behind$/m);
    indexed(data, "verify", "--queries", "10");
  });

  it("names a damaged file", () => {
    const file = saved("text-");
    const bytes = readFileSync(file);
    bytes[bytes.length >> 1] ^= 0xff;
    writeFileSync(file, bytes);
    const status = indexed(data, "status");
    assert.match(status, new RegExp(`^next start +does not use them: .*${path.basename(file)}`, "m"));
    const { status: code, stderr } = index(data, "verify");
    assert.equal(code, 1);
    assert.match(stderr, new RegExp(path.basename(file)));

    writeFileSync(saved("rows"), "not what weft writes");
    assert.match(indexed(data, "status"), /^next start +does not use them: .*index\/[0-9a-f]+\/rows/m);
    assert.equal(index(data, "verify").status, 1);
  });

  it("needs nothing of what it has saved", () => {
    rmSync(path.join(data, "index"), { recursive: true });
    assert.match(indexed(data, "status"), /nothing is saved/);
    indexed(data, "build");
    assert.match(indexed(data, "status"), /uses them/);
  });

  it("has nothing to build without products", () => {
    const empty = makeDataFolder();
    assert.match(indexed(empty, "build"), /no products/);
    assert.match(indexed(empty, "status"), /nothing is saved/);
    removeData(empty);
  });

  it("explains itself, and says what is wrong with its arguments", () => {
    assert.match(indexed(data, "--help"), /^usage: weft index build/);
    assert.match(indexed(data, "verify", "--help"), /^usage: weft index build/);
    for (const args of [[], ["nope"], ["build", "--json"], ["verify", "--queries", "0"], ["build", "x"],
                        ["status", "--threads", "2"], ["bench", "--threads", "x"]]) {
      const { status, stderr } = index(data, ...args);
      assert.equal(status, 2, `${args}`);
      assert.match(stderr, /^(weft index|usage: weft index)/m);
    }
  });
});
