// The way of a product: import, embed, index; interrupted, repeated, and while
// the server runs.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import {
  databaseUrl,
  demoPhoto,
  demoRows,
  makeDataFolder,
  program,
  programOptions,
  psql,
  removeData,
  root,
  startServer,
  weft,
} from "./weft.mjs";

const demo = path.join(root, "demo");
const header = "id,gender,masterCategory,subCategory,articleType,baseColour,season,year,usage,productDisplayName";

/** A catalog of copies of a demo photo under new ids, in Kaggle's layout. */
function writeCatalog(folder, products) {
  mkdirSync(path.join(folder, "images"), { recursive: true });
  const lines = products.map(({ id, name, color = "Red" }) =>
    [id, "Women", "Apparel", "Dress", "Dresses", color, "Summer", 2020, "Casual", name].join(","),
  );
  writeFileSync(path.join(folder, "styles.csv"), [header, ...lines].join("\n") + "\n");
  for (const { id, photo } of products)
    if (photo) writeFileSync(path.join(folder, `images/${id}.jpg`), photo);
}

async function waitFor(what, seconds, ask) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    assert.ok(Date.now() < end, `${what}: not within ${seconds} s`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

describe("import and embed", () => {
  const data = makeDataFolder();
  after(() => removeData(data));

  it("does each thing once", () => {
    const first = weft(data, "import", "kaggle", demo);
    assert.match(first, new RegExp(`${demoRows().length} products`));
    const again = weft(data, "import", "kaggle", demo);
    assert.match(again, /0 new, 0 changed/);
    assert.match(weft(data, "embed"), new RegExp(`${demoRows().length} embedded now`));
    assert.match(weft(data, "embed"), /0 embedded now/);
  });

  it("prints the API's answer with --json, and draws a contact sheet", () => {
    const sheet = path.join(data, "sheet.html");
    const answer = JSON.parse(
      weft(data, "search", "red dress", "--json", "-k", "3", "--sheet", sheet),
    );
    assert.equal(answer.products.length, 3);
    assert.equal(answer.search_type, "text");
  });

  it("says what is wrong with its arguments", () => {
    for (const args of [["search"], ["search", "x", "-k", "0"], ["embed", "--workers", "x"], ["nope"],
                        ["search", "x", "--filter", '{"colour":"Red"}'], ["import", "kaggle", "/nowhere"]])
      assert.throws(() => weft(data, ...args), (error) => {
        assert.ok([1, 2].includes(error.status), `${args}: ${error.status}`);
        assert.match(error.stderr.toString(), /^weft/m);
        return true;
      });
  });
});

describe("kill -9 while embedding", () => {
  it("loses nothing that was finished, and does nothing twice", async () => {
    const data = makeDataFolder();
    weft(data, "import", "kaggle", demo);
    const total = demoRows().length;
    let left = total, runs = 0;
    // Killed again and again a little later each time, until a run gets through.
    for (let wait = 150; left > 0 && runs < 40; wait *= 1.3, runs++) {
      const child = spawn(program, [...programOptions(data), "embed"], { stdio: ["ignore", "pipe", "ignore"] });
      let out = "";
      child.stdout.on("data", (chunk) => (out += chunk));
      const timer = setTimeout(() => child.kill("SIGKILL"), wait);
      await new Promise((resolve) => child.on("exit", resolve));
      clearTimeout(timer);
      if (out) {
        const [, embedded, before_] = out.match(/: (\d+) embedded now .*, (\d+) up to date/);
        assert.equal(Number(embedded) + Number(before_), total, "finished work was kept");
        left = 0;
      }
    }
    assert.equal(left, 0);
    assert.match(weft(data, "embed"), /: 0 embedded now/);
    removeData(data);
  });
});

describe("eight workers, half of them killed", () => {
  it("embed everything, and nothing twice", async () => {
    const data = makeDataFolder();
    weft(data, "import", "kaggle", demo);
    const total = demoRows().length;
    const embed = [...programOptions(data), "embed", "--worker", "--workers", "1", "--lease", "3"];
    const children = Array.from({ length: 8 }, () => {
      const child = spawn(program, embed, { stdio: ["ignore", "pipe", "pipe"] });
      child.text = "";
      child.stdout.on("data", (chunk) => (child.text += chunk));
      child.stderr.on("data", (chunk) => (child.text += chunk));
      child.end = new Promise((resolve) => child.on("exit", resolve));
      return child;
    });
    // Killed when most of them have taken something; where nobody can be asked, after a while.
    const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
    const url = databaseUrl(data);
    const leases = "SELECT count(DISTINCT split_part(lease, ' ', 2)) FROM fashion_demo.embedding_queue WHERE lease <> ''";
    if (!url) await pause(1200);
    for (let i = 0; url && i < 200 && Number(psql(url, leases)) < 6; i++) await pause(20);
    const killed = children.slice(0, 4);
    killed.forEach((child) => child.kill("SIGKILL"));
    for (const child of children) await child.end;
    for (const child of killed) assert.equal(child.signalCode, "SIGKILL", `it was done already: ${child.text}`);
    for (const child of children.slice(4)) assert.equal(child.exitCode, 0, child.text);
    assert.match(weft(data, "embed"), new RegExp(`: 0 embedded now .*, ${total} up to date`));
    if (url) {
      const changes = "SELECT count(*), count(DISTINCT product_id) FROM fashion_demo.changes";
      assert.equal(psql(url, `${changes} WHERE kind = 'embedding'`).trim(), `${total}|${total}`);
      assert.equal(psql(url, "SELECT count(*) FROM fashion_demo.embedding_queue").trim(), "0");
    }
    removeData(data);
  });
});

describe("a running server", () => {
  let server;
  const catalog = makeDataFolder();
  before(async () => {
    server = await startServer();
  });
  after(async () => {
    await server.stop();
    rmSync(catalog, { recursive: true, force: true });
  });

  it("shows what another process imports, and what it changes", async () => {
    const photo = demoPhoto(demoRows()[0].id);
    writeCatalog(catalog, [
      { id: "new-1", name: "Zephyr Women Red Wrap Dress", photo },
      { id: "new-2", name: "Zephyr Women Red Dress without photo" },
    ]);
    weft(server.data, "import", "kaggle", catalog);
    const find = async (query) =>
      (await server.call("POST", "/api/v1/search/text", { query, limit: 100, index: "text" })).body
        .products;
    await waitFor("the new product in search", 20, async () =>
      (await find("Zephyr Women Red Wrap Dress")).some((p) => p.product_id === "new-1"),
    );
    const bare = await server.call("GET", "/api/v1/products/new-2");
    assert.equal(bare.body.image_url, null);
    assert.equal((await server.call("GET", "/api/v1/images/new-2")).status, 404);

    writeCatalog(catalog, [{ id: "new-1", name: "Zephyr Women Green Kaftan", color: "Green", photo }]);
    weft(server.data, "import", "kaggle", catalog);
    await waitFor("the change", 20, async () => {
      const { body } = await server.call("GET", "/api/v1/products/new-1");
      return body.base_color === "Green";
    });
    // Its new text embedding is that of the sentence made of its new columns, and of no other.
    const [first] = await find("Zephyr Women Green Kaftan. Women Green Dresses, Summer Casual");
    assert.equal(first.product_id, "new-1");
    assert.ok(first.similarity_score > 0.999, `similarity ${first.similarity_score}`);
  });
});
