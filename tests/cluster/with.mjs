// Runs a command beside a cluster of three nodes, and stops that at the end.
//
//   node with.mjs COMMAND...
//
// The command finds "opensearch://HOST:PORT,..." in WEFT_TEST_OPENSEARCH, and the word
// OPENSEARCH among its arguments becomes that too. Exits with 77 (skipped) when there is no
// cluster to start.
import { spawn } from "node:child_process";
import { startCluster, whyNot } from "./opensearch.mjs";

const missing = await whyNot();
if (missing) {
  console.error(`skipped: ${missing}`);
  process.exit(77);
}
const cluster = await startCluster({ nodes: 3 });
const url = `opensearch://${cluster.urls.map((node) => new URL(node).host).join(",")}`;
const [command, ...args] = process.argv.slice(2).map((word) => (word === "OPENSEARCH" ? url : word));
const child = spawn(command, args, { stdio: "inherit", env: { ...process.env, WEFT_TEST_OPENSEARCH: url } });
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => child.kill(signal));
const code = await new Promise((resolve) => child.on("exit", (status) => resolve(status ?? 1)));
await cluster.stop();
process.exit(code);
