// The model as a service, and many clients at once. WEFT_SOAK_SECONDS=60 runs the
// long version of the last part.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { demoData, demoPhoto, demoRows, removeData, startServer, weft } from "./weft.mjs";

const seconds = Number(process.env.WEFT_SOAK_SECONDS ?? 5);
const rows = demoRows();
const ids = rows.slice(0, 6).map((row) => row.id);
const base64 = Object.fromEntries(ids.map((id) => [id, demoPhoto(id).toString("base64")]));
const endpoint = "/serving-endpoints/clip-multimodal-encoder/invocations";

/** A metric's value; labels as in kind="text". */
async function metric(server, name, labels = "") {
  const { body } = await server.call("GET", "/metrics");
  const line = body.split("\n").find((l) => l.startsWith(labels ? `${name}{${labels}}` : `${name} `));
  return Number(line.split(" ").at(-1));
}

const predict = async (server, body, route = endpoint) => {
  const answer = await server.call("POST", route, body);
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  return answer.body.predictions;
};

describe("invocations", () => {
  let server, red, boots, photo;
  const id = ids[0];
  before(async () => {
    server = await startServer();
    [red] = await predict(server, { dataframe_records: [{ text: "red dress" }] });
    [boots] = await predict(server, { dataframe_records: [{ text: "boots" }] });
    [photo] = await predict(server, { dataframe_records: [{ image: base64[id] }] });
  });
  after(() => server.stop());

  it("answers unit vectors", () => {
    for (const vector of [red, boots, photo]) {
      assert.equal(vector.length, 512);
      assert.ok(Math.abs(Math.hypot(...vector) - 1) < 1e-5);
    }
    assert.notDeepEqual(red, boots);
  });

  it("takes all four forms, at both addresses, and batches them without a trace", async () => {
    const uri = `data:image/jpeg;base64,${base64[id]}`;
    const bodies = [
      { dataframe_records: [{ text: "red dress", image: "" }, { text: null, image: uri }, { text: "boots" }] },
      {
        dataframe_split: {
          columns: ["sku", "text", "image"],
          index: [7, 8, 9],
          data: [[1, "red dress", null], [2, "", base64[id]], [3, "boots", ""]],
        },
      },
      { instances: [{ text: "red dress" }, { image: base64[id] }, "boots"] },
      { inputs: ["red dress", { image: uri, sku: 4 }, { text: "boots" }], params: {} },
      { inputs: { text: ["red dress", "", "boots"], image: [null, base64[id], ""] } },
    ];
    for (const route of [endpoint, "/invocations"])
      for (const body of bodies)
        assert.deepEqual(await predict(server, body, route), [red, photo, boots], JSON.stringify(body).slice(0, 80));
    assert.deepEqual(await predict(server, { inputs: { text: "boots" } }), [boots]);
    assert.deepEqual(await predict(server, { instances: [] }), []);
  });

  it("takes a missing cell as pandas writes it", async () => {
    const body = `{"dataframe_split": {"columns": ["text", "image"], "data": [["red dress", NaN], [NaN, "${base64[id]}"]]}}`;
    assert.deepEqual(await predict(server, body.replace("red dress", "NaN")).then((p) => p[1]), photo);
    assert.deepEqual(await predict(server, body), [red, photo]);
  });

  it("takes the largest request, in order", async () => {
    const texts = Array.from({ length: 256 }, (_, i) => (i % 3 ? "boots" : "red dress"));
    const vectors = await predict(server, { instances: texts });
    assert.deepEqual(vectors, texts.map((t) => (t === "boots" ? boots : red)));
  });

  it("reads the first 77 tokens of a text", async () => {
    const [a, b] = await predict(server, { inputs: ["red ".repeat(200), "red ".repeat(200) + "boots"] });
    assert.deepEqual(a, b);
  });

  it("refuses what it cannot read, and says where", async () => {
    const text = { text: "red" };
    for (const [body, field, detail] of [
      [{}, undefined, /exactly one of dataframe_records/],
      [{ instances: ["a"], inputs: ["a"] }, undefined, /not 2 of them/],
      ["[1]", undefined, /must be a JSON object/],
      ["{", undefined, /not valid JSON/],
      ["[[],".repeat(70000), undefined, /more than 65536 JSON values/],
      [{ instances: ["a"], colour: 1 }, "colour", /no such field/],
      [{ instances: ["a"], params: { dim: 3 } }, "params", /takes none/],
      [{ dataframe_records: { text: "a" } }, "dataframe_records", /must be an array/],
      [{ dataframe_records: ["a"] }, "dataframe_records[0]", /must be an object/],
      [{ dataframe_records: [text, { text: "", image: "" }] }, "dataframe_records[1]", /neither text nor image/],
      [{ dataframe_records: [text, { name: "x" }] }, "dataframe_records[1]", /neither text nor image/],
      [{ instances: [{ text: "a", image: base64[id] }] }, "instances[0]", /give one of them/],
      [{ instances: [text, text, { text: 7 }] }, "instances[2].text", /must be a string/],
      [{ instances: ["x".repeat(10001)] }, "instances[0].text", /10000 bytes/],
      [{ instances: [text, { image: "%%%" }] }, "instances[1].image", /not valid base64/],
      [{ instances: [text, { image: "aGVsbG8=" }] }, "instances[1].image", /not a JPEG, PNG or WebP/],
      [{ instances: [{ image: base64[id].slice(0, 400) }, text] }, "instances[0].image", /./],
      [{ inputs: Array(257).fill("a") }, "inputs", /257 records, limit 256/],
      [{ inputs: "a" }, "inputs", /array, or an object of columns/],
      [{ inputs: { text: ["a"], image: [] } }, "inputs", /differ in length/],
      [{ inputs: { words: ["a"] } }, "inputs", /neither text nor image/],
      [{ dataframe_split: [["a"]] }, "dataframe_split", /must be an object/],
      [{ dataframe_split: { columns: ["text"] } }, "dataframe_split", /arrays columns and data/],
      [{ dataframe_split: { columns: ["t"], data: [["a"]] } }, "dataframe_split.columns", /neither/],
      [{ dataframe_split: { columns: ["text"], data: [["a"], []] } }, "dataframe_split.data[1]", /as long as/],
    ]) {
      const answer = await server.call("POST", endpoint, body);
      const about = `${JSON.stringify(body).slice(0, 80)}: ${JSON.stringify(answer.body)}`;
      assert.equal(answer.status, 400, about);
      assert.match(answer.headers.get("content-type"), /^application\/problem\+json/);
      assert.equal(answer.body.field, field, about);
      assert.match(answer.body.detail, detail, about);
    }
    const body = JSON.stringify({ inputs: ["boots"] });
    for (const type of ["text/csv", "application/x-www-form-urlencoded", "application/json; charset=latin1"])
      assert.equal((await server.call("POST", endpoint, body, { "content-type": type })).status, 415, type);
    const type = { "content-type": "application/json; charset=UTF-8" };
    assert.deepEqual((await server.call("POST", endpoint, body, type)).body.predictions, [boots]);
    assert.equal((await server.call("POST", "/serving-endpoints/other/invocations", body)).status, 404);
    assert.equal((await server.call("GET", endpoint)).status, 405);
  });

  it("tells MLflow's clients that it is there", async () => {
    assert.equal((await server.call("GET", "/ping")).status, 200);
    assert.match((await server.call("GET", "/version")).body, /^\d+\.\d+\.\d+$/);
  });
});

describe("precision", () => {
  it("is chosen in front of any command, and hardly changes what is found", () => {
    const data = demoData();
    const scores = (precision) =>
      JSON.parse(weft(data, "--precision", precision, "search", "red dress", "-k", "1", "--json")).products.map(
        (p) => p.similarity_score,
      );
    try {
      const [exact] = scores("f32");
      for (const precision of ["auto", "bf16", "int8"]) {
        const [score] = scores(precision);
        assert.ok(Math.abs(score - exact) < 0.02, `${precision}: ${score}, f32: ${exact}`);
      }
      assert.notEqual(scores("int8")[0], exact);
      assert.throws(() => scores("f16"), /--precision takes auto, f32, bf16 or int8, not 'f16'/);
    } finally {
      removeData(data);
    }
  });
});

describe("capacity", () => {
  it("past it: 503 with Retry-After, then it recovers", async () => {
    const server = await startServer({ args: ["--workers", "2", "--encoders", "1"] });
    try {
      const [alone] = await predict(server, { inputs: ["red dress"] });
      const burst = await Promise.all(
        Array.from({ length: 100 }, () => server.call("POST", endpoint, { inputs: Array(64).fill("red dress") })),
      );
      const refused = burst.filter(({ status }) => status === 503);
      for (const { status, headers, body } of burst) {
        assert.ok([200, 503].includes(status), `status ${status}`);
        if (status === 503) assert.ok(Number(headers.get("retry-after")) >= 1);
        else for (const vector of body.predictions) assert.deepEqual(vector, alone);
      }
      assert.ok(refused.length > 0 && refused.length < 100, `${refused.length} refused`);
      assert.equal(await metric(server, "weft_http_busy_total"), refused.length);
      assert.deepEqual(await predict(server, { inputs: ["red dress"] }), [alone]);
    } finally {
      assert.equal((await server.stop()).code, 0);
    }
  });

  it("the encoder's queue is bounded too, and says so", async () => {
    const server = await startServer();
    try {
      const photos = Array(100).fill({ image: base64[ids[0]] });
      const burst = await Promise.all(
        Array.from({ length: 8 }, () => server.call("POST", endpoint, { instances: photos })),
      );
      const refused = burst.filter(({ status }) => status === 503);
      assert.ok(refused.length > 0 && refused.length < 8, `${refused.length} refused`);
      for (const { headers, body } of refused) {
        assert.ok(Number(headers.get("retry-after")) >= 1);
        assert.match(body.detail, /busy/);
      }
      assert.equal(await metric(server, "weft_encoder_rejected_total", 'kind="photo"'), 100 * refused.length);
      assert.equal(await metric(server, "weft_encoder_batch_size_sum", 'kind="photo"'), 100 * (8 - refused.length));
      assert.equal(await metric(server, "weft_encoder_in_hand", 'kind="photo"'), 0);
    } finally {
      await server.stop();
    }
  });

  it("SIGTERM loses no request that was under way", async () => {
    const server = await startServer();
    const asked = Array.from({ length: 32 }, () =>
      server.call("POST", endpoint, { instances: Array(24).fill("a long red summer dress") }),
    );
    while ((await metric(server, "weft_http_in_flight")) + (await answered(server)) < 33) continue;
    const [end, ...answers] = await Promise.all([server.stop(), ...asked]);
    assert.equal(end.code, 0);
    for (const { status, body } of answers) {
      assert.equal(status, 200);
      assert.equal(body.predictions.length, 24);
    }
  });
});

/** Invocations answered so far. */
async function answered(server) {
  const { body } = await server.call("GET", "/metrics");
  const line = body.split("\n").find((l) => l.startsWith("weft_http_requests_total") && l.includes(endpoint));
  return line ? Number(line.split(" ").at(-1)) : 0;
}

describe(`64 clients for ${seconds} s`, () => {
  it("get the answers that one alone gets", { timeout: (seconds + 60) * 1000 }, async () => {
    const server = await startServer();
    try {
      const texts = rows.slice(0, 40).map((row) => row.productDisplayName);
      const alone = {};
      for (const text of texts) [alone[text]] = await predict(server, { inputs: [text] });
      for (const id of ids) [alone[id]] = await predict(server, { inputs: [{ image: base64[id] }] });
      const search = async (query) => {
        const { status, body } = await server.call("POST", "/api/v1/search/text", { query, limit: 5 });
        assert.equal(status, 200, JSON.stringify(body));
        return body.products.map((p) => [p.product_id, p.similarity_score]);
      };
      for (const text of texts) alone[`? ${text}`] = await search(text);

      const end = performance.now() + seconds * 1000;
      let done = 0;
      const client = async (number) => {
        for (let i = number; performance.now() < end; i++, done++) {
          const text = texts[i % texts.length];
          if (number % 2) {
            assert.deepEqual(await search(text), alone[`? ${text}`]);
          } else {
            // Several records, words and photos mixed: each in its place.
            const names = Array.from({ length: 1 + (i % 5) }, (_, k) =>
              (i + k) % 7 ? texts[(i * 3 + k) % texts.length] : ids[(i + k) % ids.length],
            );
            const instances = names.map((n) => (base64[n] ? { image: base64[n] } : { text: n }));
            assert.deepEqual(await predict(server, { instances }), names.map((n) => alone[n]));
          }
        }
      };
      await Promise.all(Array.from({ length: 64 }, (_, i) => client(i)));
      assert.ok(done > 64, `${done} answers`);
      for (const kind of ["text", "photo"]) {
        const items = await metric(server, "weft_encoder_batch_size_sum", `kind="${kind}"`);
        const runs = await metric(server, "weft_encoder_batch_size_count", `kind="${kind}"`);
        assert.ok(items > runs, `${kind}: ${items} items in ${runs} runs: some ran together`);
      }
    } finally {
      assert.equal((await server.stop()).code, 0);
    }
  });
});
