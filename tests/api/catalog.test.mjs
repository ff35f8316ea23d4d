// Commands over the catalog: photos that are nearly the same, a shop's synonyms, rankers compared.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { demoData, demoRows, makeDataFolder, program, programOptions, removeData, root, weft } from "./weft.mjs";

describe("the catalog", () => {
  let data;
  before(() => {
    data = demoData();
  });
  after(() => removeData(data));

  it("duplicates: finds photos that were used twice, and only those", () => {
    const source = makeDataFolder(), shop = makeDataFolder();
    const rows = demoRows().slice(0, 60);
    const head = readFileSync(path.join(root, "demo/styles.csv"), "utf8").split(/\r?\n/)[0];
    mkdirSync(path.join(source, "images"));
    const csv = [head];
    const add = (id, row, name) => {
      csv.push([id, row.gender, row.masterCategory, row.subCategory, row.articleType, row.baseColour, row.season, row.year, row.usage, name].join(","));
      copyFileSync(path.join(root, `demo/images/${row.id}.jpg`), path.join(source, `images/${id}.jpg`));
    };
    rows.forEach((row) => add(row.id, row, "Product " + row.id));
    // Two products share a photo as it is, a third one the same photo smaller and compressed again.
    add("1", rows[0], "Copy");
    add("2", rows[5], "Copy");
    execFileSync(process.env.WEFT_COLLAGE ?? path.join(root, "build/tests/collage"), [
      path.join(source, "images/1.jpg"), "300", "400", path.join(root, `demo/images/${rows[0].id}.jpg`), "0", "0", "300", "400",
    ]);
    writeFileSync(path.join(source, "styles.csv"), csv.join("\n") + "\n");
    weft(shop, "import", "kaggle", source);
    weft(shop, "embed");
    const sheet = path.join(shop, "sheet.html");
    const found = JSON.parse(weft(shop, "catalog", "duplicates", "--threshold", "0.9", "--json", "--sheet", sheet));
    const groups = found.groups.map((g) => g.sort());
    assert.ok(groups.some((g) => g.join() === ["2", rows[5].id].sort().join()), JSON.stringify(groups));
    assert.ok(groups.length <= 3, JSON.stringify(groups));
    assert.equal(found.unreadable, 0);
    const html = readFileSync(sheet, "utf8");
    assert.equal(html.match(/<img/g).length, found.products);
    for (const folder of [source, shop]) rmSync(folder, { recursive: true, force: true });
  });

  it("synonyms: init writes a list to change, check names what is wrong in it", () => {
    const file = path.join(data, "synonyms.txt");
    weft(data, "synonyms", "init");
    assert.ok(existsSync(file));
    assert.match(weft(data, "synonyms", "check"), /^\d{2,} rules/);
    assert.throws(() => weft(data, "synonyms", "init"), "an existing file is the shop's");
    writeFileSync(file, "a, b\nc\n");
    const wrong = spawnSync(program, [...programOptions(data), "synonyms", "check"], { encoding: "utf8" });
    assert.equal(wrong.status, 1);
    assert.match(wrong.stderr, /synonyms\.txt: line 2: one phrase alone/);
    rmSync(file);
  });

  it("search: words are understood as in the API, and literally where asked", () => {
    const search = (...args) => JSON.parse(weft(data, "search", "--json", ...args));
    const understood = search("red dress not floral");
    assert.ok(understood.products.every((p) => p.base_color === "Red" && p.article_type === "Dresses"));
    assert.deepEqual(understood.understood.terms.map((t) => t.field ?? t.kind), ["base_color", "article_type", "words"]);
    assert.equal(search("--literal", "red dress").total, demoRows().length);
  });

  it("eval search: every ranker keeps its floor on the demo catalog", () => {
    const html = path.join(data, "report.html");
    const report = JSON.parse(weft(data, "eval", "search", "--each", "60", "--json", "--html", html));
    const floors = {
      vector: { broad: 0.7, "by hand": 0.5 },
      scores: { broad: 0.8, "by hand": 0.6 },
      weft: { "color + type + gender": 0.9, broad: 0.98, "by hand": 0.95, misspelt: 0.85, "not a color": 0.98 },
      diverse: { "by hand": 0.93, broad: 0.95 },
    };
    for (const [ranker, groups] of Object.entries(floors))
      for (const [group, floor] of Object.entries(groups)) {
        const measured = report[ranker][group];
        // The demo catalog is too small for some kinds of query.
        if (measured) assert.ok(measured.precision_at_10 >= floor, `${ranker}, ${group}: ${measured.precision_at_10}`);
      }
    assert.ok(report.weft["by hand"].queries >= 100);
    assert.ok(report.weft["by hand"].wrong_in_10 <= 0.02);
    assert.ok(report.diverse["by hand"].looks_in_20 >= report.weft["by hand"].looks_in_20);
    assert.match(readFileSync(html, "utf8"), /<svg/);
    const wrong = path.join(data, "queries.jsonl");
    writeFileSync(wrong, '{"query": "a", "right": {"colour": "Red"}}\n');
    const failed = spawnSync(program, [...programOptions(data), "eval", "search", "--judged", wrong], { encoding: "utf8" });
    assert.equal(failed.status, 1);
    assert.match(failed.stderr, /queries\.jsonl: line 1: filter: unknown field/);
  });
});
