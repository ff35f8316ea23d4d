// A table of a shop's own, followed by logical replication, through all that can happen to it.
// Run by tests/postgres/with.sh; the store is PostgreSQL or, with WEFT_TEST_STORE=sqlite, SQLite.
import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import net from "node:net";
import path from "node:path";
import { promisify } from "node:util";
import { after, before, describe, it } from "node:test";

import { makeDataFolder, program, programOptions, psql, removeData, root, sleep, startServer, until, weft } from "./weft.mjs";

const postgres = process.env.WEFT_TEST_POSTGRES;
const control = (what) =>
  execFileSync(process.env.WEFT_TEST_POSTGRES_CONTROL, [what], { stdio: ["ignore", "ignore", "inherit"] });
/** Stands between weft and the database; can cut its connections, or let them hang. */
async function startProxy(target) {
  const pairs = new Set();
  let hangs = false;
  let refuses = false;
  const server = net.createServer((client) => {
    if (refuses) return void client.destroy();
    const upstream = net.connect(Number(target.port), target.hostname);
    const pair = [client, upstream];
    pairs.add(pair);
    const close = () => {
      client.destroy();
      upstream.destroy();
      pairs.delete(pair);
    };
    for (const socket of pair) socket.on("error", close).on("close", close);
    client.on("data", (bytes) => hangs || upstream.write(bytes));
    upstream.on("data", (bytes) => hangs || client.write(bytes));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const cut = () => [...pairs].forEach(([client]) => client.destroy());
  return {
    port: server.address().port,
    cut,
    refuse(on) {
      refuses = on;
      if (on) cut();
    },
    hang(on) {
      hangs = on;
    },
    close() {
      cut();
      server.close();
    },
  };
}

describe("a source", () => {
  const shop = postgres.replace(/[^/]*$/, "shop");
  const sql = (text) => psql(shop, text);
  const photos = makeDataFolder();
  let data, server, proxy;

  // Not by weft(): while that waits, the proxy in this process would not answer.
  const weftSource = (...args) => promisify(execFile)(program, [...programOptions(data), "source", ...args], { cwd: root });
  const source = (...args) =>
    weftSource( "add", "shop", "--from", `postgresql://weft@127.0.0.1:${proxy.port}/shop`,
         "--table", "store.articles", "product_id=sku", "product_display_name=title", "base_color=colour",
               "article_type=kind", "price=cents", "year=released", "--price-divisor", "100", "--set", "gender=Women",
         "--photos", photos, ...args);
  const get = async (id) => (await server.call("GET", `/api/v1/products/${id}`)).body;
  const total = async () => (await server.call("GET", "/api/v1/products?page_size=1")).body.total;
  const search = async (query) =>
    (await server.call("POST", "/api/v1/search/text", { query, index: "text", limit: 3 })).body.products;
  const metric = async (name) =>
    Number((await server.call("GET", "/metrics")).body.match(new RegExp(`^weft_source_${name}\\{source="shop"\\} (\\S+)`, "m"))?.[1]);
  const follows = () => until(async () => (await metric("phase")) === 3, 30, "the source is followed");
  const restart = async (signal) => {
    await server.end(signal);
    server = await startServer({ data });
  };

  /** Every product of weft is as its row, and there are no others. */
  async function assertSame(seconds = 20) {
    const rows = JSON.parse(sql(`SELECT coalesce(json_agg(json_build_object('id', sku, 'name', coalesce(title, ''),
      'color', coalesce(colour, ''), 'price', cents / 100.0) ORDER BY sku COLLATE "C"), '[]') FROM store.articles`));
    const read = async () => {
      const found = [];
      for (let page = 1; ; page++) {
        const answer = (await server.call("GET", `/api/v1/products?page_size=100&page=${page}`)).body;
        found.push(...answer.products.map((p) =>
          ({ id: p.product_id, name: p.product_display_name ?? "", color: p.base_color ?? "", price: p.price })));
        if (!answer.has_more) return found.sort((a, b) => (a.id < b.id ? -1 : 1));
      }
    };
    let found;
    const end = Date.now() + seconds * 1000;
    do found = await read();
    while (JSON.stringify(found) !== JSON.stringify(rows) && Date.now() < end && (await sleep(100)) === undefined);
    assert.deepEqual(found, rows);
  }

  before(async () => {
    psql(postgres, "DROP DATABASE IF EXISTS shop WITH (FORCE)");
    psql(postgres, "CREATE DATABASE shop");
    sql(`CREATE SCHEMA store;
         CREATE TABLE store.articles (sku text PRIMARY KEY, title text, colour text, kind text, cents integer NOT NULL,
                                      released date, notes text);
         INSERT INTO store.articles VALUES
           ('1001', 'Linen Summer Dress', 'Red', 'Dresses', 4999, '2012-03-01', 'n'),
           ('1002', 'Wool Coat', 'Black', 'Jackets', 12900, NULL, NULL),
           ('1003', 'Plain Tee', NULL, 'Tshirts', 990, '2011-01-01', repeat('x', 100))`);
    mkdirSync(path.join(photos, "images"));
    cpSync(path.join(root, "demo/images/900001.jpg"), path.join(photos, "images/1001.jpg"));
    writeFileSync(path.join(photos, "images/1002.jpg"), "not a photo");
    proxy = await startProxy(new URL(postgres));
    data = makeDataFolder();
  });
  after(async () => {
    await server?.end("SIGTERM");
    removeData(data);
    proxy.close();
    rmSync(photos, { recursive: true });
  });

  it("is refused with the reason where it cannot be followed", () => {
    const fails = (what, args) => assert.throws(() => weft(data, "source", "add", "x", ...args), what);
    const at = ["--from", shop, "--table", "store.articles"];
    fails(/product_id must come from one/, [...at, "product_display_name=title"]);
    fails(/has no column "nope"/, [...at, "product_id=sku", "usage=nope"]);
    fails(/not in the primary key/, [...at, "product_id=title"]);
    fails(/no table store\.nothing/, ["--from", shop, "--table", "store.nothing", "product_id=sku"]);
    fails(/no such field/, [...at, "product_id=sku", "shape=kind"]);
    fails(/above 0/, [...at, "product_id=sku", "--price-divisor", "0"]);
    fails(/does not exist/, ["--from", shop.replace(/shop$/, "nowhere"), "--table", "t", "product_id=sku"]);
  });

  it("is copied, photos and all", async () => {
    await source();
    await assert.rejects(() => source(), /there is one already/);
    server = await startServer({ data });
    await until(async () => (await total()) === 3, 30, "copy");
    const dress = await get("1001");
    assert.deepEqual([dress.product_display_name, dress.base_color, dress.price, dress.year, dress.gender],
                     ["Linen Summer Dress", "Red", 49.99, 2012, "Women"]);
    assert.ok(dress.image_url, "the photo came along");
    assert.ok(!(await get("1002")).image_url, "a broken photo is none");
    assert.equal(await metric("rejected_total"), 1);
    await until(async () => (await search("linen summer dress"))[0]?.product_id === "1001", 20, "search");
    await assertSame();
  });

  it("follows inserts, updates, new keys and deletions", async () => {
    await follows();
    sql("INSERT INTO store.articles VALUES ('2001', 'Zebra Striped Umbrella', 'White', 'Umbrellas', 2500, NULL, NULL)");
    await until(async () => (await search("zebra striped umbrella"))[0]?.product_id === "2001", 10, "insert");
    sql("UPDATE store.articles SET cents = 1950 WHERE sku = '2001'");
    await until(async () => (await get("2001")).price === 19.5, 10, "update");
    sql("UPDATE store.articles SET sku = '2002' WHERE sku = '2001'");
    await until(async () => (await get("2002")).price === 19.5, 10, "new key");
    assert.equal((await server.call("GET", "/api/v1/products/2001")).status, 404);
    sql("DELETE FROM store.articles WHERE sku = '2002'");
    await until(async () => (await server.call("GET", "/api/v1/products/2002")).status === 404, 10, "delete");
    await until(async () => (await metric("lag_bytes")) === 0 && (await metric("lag_seconds")) === 0, 10, "lag");
    await assertSame();
  });

  it("keeps long values that an update does not send", async () => {
    // 6,000 random characters go out of line and do not compress.
    sql(`UPDATE store.articles SET title = (SELECT string_agg(md5(random()::text), '') FROM generate_series(1, 190))
         WHERE sku = '1003'`);
    await assertSame();
    sql("UPDATE store.articles SET cents = 1234 WHERE sku = '1003'");
    await until(async () => (await get("1003")).price === 12.34, 10, "update");
    await assertSame();
    sql("UPDATE store.articles SET title = 'Plain Tee', cents = 995 WHERE sku = '1003'");
    await assertSame();
  });

  it("applies a transaction as a whole, in its order", async () => {
    sql(`BEGIN;
         INSERT INTO store.articles SELECT 'b' || n, 'Basic ' || n, 'Blue', 'Tshirts', n FROM generate_series(1, 500) n;
         DELETE FROM store.articles WHERE sku LIKE 'b%' AND cents % 2 = 0;
         UPDATE store.articles SET title = title || ' again' WHERE sku LIKE 'b%' AND cents % 5 = 0;
         INSERT INTO store.articles SELECT 'b' || n, 'Late ' || n, 'Blue', 'Tshirts', n FROM generate_series(2, 500, 4) n;
         COMMIT`);
    await assertSame();
    sql("BEGIN; DELETE FROM store.articles; ROLLBACK");
    sql("DELETE FROM store.articles WHERE sku LIKE 'b%'");
    await assertSame();
  });

  it("rejects rows that make no product, and goes on", async () => {
    const before = await metric("rejected_total");
    sql(`INSERT INTO store.articles (sku, title, cents) VALUES ('  ', 'no id', 1), (repeat('x', 200), 'long id', 2),
                                                               ('good', 'good', 300)`);
    await until(async () => (await get("good")).price === 3, 10, "the good row");
    assert.equal((await metric("rejected_total")) - before, 2);
    assert.match(server.log(), /source shop: rejected: the id is empty/);
    sql("UPDATE store.articles SET sku = '   ' WHERE sku = 'good'");
    await until(async () => (await server.call("GET", "/api/v1/products/good")).status === 404, 10, "no stale product");
    sql("DELETE FROM store.articles WHERE title IN ('no id', 'long id', 'good')");
    await assertSame();
  });

  it("survives cuts of the network, hanging ones too", async () => {
    for (let i = 0; i < 3; i++) {
      proxy.cut();
      sql(`INSERT INTO store.articles (sku, title, cents) VALUES ('cut${i}', 'Cut ${i}', 100)`);
    }
    proxy.refuse(true);
    sql("INSERT INTO store.articles (sku, title, cents) VALUES ('away', 'While away', 100)");
    await until(async () => (await metric("failing")) === 1, 10, "failing is shown");
    assert.ok((await metric("lag_seconds")) > 0);
    proxy.refuse(false);
    await assertSame();
    await follows();
    proxy.hang(true);
    sql("INSERT INTO store.articles (sku, title, cents) VALUES ('hung', 'While it hangs', 100)");
    await sleep(500);
    proxy.hang(false); // the bytes in between are lost: the session must not go on as if nothing was
    proxy.cut();
    await assertSame();
    await follows();
    assert.equal(await metric("copies_total"), 1, "none of this needed a copy");
  });

  it("survives its database's crash", async () => {
    sql("INSERT INTO store.articles (sku, title, cents) VALUES ('crash1', 'Before', 100)");
    control("stop");
    await sleep(300);
    control("start");
    sql("INSERT INTO store.articles (sku, title, cents) VALUES ('crash2', 'After', 100)");
    await assertSame(30);
    assert.equal(await metric("copies_total"), 1);
  });

  it("loses nothing and repeats nothing when weft is killed again and again", async () => {
    const writer = new Promise((resolve, reject) => {
      const rounds = Array.from({ length: 120 }, (_, i) => `
        BEGIN;
        INSERT INTO store.articles SELECT 'k' || n, 'Kill ' || n, 'Green', 'Tops', ${i} * 10 + 1
          FROM generate_series(${i * 5}, ${i * 5 + 9}) n ON CONFLICT (sku) DO UPDATE SET cents = excluded.cents;
        DELETE FROM store.articles WHERE sku IN ('k${i * 3}', 'k${i * 4}');
        UPDATE store.articles SET sku = sku || 'x' WHERE sku = 'k${i * 2}' AND NOT EXISTS
          (SELECT 1 FROM store.articles WHERE sku = 'k${i * 2}x');
        COMMIT; SELECT pg_sleep(0.03);`).join("");
      execFile("psql", ["-X", "-q", "-v", "ON_ERROR_STOP=1", shop, "-c", rounds],
               (error) => (error ? reject(error) : resolve()));
    });
    for (let i = 0; i < 5; i++) {
      await sleep(200 + 170 * i);
      await restart("SIGKILL");
    }
    await writer;
    await assertSame(30);
    assert.equal(await metric("copies_total"), 0, "it went on where it was");
  });

  it("comes in bulk, 40,000 rows in one transaction, and goes by TRUNCATE", async () => {
    sql(`INSERT INTO store.articles (sku, title, kind, cents)
         SELECT 'bulk' || n, 'Bulk Shirt ' || n % 50, 'Shirts', 100 + n FROM generate_series(1, 40000) n`);
    await until(async () => (await total()) > 40000, 120, "bulk");
    assert.equal((await get("bulk40000")).price, 401);
    sql("TRUNCATE store.articles");
    await until(async () => (await total()) === 0, 60, "truncate");
    sql("INSERT INTO store.articles (sku, title, cents) VALUES ('new', 'New Start', 100)");
    await assertSame();
  });

  it("takes new columns, and waits when one that it needs goes", async () => {
    sql("ALTER TABLE store.articles ADD COLUMN brand text DEFAULT 'Alder', DROP COLUMN notes");
    sql("INSERT INTO store.articles (sku, title, cents) VALUES ('s1', 'Schema', 100)");
    await assertSame();
    sql("ALTER TABLE store.articles RENAME COLUMN title TO headline");
    sql("INSERT INTO store.articles (sku, headline, cents) VALUES ('s2', 'Renamed', 200)");
    await until(async () => (await metric("failing")) === 1, 20, "failing is shown");
    assert.match(server.log(), /column "title"/);
    assert.equal((await server.call("GET", "/api/v1/products/s1")).status, 200, "what was there stays");
    sql("ALTER TABLE store.articles RENAME COLUMN headline TO title");
    await assertSame();
    await weftSource("add", "shop", "--from", `postgresql://weft@127.0.0.1:${proxy.port}/shop`, "--table",
         "store.articles", "product_id=sku", "product_display_name=title", "base_color=brand", "price=cents",
         "--price-divisor", "100", "--replace");
    await until(async () => (await get("s1")).base_color === "Alder", 20, "the other column");
    await source("--replace");
    await assertSame();
  });

  it("is copied anew when its slot is lost, and what is gone meanwhile goes", async () => {
    await follows();
    await server.end("SIGTERM");
    sql("DELETE FROM store.articles WHERE sku = 's1'");
    sql("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE database = 'shop'");
    sql("INSERT INTO store.articles (sku, title, cents) VALUES ('s3', 'After the slot', 300)");
    server = await startServer({ data });
    await assertSame();
    assert.equal(await metric("copies_total"), 1);

    // The other way to lose it: the server throws its log away.
    await follows();
    await server.end("SIGTERM");
    psql(postgres, "ALTER SYSTEM SET max_slot_wal_keep_size = '1MB'");
    psql(postgres, "SELECT pg_reload_conf()");
    sql("UPDATE store.articles SET cents = 333 WHERE sku = 's3'");
    for (let i = 0; i < 3; i++) psql(shop, "SELECT pg_logical_emit_message(false, 'x', repeat('x', 20000000)), pg_switch_wal()");
    psql(postgres, "CHECKPOINT");
    assert.equal(sql("SELECT wal_status FROM pg_replication_slots WHERE database = 'shop'").trim(), "lost");
    psql(postgres, "ALTER SYSTEM RESET max_slot_wal_keep_size");
    psql(postgres, "SELECT pg_reload_conf()");
    server = await startServer({ data });
    await assertSame();
    assert.equal(await metric("copies_total"), 1);
  });

  it("comes back when its table is made anew", async () => {
    await follows();
    sql(`BEGIN; ALTER TABLE store.articles RENAME TO old_articles;
         CREATE TABLE store.articles (sku text PRIMARY KEY, title text, colour text, kind text, cents integer, released date);
         INSERT INTO store.articles (sku, title, cents) SELECT sku, 'Anew ' || sku, 500 FROM store.old_articles; COMMIT`);
    await assertSame(40);
    sql("INSERT INTO store.articles (sku, title, cents) VALUES ('anew', 'Followed too', 500)");
    await assertSame();
  });

  it("is followed by one of two servers, and by the other when that one dies", async () => {
    if (process.env.WEFT_TEST_STORE === "sqlite") return; // one machine, one server
    const second = await startServer({ data });
    try {
      const phase = async (of) => Number((await of.call("GET", "/metrics")).body.match(/^weft_source_phase\S+ (\d)/m)?.[1]);
      await until(async () => (await phase(second)) === 1, 20, "the second stands by");
      await server.end("SIGKILL");
      sql("INSERT INTO store.articles (sku, title, cents) VALUES ('over', 'Taken over', 100)");
      await until(async () => (await phase(second)) === 3, 30, "the second follows");
      server = second;
      await assertSame();
    } finally {
      if (server !== second) await second.end("SIGTERM");
    }
  });

  it("takes its products and its slot along when it is removed", async () => {
    await weftSource("remove", "shop");
    await until(async () => (await total()) === 0, 20, "removal");
    assert.equal(sql("SELECT count(*) FROM pg_replication_slots WHERE database = 'shop'").trim(), "0");
    assert.equal(sql("SELECT count(*) FROM pg_publication").trim(), "0");
    await assert.rejects(() => weftSource("remove", "shop"), /no source is called shop/);
  });
});
