// Photos of people in DeepFashion2's layout: imported, cut off and resumed, reported where they are
// wrong; and the graph of products worn together that is made of them.
import assert from "node:assert/strict";
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { demoOutfits, writeDeepFashion2 } from "./deepfashion2.mjs";
import { databaseUrl, demoData, makeDataFolder, program, programOptions, psql, removeData, sleep, weft } from "./weft.mjs";

const OUTFITS = 30, TIMES = 10; // each outfit is in so many photos

/** The rows that a query gives, whatever database it is. */
function ask(data, sql) {
  const url = databaseUrl(data);
  const read = "import sqlite3, sys\n" +
    "for row in sqlite3.connect(sys.argv[1]).execute(sys.argv[2]): print('|'.join(map(str, row)))";
  const text = url
    ? psql(url, `SET search_path = fashion_demo; ${sql}`)
    : execFileSync("python3", ["-c", read, path.join(data, "weft.db"), sql], { encoding: "utf8" });
  return text.split("\n").filter(Boolean).map((line) => line.split("|"));
}
const itemCount = (data) => Number(ask(data, "SELECT count(*) FROM fashion_items_embeddings")[0][0]);

/** What is said at the end: annotations, garments, photos, embedded now, as before. */
function counts(out) {
  const said = out.match(/(\d+) annotations: (\d+) garments in (\d+) photos \((\d+) embedded, (\d+) as before\)/);
  assert.ok(said, out);
  const [annotations, garments, photos, embedded, known] = said.slice(1).map(Number);
  return { annotations, garments, photos, embedded, known };
}

describe("deepfashion2", () => {
  let folder, train, data;
  const outfits = demoOutfits(OUTFITS);
  const garments = outfits.flat().length * TIMES, photos = OUTFITS * TIMES;
  const importing = (...args) => counts(weft(data, "import", "deepfashion2", train, ...args));

  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), "weft-deepfashion2-"));
    train = path.join(folder, "train");
    writeDeepFashion2(train, Array(TIMES).fill(outfits).flat());
    data = demoData();
  });
  after(() => {
    removeData(data);
    rmSync(folder, { recursive: true, force: true });
  });

  it("killed again and again, it goes on where it was", async () => {
    let before_ = 0, resumed = 0, done = false;
    for (let wait = 250; !done; wait *= 1.5) {
      const args = [...programOptions(data), "import", "deepfashion2", train, "--workers", "1"];
      const child = spawn(program, args, { stdio: ["ignore", "pipe", "ignore"] });
      let out = "";
      child.stdout.on("data", (chunk) => (out += chunk));
      const timer = setTimeout(() => child.kill("SIGKILL"), wait);
      await new Promise((resolve) => child.on("close", resolve));
      clearTimeout(timer);
      // PostgreSQL may still be at the end of a transaction of the one that is gone.
      await sleep(databaseUrl(data) ? 100 : 0);
      const now = itemCount(data);
      assert.ok(now >= before_, "what was written stays");
      done = child.signalCode === null;
      if (!done) resumed += now > before_;
      else {
        const said = counts(out);
        assert.deepEqual(said, { annotations: photos, garments, photos, embedded: garments - before_, known: before_ });
        assert.equal(now, garments);
      }
      before_ = now;
    }
    assert.ok(resumed > 0, "it was killed before anything was written");
  });

  it("embeds nothing twice", () => {
    assert.deepEqual(importing(), { annotations: photos, garments, photos, embedded: 0, known: garments });
    const [item] = ask(data, "SELECT item_id, image_path, category, attributes FROM fashion_items_embeddings ORDER BY item_id LIMIT 1");
    assert.equal(item[0], "train/000001#1");
    assert.equal(item[1], "train/image/000001.jpg");
    const attributes = JSON.parse(item[3]);
    assert.match(attributes.embedding_model, /^weft-mini@[0-9a-f]{16}$/);
    delete attributes.embedding_model;
    assert.deepEqual(attributes, { box: [150, 20, 300, 400], item: 1, style: 1, source: "user", pair_id: 1 });
  });

  it("embeds again what has another box, and only that", () => {
    const file = path.join(train, "annos/000001.json");
    const was = readFileSync(file, "utf8");
    writeFileSync(file, was.replace("[150,20,450,420]", "[160,30,440,410]"));
    assert.notEqual(readFileSync(file, "utf8"), was);
    assert.deepEqual(importing(), { annotations: photos, garments, photos, embedded: 1, known: garments - 1 });
    writeFileSync(file, was);
    assert.equal(importing().embedded, 1);
    assert.equal(itemCount(data), garments);
  });

  it("products worn together share an edge with the number of photos", () => {
    const out = weft(data, "recommend", "build");
    const edges = new Map(ask(data, "SELECT product_a, product_b, photos FROM outfit_edges").map(([a, b, n]) => [`${a} ${b}`, Number(n)]));
    const said = out.match(/(\d+) edges between products worn together, from (\d+) garments in (\d+) photos/);
    assert.deepEqual(said?.slice(1).map(Number), [edges.size, garments, photos], out);
    let pairs = 0, found = 0;
    for (const outfit of outfits)
      outfit.forEach((p, i) => outfit.slice(i + 1).forEach((q) => {
        const n = edges.get([p.id, q.id].sort().join(" ")) ?? 0;
        pairs++;
        found += n >= TIMES;
      }));
    assert.ok(found >= 0.9 * pairs, `${found} of ${pairs} pairs have an edge of their photos`);
    // Only clothes of the slots that garments can be of.
    const types = new Map(ask(data, "SELECT product_id, sub_category FROM products"));
    for (const key of edges.keys())
      for (const id of key.split(" ")) assert.ok(["Topwear", "Bottomwear", "Dress"].includes(types.get(id)), types.get(id));
    const [[revision]] = ask(data, "SELECT revision FROM outfit_edges_revision");
    weft(data, "recommend", "build");
    assert.equal(Number(ask(data, "SELECT revision FROM outfit_edges_revision")[0][0]), Number(revision) + 1);
    assert.equal(Number(ask(data, "SELECT count(*) FROM outfit_edges")[0][0]), edges.size);
  });

  it("reports what is wrong, line by line, and goes on", () => {
    const wrong = path.join(folder, "wrong"), other = makeDataFolder();
    writeDeepFashion2(wrong, outfits.slice(0, 8));
    const anno = (i) => path.join(wrong, `annos/00000${i}.json`), image = (i) => path.join(wrong, `image/00000${i}.jpg`);
    writeFileSync(anno(1), "{ this is no annotation");
    rmSync(image(2));
    const whole = readFileSync(image(3));
    writeFileSync(image(3), whole.subarray(0, whole.length / 2)); // its header is fine
    writeFileSync(image(4), "this is no photo");
    writeFileSync(anno(5), readFileSync(anno(5), "utf8").replace("[150,20,450,420]", "[150,20,150,420]"));
    writeFileSync(anno(6), readFileSync(anno(6), "utf8").replace("[150,20,450,420]", "[-50,20,450,420]"));
    writeFileSync(image(7), Buffer.alloc(21 << 20)); // larger than any photo may be
    writeFileSync(path.join(wrong, "annos/readme.txt"), "");
    const rest = [outfits[4], outfits[5], outfits[7]].flat().length - 1;
    const { status, stdout, stderr } = spawnSync(program, [...programOptions(other), "import", "deepfashion2", wrong, "--name", "odd, \"set\""], { encoding: "utf8" });
    assert.equal(status, 0, stderr);
    assert.deepEqual(counts(stdout), { annotations: 8, garments: rest, photos: 3, embedded: rest, known: 0 });
    assert.equal(itemCount(other), rest);
    const [report] = readdirSync(path.join(other, "reports"));
    const lines = readFileSync(path.join(other, "reports", report), "utf8").trim().split("\n");
    assert.equal(lines.shift(), "annotation,item,issue,was,detail");
    const found = lines.map((line) => line.replace(/,"[^,]*.*"$/, "")).sort();
    assert.deepEqual(found, [
      '"000001.json",,bad_annotation,rejected',
      '"000002.json",,no_photo,rejected',
      '"000003.json",,broken_photo,rejected',
      '"000004.json",,broken_photo,rejected',
      '"000005.json",1,empty_box,rejected',
      '"000006.json",1,box_clipped,kept',
      '"000007.json",,too_large,rejected',
      '"readme.txt",,unknown_file,kept',
    ]);
    assert.match(stdout, /2 {2}broken_photo +left out/);
    assert.equal(ask(other, "SELECT min(item_id) FROM fashion_items_embeddings")[0][0], 'odd, "set"/000005#2');
    removeData(other);
  });

  it("a folder that is none, and arguments that are wrong, are refused", () => {
    const run = (...args) => spawnSync(program, [...programOptions(data), "import", ...args], { encoding: "utf8" });
    for (const [args, status, what] of [
      [["deepfashion2", folder], 1, /annos/],
      [["deepfashion2", path.join(folder, "nothing")], 1, /no such folder/],
      [["deepfashion2", train, "--name", ""], 1, /need a name/],
      [["deepfashion2"], 2, /deepfashion2 and a DIR/],
      [["deepfashion3", train], 2, /kaggle, deepfashion2 or transactions/],
      [["kaggle", train, "--name", "x"], 2, /--name/],
    ]) {
      const end = run(...args);
      assert.equal(end.status, status, end.stderr);
      assert.match(end.stderr, what);
    }
  });

  it("without garments, and without events, only pages are built", () => {
    const other = demoData();
    const { status, stdout, stderr } = spawnSync(program, [...programOptions(other), "recommend", "build"], { encoding: "utf8" });
    assert.equal(status, 0, stderr);
    assert.doesNotMatch(stdout, /worn together/);
    assert.match(stdout, /no events to learn from yet/);
    removeData(other);
  });
});
