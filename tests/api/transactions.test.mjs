// `weft import transactions`: a shop's log into the store, whatever is wrong with its rows, once.
import assert from "node:assert/strict";
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { appendFileSync, copyFileSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { databaseUrl, demoData, demoRows, program, programOptions, removeData, root, until } from "./weft.mjs";

describe("import transactions", () => {
  const ids = demoRows().map((row) => row.id);
  let data;
  beforeEach(() => {
    data = demoData();
  });
  afterEach(() => removeData(data));

  /** Writes a file beside the data. */
  const write = (name, text) => {
    writeFileSync(path.join(data, name), text);
    return path.join(data, name);
  };
  const run = (...args) =>
    spawnSync(program, [...programOptions(data), "import", "transactions", ...args], { cwd: root, encoding: "utf8" });
  const succeed = (...args) => {
    const { status, stdout, stderr } = run(...args);
    assert.equal(status, 0, stderr);
    return stdout;
  };
  const fail = (code, message, ...args) => {
    const { status, stderr } = run(...args);
    assert.equal(status, code, stderr);
    assert.match(stderr, message);
  };

  /** "user product type query time" of every event in the store, in order. */
  const events = () =>
    execFileSync(process.env.WEFT_EVENT_LIST ?? path.join(root, "build/tests/event_list"), [
      databaseUrl(data) ?? `sqlite:${path.join(data, "weft.db")}`,
    ], { encoding: "utf8", maxBuffer: 1 << 28 }).split("\n").slice(0, -1);

  /** The lines of all reports. */
  const reported = () => {
    const folder = path.join(data, "reports");
    return readdirSync(folder)
      .filter((name) => name.startsWith("transactions-"))
      .flatMap((name) => readFileSync(path.join(folder, name), "utf8").trim().split("\n").slice(1));
  };

  it("takes the good rows of a CSV in their order and lists the others", () => {
    const file = write("log.csv",
      "Timestamp,Visitor ID,event,itemid,price\n" +
      `1767323045678,anna,view,${ids[0]},1\n` +
      `2026-01-02 03:04:06,anna,addtocart,${ids[1]},1\n` +
      `2026-01-02T03:04:07Z,,view,${ids[0]},1\n` +
      `2026-01-02T03:04:07Z,ben,view,no-such-thing,1\n` +
      `2026-01-02T03:04:07Z,ben,stare,"${ids[0]}",1\n` +
      `then,ben,view,${ids[0]},1\n` +
      `2026-01-02T03:04:08Z,ben,Transaction,${ids[2]},1\n`);
    const out = succeed(file);
    assert.match(out, /user_id is Visitor ID, product_id is itemid, event_type is event, created_at is Timestamp; not imported: price/);
    assert.match(out, /7 rows: 3 events written/);
    assert.match(out, / 1 {2}unknown_product +row rejected: the product is not in the catalog/);
    assert.deepEqual(events(), [
      `anna ${ids[0]} view  2026-01-02T03:04:05.678Z`,
      `anna ${ids[1]} add_to_cart  2026-01-02T03:04:06.000Z`,
      `ben ${ids[2]} purchase  2026-01-02T03:04:08.000Z`,
    ]);
    assert.deepEqual(reported(), [
      `4,"","${ids[0]}",no_user,rejected,""`,
      `6,"ben","${ids[0]}",unknown_event,rejected,"stare"`,
      `7,"ben","${ids[0]}",bad_time,rejected,"then"`,
      `5,"ben","no-such-thing",unknown_product,rejected,"no-such-thing"`,
    ]);
  });

  it("a file is imported once, whatever its name, and gone on with when it has grown", () => {
    const file = write("log.jsonl", `{"user": "anna", "sku": ${ids[0]}, "action": "buy", "ts": 1}\n`);
    assert.match(succeed(file), /1 rows: 1 events written\n +1 {2}events said no time/);
    const copy = path.join(data, "copy.jsonl");
    copyFileSync(file, copy);
    assert.match(succeed(copy), /copy.jsonl has been imported already, 1 events up to row 1, at 20.*Z; --again/);
    appendFileSync(copy, `{"user": "ben", "sku": ${ids[0]}, "action": "buy"}\n`);
    const out = succeed(copy);
    assert.match(out, /copy.jsonl has been imported up to row 1; going on behind it/);
    assert.match(out, /1 rows: 1 events written/);
    // The shorter one is known still.
    assert.match(succeed(file), /imported already/);
    assert.match(succeed(copy), /imported already, 2 events up to row 2/);
    assert.match(succeed(copy, "--again"), /2 rows: 2 events written/);
    assert.match(succeed(copy), /imported already, 2 events up to row 2/);
    assert.deepEqual(events().map((line) => line.split(" ")[0]), ["anna", "ben", "anna", "ben"]);
  });

  it("columns can be named, and what rows are", () => {
    const log = `t_dat,customer_id,article_id\n2018-09-20,a,${ids[0]}\n`;
    const file = write("h.csv", log);
    fail(1, /h\.csv: no column is known as event_type: .*--event-type TYPE/, file);
    succeed(file, "--event-type", "Purchased");
    const other = write("o.csv", `wann,wer,was,wie\n2018-09-20,b,${ids[0]},pv\n`);
    fail(1, /no column is known as user_id \(--map user_id=COLUMN says which it is\); it has: wann, wer, was, wie/, other);
    succeed(other, "--map", "user_id=wer,product_id=WAS", "--map", "event_type=wie,created_at=wann");
    assert.deepEqual(events(), [
      `a ${ids[0]} purchase  2018-09-20T00:00:00.000Z`,
      `b ${ids[0]} view  2018-09-20T00:00:00.000Z`,
    ]);
  });

  it("says what it does not take", () => {
    fail(1, /p\.csv: this is Parquet; DuckDB makes a CSV of it/, write("p.csv", "PAR1 and so on"));
    fail(1, /a\.json: this is one JSON array; jq makes lines of it/, write("a.json", '[{"user": 1}]'));
    fail(1, /nowhere\.csv/, path.join(data, "nowhere.csv"));
    fail(2, /--event-type takes view, click/, "x.csv", "--event-type", "stare");
    fail(2, /--map: "buyer": known are user_id/, "x.csv", "--map", "buyer=who");
    fail(2, /--workers is not for transactions/, "x.csv", "--workers", "2");
    fail(2, /kaggle and a SOURCE, deepfashion2 and a DIR, or transactions and a FILE/, "x.csv", "y.csv");
  });

  it("processes that import the same file do not double it, and others do not mind", async () => {
    const rows = (user) => Array.from({ length: 50000 }, (_, i) => `${user},${ids[i % ids.length]},view,${1700000000 + i}`);
    const head = "user_id,product_id,event_type,created_at\n";
    const same = write("same.csv", head + rows("same").join("\n"));
    const other = write("other.csv", head + rows("other").join("\n"));
    const ends = await Promise.all([same, same, same, other].map((file) => new Promise((resolve) => {
      const child = spawn(program, [...programOptions(data), "import", "transactions", file], { cwd: root, stdio: ["ignore", "ignore", "pipe"] });
      let text = "";
      child.stderr.on("data", (chunk) => (text += chunk));
      child.on("close", (code) => resolve({ code, text }));
    })));
    assert.equal(ends[3].code, 0, ends[3].text);
    for (const { code, text } of ends.slice(0, 3))
      if (code) assert.match(text, /same\.csv: another process is importing the file as well/);
    assert.ok(ends.slice(0, 3).some(({ code }) => code === 0), JSON.stringify(ends));
    const users = events().map((line) => line.split(" ")[0]);
    assert.equal(users.filter((user) => user === "same").length, 50000);
    assert.equal(users.filter((user) => user === "other").length, 50000);
  });

  it("goes on after a kill and an interrupt: nothing is lost, nothing is there twice", async () => {
    const rows = [], expected = [], bad = [];
    for (let i = 0; i < 120000; i++) {
      const product = i % 1000 === 7 ? "gone" : ids[i % ids.length];
      const time = i % 1000 === 8 ? "never" : 1700000000 + i;
      rows.push(`u${i % 500},${product},view,${time}`);
      if (product === "gone" || time === "never") bad.push(i + 2);
      else expected.push(`u${i % 500} ${product} view  ${new Date(time * 1000).toISOString()}`);
    }
    const file = write("long.csv", "user_id,product_id,event_type,created_at\n" + rows.join("\n") + "\n");
    /** Ends the import with a signal when the store has more than so many events. */
    const stop = async (signal, count) => {
      const child = spawn(program, [...programOptions(data), "import", "transactions", file], { cwd: root, stdio: "ignore" });
      const ended = new Promise((resolve) => child.on("exit", (code, by) => resolve({ code, by })));
      await until(() => events().length > count, 60, "events are written");
      child.kill(signal);
      return ended;
    };

    assert.deepEqual(await stop("SIGKILL", 0), { code: null, by: "SIGKILL" });
    const first = events().length;
    assert.ok(first > 0 && first < expected.length, `${first} events`);
    assert.deepEqual(events(), expected.slice(0, first));
    // What was begun in one way is not gone on with in another.
    fail(1, /long\.csv: \d+ of its events were imported without options, and the rest must be as well/, file, "--event-type", "click");

    assert.deepEqual(await stop("SIGINT", first), { code: 130, by: null });
    const second = events().length;
    assert.ok(second > first && second < expected.length, `${second} events`);

    assert.match(succeed(file), /long\.csv has been imported up to row \d+; going on behind it/);
    assert.deepEqual(events(), expected);
    assert.match(succeed(file), new RegExp(`imported already, ${expected.length} events up to row 120001`));
    const listed = new Set(reported().map((line) => Number(line.split(",")[0])));
    assert.deepEqual([...listed].sort((a, b) => a - b), bad);
  });
});
