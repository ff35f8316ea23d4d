// A live weft server over the demo catalog, for tests that talk to it.
import { spawn, execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
export const program = process.env.WEFT ?? path.join(root, "build/weft");

/**
 * The PostgreSQL server to keep the store in (tests/postgres/with.sh); undefined: SQLite, also
 * where the server is there for other things and WEFT_TEST_STORE says sqlite.
 */
const postgres = process.env.WEFT_TEST_STORE === "sqlite" ? undefined : process.env.WEFT_TEST_POSTGRES;

/** Where vectors are searched, as `weft serve --index-engine` has it; undefined: in the program. */
const indexEngine = process.env.WEFT_TEST_INDEX_ENGINE;

/** The name of the database that goes with a data folder. */
const databaseOf = (data) => `weft_${createHash("sha256").update(data).digest("hex").slice(0, 16)}`;

/** Runs SQL as any client of the server would. */
export function psql(url, sql) {
  const options = ["-X", "-q", "-t", "-A", "-v", "ON_ERROR_STOP=1"];
  return execFileSync("psql", [...options, url, "-c", sql], { encoding: "utf8", maxBuffer: 1 << 28 });
}

/** The url of the database of a data folder; makes it when it is missing. undefined for SQLite. */
export function databaseUrl(data) {
  if (!postgres) return undefined;
  const name = databaseOf(data);
  if (!psql(postgres, `SELECT 1 FROM pg_database WHERE datname = '${name}'`).trim())
    psql(postgres, `CREATE DATABASE ${name}`);
  return postgres.replace(/[^/]*$/, name);
}

/** What a SELECT gives, as objects; tables are the store's. Bytes come as hexadecimal digits. */
export function select(data, sql) {
  if (postgres) {
    const rows = `SELECT coalesce(json_agg(t), '[]') FROM (${sql}) t`;
    return JSON.parse(psql(databaseUrl(data), `SET search_path TO fashion_demo, public; ${rows}`));
  }
  const read = `
import json, sqlite3, sys
db = sqlite3.connect("file:" + sys.argv[1] + "?mode=ro", uri=True, timeout=30)
db.row_factory = sqlite3.Row
plain = lambda v: v.hex() if isinstance(v, bytes) else v
print(json.dumps([{k: plain(row[k]) for k in row.keys()} for row in db.execute(sys.argv[2])]))`;
  const file = path.join(data, "weft.db");
  return JSON.parse(execFileSync("python3", ["-c", read, file, sql], { encoding: "utf8", maxBuffer: 1 << 28 }));
}

/** The options that come before a command. */
export function programOptions(data) {
  const url = databaseUrl(data);
  return ["--data", data, ...(url ? ["--db", url] : [])];
}

/** Removes a data folder, and the database with it. */
export function removeData(data) {
  if (postgres) psql(postgres, `DROP DATABASE IF EXISTS ${databaseOf(data)} WITH (FORCE)`);
  rmSync(data, { recursive: true, force: true });
}

/** Copies a data folder, and the database with it. */
export function copyData(from, to) {
  cpSync(from, to, { recursive: true });
  // With a checkpoint (file_copy): without one, a sequence that was copied falls back when the
  // server crashes, because the numbers it has in hand were logged for the other database.
  if (postgres)
    psql(postgres, `CREATE DATABASE ${databaseOf(to)} TEMPLATE ${databaseOf(from)} STRATEGY file_copy`);
}

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Calls ask again and again until it gives something true, at most so long. */
export async function until(ask, seconds, what) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    if (Date.now() >= end) throw new Error(`${what}: not within ${seconds} s`);
    await sleep(20);
  }
}

/** Runs the program to its end; returns what it printed. Throws when it fails. */
export function weft(data, ...args) {
  return execFileSync(program, [...programOptions(data), ...args], {
    cwd: root,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  });
}

/** A folder of its own that stop() removes. */
export function makeDataFolder() {
  return mkdtempSync(path.join(tmpdir(), "weft-test-"));
}

/** The rows of the demo catalog as objects (its names may hold quoted commas). */
export function demoRows() {
  const [head, ...lines] = readFileSync(path.join(root, "demo/styles.csv"), "utf8")
    .trim()
    .split(/\r?\n/);
  const split = (line) =>
    [...line.matchAll(/("(?:[^"]|"")*"|[^,]*)(?:,|$)/g)]
      .map((match) => match[1].replace(/^"|"$/g, "").replaceAll('""', '"'))
      .slice(0, head.split(",").length);
  const names = split(head);
  return lines.map((line) => Object.fromEntries(split(line).map((v, i) => [names[i], v])));
}

export function demoPhoto(id) {
  return readFileSync(path.join(root, `demo/images/${id}.jpg`));
}

/** The demo catalog in a folder that is kept, and made anew for another program. */
function preparedData() {
  if (postgres) {
    // Of this process alone, as its database is.
    const prepared = path.join(tmpdir(), `weft-test-prepared-${process.pid}`);
    if (!existsSync(prepared)) {
      process.on("exit", () => rmSync(prepared, { recursive: true, force: true }));
      weft(prepared, "import", "kaggle", path.join(root, "demo"));
      weft(prepared, "embed");
    }
    return prepared;
  }
  // Of all processes, beside the program: prepare.test.mjs runs alone, before the others.
  const prepared = path.join(path.dirname(program), "test-data");
  const stamp = path.join(prepared, "prepared");
  const { size, mtimeMs } = statSync(program);
  const wanted = `${size} ${mtimeMs}`;
  if (!existsSync(stamp) || readFileSync(stamp, "utf8") !== wanted) {
    weft(prepared, "import", "kaggle", path.join(root, "demo"));
    weft(prepared, "embed");
    writeFileSync(stamp, wanted);
  }
  return prepared;
}

/** A folder with the demo catalog, imported and embedded: a copy of the prepared one. */
export function demoData() {
  const data = makeDataFolder();
  copyData(preparedData(), data);
  return data;
}

/** Serves the demo catalog, or data, on a free port. args go to `weft serve`, globals before it. */
export async function startServer({ args = [], globals = [], data = demoData() } = {}) {
  // Each data folder has indexes of its own in a cluster.
  const prefix = indexEngine?.startsWith("opensearch") ? `/${databaseOf(data)}` : "";
  const engine = indexEngine ? ["--index-engine", indexEngine + prefix] : [];
  const listen = args.includes("--listen") ? [] : ["--listen", "127.0.0.1:0"];
  const child = spawn(program, [...programOptions(data), ...globals, "serve", ...engine, ...listen, ...args], {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let log = "";
  const url = await new Promise((resolve, reject) => {
    const look = (chunk) => {
      log += chunk;
      const match = log.match(/http:\/\/\S+:\d+/);
      if (match) resolve(match[0]);
    };
    child.stdout.on("data", look);
    child.stderr.on("data", look);
    child.on("exit", (code) => reject(new Error(`weft serve ended with ${code}:\n${log}`)));
    setTimeout(() => reject(new Error(`weft serve does not answer:\n${log}`)), 30000).unref();
  });
  let isEnding = false;
  const exited = new Promise((resolve) =>
    child.on("exit", (code, signal) => {
      if (!isEnding) console.error(`weft serve ended with ${code ?? signal}:\n${log}`);
      resolve({ code, signal });
    }));
  return {
    url,
    data,
    pid: child.pid,
    log: () => log,
    async stop() {
      const end = await this.end("SIGTERM");
      removeData(data);
      return end;
    },
    /** Ends the program and keeps its data. */
    end(signal) {
      isEnding = true;
      child.kill(signal);
      return exited;
    },
    /** fetch with JSON in and out: {status, headers, body}. */
    async call(method, route, body, headers = {}) {
      const isForm = body instanceof FormData;
      const response = await fetch(url + route, {
        method,
        headers: body && !isForm ? { "content-type": "application/json", ...headers } : headers,
        body: body === undefined || isForm || typeof body === "string" ? body : JSON.stringify(body),
      });
      const type = response.headers.get("content-type") ?? "";
      return {
        status: response.status,
        headers: response.headers,
        body: type.includes("json")
          ? await response.json()
          : type.startsWith("text/")
            ? await response.text()
            : Buffer.from(await response.arrayBuffer()),
      };
    },
  };
}
