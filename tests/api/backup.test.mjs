// `weft backup` while a server serves and a shop writes; `weft restore` into an empty place;
// and what both say of backups that are not whole.
import assert from "node:assert/strict";
import { execFile, spawn, spawnSync } from "node:child_process";
import { appendFileSync, cpSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { promisify } from "node:util";

import { demoData, makeDataFolder, program, programOptions, removeData, root, sleep, startServer, weft } from "./weft.mjs";

const run = (data, ...args) =>
  spawnSync(program, [...programOptions(data), ...args], { cwd: root, encoding: "utf8" });
const fails = (what, data, ...args) => {
  const { status, stderr } = run(data, ...args);
  assert.equal(status, 1, stderr);
  assert.match(stderr, what);
};

describe("backup and restore", () => {
  let data, server, folder, places = [];
  const place = (name) => {
    const made = mkdtempSync(path.join(tmpdir(), `weft-${name}-`));
    places.push(made);
    return made;
  };
  const database = (at) => path.join(at, readdirSync(at).find((name) => /^weft-[0-9a-f]{16}\.db$/.test(name)));
  const anyPhoto = (at) => {
    const [first] = readdirSync(path.join(at, "images"));
    return path.join(at, "images", first, readdirSync(path.join(at, "images", first))[0]);
  };
  const answers = async (of) =>
    Promise.all(["red dress", "black shoes", "men watch"].map(async (query) =>
      (await of.call("POST", "/api/v1/search/text", { query, limit: 30 })).body.products));

  before(async () => {
    data = demoData();
    weft(data, "token", "create", "till");
    server = await startServer({ data });
    folder = place("backup");
  });
  after(async () => {
    await server?.stop();
    for (const made of places) rmSync(made, { recursive: true, force: true });
  });

  it("says where there is no backup", () => {
    fails(/there is no backup here/, data, "backup", "--verify", folder);
    fails(/there is no backup here/, makeDataFolder(), "restore", folder);
  });

  it("is made while a server serves and a shop writes", async () => {
    const token = weft(data, "token", "create", "writer").trim();
    let writing = true;
    let written = 0;
    const writer = (async () => {
      for (; writing; written++) {
        const event = { user_id: `u${written}`, product_id: "900001", event_type: "view" };
        const answer = await server.call("POST", "/api/v1/events", event, { authorization: `Bearer ${token}` });
        assert.equal(answer.status, 202);
      }
    })();
    const { stdout } = await promisify(execFile)(program, [...programOptions(data), "backup", folder], { cwd: root });
    writing = false;
    await writer;
    assert.match(stdout, /backed up into .*: \d+ products, a database of \d+ bytes, \d+ photos/);
    assert.ok(written > 0, "events came in meanwhile");
    assert.match(run(data, "backup", "--verify", folder).stdout, /^whole: /m);
    assert.doesNotMatch(readFileSync(path.join(folder, "manifest.json"), "utf8"), /password|postgres:/);
  });

  it("copies only new photos the second time", () => {
    const { stdout, status } = run(data, "backup", folder);
    assert.equal(status, 0);
    assert.match(stdout, /^0 photos were new$/m);
    assert.equal(readdirSync(folder).filter((name) => name.includes(".db")).length, 1, "one database is kept");
  });

  it("comes back whole in an empty place, and is served alike", async () => {
    const fresh = makeDataFolder();
    const { stdout, stderr, status } = run(fresh, "restore", folder);
    assert.equal(status, 0, stderr);
    assert.match(stdout, /restored from/);
    const second = await startServer({ data: fresh });
    try {
      assert.deepEqual(await answers(second), await answers(server));
      const photo = await second.call("GET", "/api/v1/images/900001");
      assert.equal(photo.status, 200);
      const [mine, theirs] = [data, fresh].map((at) => weft(at, "token", "list").split("\n").slice(1, 3).join());
      assert.equal(theirs, mine, "tokens came along");
      fails(/products already/, fresh, "restore", folder);
    } finally {
      await second.stop();
    }
  });

  it("is refused when a byte of it is wrong, and leaves the place empty", () => {
    const damage = [
      ["a longer database", (at) => appendFileSync(database(at), "x"), /damaged \(\d+ bytes of \d+, checksum\)/],
      ["a bit of the database", (at) => {
        const bytes = readFileSync(database(at));
        bytes[bytes.length >> 1] ^= 1;
        writeFileSync(database(at), bytes);
      }, /checksum/],
      ["no database", (at) => rmSync(database(at)), /the database is missing/],
      ["a damaged photo", (at) => appendFileSync(anyPhoto(at), "x"), /1 photos are missing or damaged .*images\//],
      ["no photo", (at) => rmSync(anyPhoto(at)), /1 photos are missing or damaged/],
      ["half a manifest", (at) => writeFileSync(path.join(at, "manifest.json"), '{"format": 1'), /not a manifest/],
      ["a newer manifest", (at) => writeFileSync(path.join(at, "manifest.json"), '{"format": 2}'), /newer weft/],
      ["a path in the manifest", (at) => {
        const file = path.join(at, "manifest.json");
        writeFileSync(file, readFileSync(file, "utf8").replace(/"weft-[0-9a-f]+\.db"/, '"../weft.db"'));
      }, /not a manifest/],
    ];
    const fresh = makeDataFolder();
    for (const [what, harm, message] of damage) {
      const copy = place("damaged");
      cpSync(folder, copy, { recursive: true });
      harm(copy);
      assert.match(run(fresh, "backup", "--verify", copy).stderr, message, what);
      assert.match(run(fresh, "restore", copy).stderr, message, what);
      assert.match(run(fresh, "index", "build").stdout, /there are no products/, what);
      assert.ok(!existsSync(path.join(fresh, "images")), what);
    }
    removeData(fresh);
  });

  it("stays the good old one when a new one is killed at any moment", async () => {
    for (let i = 0; i < 8; i++) {
      const child = spawn(program, [...programOptions(data), "backup", folder], { cwd: root, stdio: "ignore" });
      await sleep(10 + 25 * i);
      child.kill("SIGKILL");
      await new Promise((resolve) => (child.exitCode === null && child.signalCode === null ? child.on("exit", resolve) : resolve()));
      assert.equal(run(data, "backup", "--verify", folder).status, 0, `killed after ${10 + 25 * i} ms`);
    }
    assert.equal(run(data, "backup", folder).status, 0);
    assert.equal(readdirSync(folder).filter((name) => name.includes(".db")).length, 1, "nothing unfinished is left");
  });

  it("counts photos that the data folder has lost, and can still be restored", () => {
    const lossy = demoData();
    const at = place("lossy");
    rmSync(anyPhoto(lossy));
    assert.match(run(lossy, "backup", at).stdout, /1 of them missing/);
    const fresh = makeDataFolder();
    assert.equal(run(fresh, "restore", at).status, 0);
    removeData(lossy);
    removeData(fresh);
  });
});
