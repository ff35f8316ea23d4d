// Tokens, limits, and what happens past them.
import assert from "node:assert/strict";
import { connect } from "node:net";
import { after, before, describe, it } from "node:test";
import { demoRows, startServer, until, weft } from "./weft.mjs";

const rows = demoRows();
const event = { user_id: "u1", product_id: rows[0].id, event_type: "view" };

describe("on loopback", () => {
  let server;
  before(async () => {
    server = await startServer();
  });
  after(() => server.stop());

  it("reads need no token, writes do", async () => {
    assert.equal((await server.call("GET", "/api/v1/products")).status, 200);
    const refused = await server.call("POST", "/api/v1/events", event);
    assert.equal(refused.status, 401);
    assert.match(refused.headers.get("www-authenticate"), /^Bearer/);
    assert.match(refused.headers.get("content-type"), /^application\/problem\+json/);

    const token = weft(server.data, "token", "create", "test").trim();
    const headers = { authorization: `Bearer ${token}` };
    assert.equal((await server.call("POST", "/api/v1/events", event, headers)).status, 202);
    assert.equal(
      (await server.call("POST", "/api/v1/events", { ...event, product_id: "nope" }, headers)).status,
      404,
    );
    assert.equal(
      (await server.call("POST", "/api/v1/events", { ...event, event_type: "hum" }, headers)).body.field,
      "event_type",
    );

    const id = weft(server.data, "token", "list").match(/^\s*(\d+) .* test$/m)[1];
    assert.ok(!weft(server.data, "token", "list").includes(token));
    weft(server.data, "token", "revoke", id);
    assert.equal((await server.call("POST", "/api/v1/events", event, headers)).status, 401);
    assert.ok(!server.log().includes(token), "no token in the log");
  });

  it("asking how to make a token makes none", () => {
    assert.match(weft(server.data, "token", "create", "--help"), /^usage: weft token/m);
    assert.ok(!weft(server.data, "token", "list").includes("--help"));
  });

  it("what is about people is read without a token", async () => {
    assert.deepEqual(await userRoutes(server, {}), [200, 200, 200, 404]);
  });

  it("refuses a page of another name (DNS rebinding)", async () => {
    const answer = await new Promise((resolve, reject) => {
      const { port, hostname } = new URL(server.url);
      const socket = connect(Number(port), hostname, () =>
        socket.write("GET /api/v1/products HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"),
      );
      let data = "";
      socket.on("data", (chunk) => (data += chunk));
      socket.on("end", () => resolve(data));
      socket.on("error", reject);
    });
    assert.match(answer, /^HTTP\/1\.1 (403|421) /);
  });

  it("refuses a body that is too large and goes on", async () => {
    const huge = JSON.stringify({ query: "x".repeat(40 * 1024 * 1024) });
    const status = await server
      .call("POST", "/api/v1/search/text", huge, { "content-type": "application/json" })
      .then((answer) => answer.status)
      .catch(() => 413); // the server may close before all was sent
    assert.equal(status, 413);
    assert.equal((await server.call("GET", "/health")).status, 200);
  });

  it("answers or refuses, never fails, when everyone comes at once", async () => {
    const answers = await Promise.all(
      Array.from({ length: 300 }, (_, i) =>
        server.call("POST", "/api/v1/search/text", { query: `red dress ${i}`, limit: 3 }),
      ),
    );
    for (const { status, headers } of answers) {
      assert.ok([200, 503].includes(status), `status ${status}`);
      if (status === 503) assert.ok(Number(headers.get("retry-after")) >= 1);
    }
    assert.ok(answers.some(({ status }) => status === 200));
  });
});

/** What is about people. */
async function userRoutes(server, headers) {
  const token = weft(server.data, "token", "create", "events").trim();
  await server.call("POST", "/api/v1/events", event, { authorization: `Bearer ${token}` });
  await until(async () => (await server.call("GET", "/api/v1/users/u1", undefined, headers)).status === 200, 5, "the user is there");
  const routes = ["/api/v1/users", "/api/v1/users/u1", "/api/v1/users/u1/profile", "/api/v1/users/nobody"];
  return Promise.all(routes.map(async (route) => (await server.call("GET", route, undefined, headers)).status));
}

describe("beyond loopback", () => {
  it("everything but health needs a token", async () => {
    const server = await startServer({ args: ["--listen", "0.0.0.0:0"] });
    server.url = server.url.replace("0.0.0.0", "127.0.0.1");
    try {
      assert.equal((await server.call("GET", "/health")).status, 200);
      assert.equal((await server.call("GET", "/api/v1/products")).status, 401);
      assert.equal((await server.call("POST", "/api/v1/search/text", { query: "red" })).status, 401);
      assert.equal((await server.call("GET", "/metrics")).status, 401);
      const token = weft(server.data, "token", "create", "shop").trim();
      const headers = { authorization: `Bearer ${token}` };
      assert.equal((await server.call("GET", "/api/v1/products", undefined, headers)).status, 200);
      assert.equal((await server.call("GET", "/api/v1/recommendations/u1")).status, 401);
      assert.equal((await server.call("GET", "/api/v1/recommendations/u1", undefined, headers)).status, 200);
    } finally {
      await server.stop();
    }
  });

  it("a setting opens the reads, not the writes", async () => {
    const server = await startServer({ args: ["--listen", "0.0.0.0:0", "--open-reads"] });
    server.url = server.url.replace("0.0.0.0", "127.0.0.1");
    try {
      assert.equal((await server.call("GET", "/api/v1/products")).status, 200);
      assert.equal((await server.call("POST", "/api/v1/search/text", { query: "red" })).status, 200);
      assert.equal((await server.call("POST", "/api/v1/events", event)).status, 401);
      assert.equal((await server.call("GET", "/api/v1/recommendations/u1")).status, 200);
    } finally {
      await server.stop();
    }
  });

  it("what is about people needs a token, also when reads are open", async () => {
    const server = await startServer({ args: ["--listen", "0.0.0.0:0", "--open-reads"] });
    server.url = server.url.replace("0.0.0.0", "127.0.0.1");
    try {
      const token = weft(server.data, "token", "create", "shop").trim();
      assert.deepEqual(await userRoutes(server, { authorization: `Bearer ${token}` }), [200, 200, 200, 404]);
      for (const headers of [{}, { authorization: "Bearer weft_wrong" }])
        for (const route of ["/api/v1/users", "/api/v1/users/u1", "/api/v1/users/u1/profile", "/api/v1/users/nobody"])
          assert.equal((await server.call("GET", route, undefined, headers)).status, 401, route);
    } finally {
      await server.stop();
    }
  });
});
