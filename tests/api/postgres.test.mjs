// What only PostgreSQL's users do: write with SQL, load in bulk, restart the server.
// Run by tests/postgres/with.sh.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { after, before, describe, it } from "node:test";

import { databaseUrl, psql, sleep, startServer, until, weft } from "./weft.mjs";

const control = (what) => execFileSync(process.env.WEFT_TEST_POSTGRES_CONTROL, [what], { stdio: ["ignore", "ignore", "inherit"] });

describe("a product written by plain SQL", () => {
  let server, url;
  before(async () => {
    server = await startServer();
    url = databaseUrl(server.data);
  });
  after(() => server.stop());

  const find = async (query) =>
    (await server.call("POST", "/api/v1/search/text", { query, index: "text", limit: 5 })).body.products;
  const get = async (id) => (await server.call("GET", `/api/v1/products/${id}`)).body;

  it("is found, follows an update, and is gone when deleted", async () => {
    psql(url, `INSERT INTO fashion_demo.products (product_id, product_display_name, article_type, price)
               VALUES ('sql-1', 'Zebra Striped Umbrella', 'Umbrellas', 25)`);
    await until(async () => (await find("zebra striped umbrella"))[0]?.product_id === "sql-1", 10, "insert");
    psql(url, "UPDATE fashion_demo.products SET price = 19.5 WHERE product_id = 'sql-1'");
    await until(async () => (await get("sql-1")).price === 19.5, 10, "update");
    psql(url, "UPDATE fashion_demo.products SET product_id = 'sql-2' WHERE product_id = 'sql-1'");
    await until(async () => (await find("zebra striped umbrella"))[0]?.product_id === "sql-2", 10, "new id");
    assert.equal((await server.call("GET", "/api/v1/products/sql-1")).status, 404);
    psql(url, "DELETE FROM fashion_demo.products WHERE product_id = 'sql-2'");
    await until(async () => (await server.call("GET", "/api/v1/products/sql-2")).status === 404, 10, "delete");
  });

  it("cannot be nonsense", () => {
    for (const row of ["('', 1)", "('x', -1)", "('x', 'NaN')", "('x', 'Infinity')"])
      assert.throws(() => psql(url, `INSERT INTO fashion_demo.products (product_id, price) VALUES ${row}`),
                    /violates check/);
  });

  it("is seen only when its transaction commits, also after later ones", async () => {
    const slow = `BEGIN; INSERT INTO fashion_demo.products (product_id) VALUES ('slow');
                  SELECT pg_sleep(1.5); COMMIT`;
    const done = new Promise((resolve, reject) =>
      import("node:child_process").then(({ execFile }) =>
        execFile("psql", ["-X", "-q", url, "-c", slow], (error) => (error ? reject(error) : resolve()))));
    await new Promise((resolve) => setTimeout(resolve, 300));
    psql(url, "INSERT INTO fashion_demo.products (product_id) VALUES ('quick')");
    await until(async () => (await get("quick")).product_id, 1, "quick: no writer waits for another");
    assert.equal((await server.call("GET", "/api/v1/products/slow")).status, 404);
    await done;
    await until(async () => (await get("slow")).product_id, 10, "slow");
  });

  it("survives the database's crash, and so does the server", async () => {
    const token = weft(server.data, "token", "create", "shop").trim();
    const headers = { authorization: `Bearer ${token}` };
    control("stop");
    assert.equal((await find("red dress")).length, 5, "searches need no database");
    const event = { user_id: "u", product_id: "slow", event_type: "view" };
    assert.equal((await server.call("POST", "/api/v1/events", event, headers)).status, 503);
    control("start");
    psql(url, "INSERT INTO fashion_demo.products (product_id) VALUES ('after-the-crash')");
    await until(async () => (await get("after-the-crash")).product_id, 20, "after the crash");
    assert.equal((await server.call("POST", "/api/v1/events", event, headers)).status, 202);
  });

  it("comes in bulk, and goes by TRUNCATE", async () => {
    const rows = 40000;
    psql(url, `INSERT INTO fashion_demo.products (product_id, product_display_name)
               SELECT 'bulk-' || n, 'Bulk' FROM generate_series(1, ${rows}) n`);
    psql(url, "TRUNCATE fashion_demo.products CASCADE");
    psql(url, "INSERT INTO fashion_demo.products (product_id) VALUES ('last')");
    await until(async () => (await server.call("GET", "/api/v1/products")).body.total === 1, 60, "truncate");
    assert.equal((await get("last")).product_id, "last");
  });
});
