// A real OpenSearch cluster with the k-NN plugin on free ports of this machine, for tests
// that take nodes from it and give them back. setup.sh brings what it is made of.
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, openSync, closeSync, readFileSync, rmSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
const setUp = process.env.WEFT_OPENSEARCH ?? path.join(root, "build/opensearch");

/** A sentence on what is missing to start a cluster, or null: tests skip with it. */
export async function whyNot(folder = setUp) {
  if (!existsSync(path.join(folder, "ready"))) {
    return `OpenSearch is not in ${folder}: sh tests/cluster/setup.sh ${folder}`;
  }
  const java = path.join(folder, "java/bin/java");
  return promisify(execFile)(java, ["-version"]).then(
    () => null,
    () => `${java} does not run: sh tests/cluster/setup.sh ${folder}`,
  );
}

/**
 * Starts a cluster and waits until it is green with every node. Nodes are told apart by
 * their index; their data, in a folder of its own, stay over kill() and restart().
 */
export async function startCluster({ nodes = 3, folder = setUp } = {}) {
  const missing = await whyNot(folder);
  if (missing) throw new Error(missing);
  const data = mkdtempSync(path.join(tmpdir(), "weft-cluster-"));
  const ports = await freePorts(2 * nodes);
  const urls = ports.slice(0, nodes).map((port) => `http://127.0.0.1:${port}`);
  const transports = ports.slice(nodes);
  const name = (i) => `node-${i}`;
  const logFile = (i) => path.join(data, `${name(i)}.log`);
  const children = Array(nodes).fill(null); // null: the node is down

  function launch(i) {
    const settings = {
      "cluster.name": path.basename(data),
      "cluster.initial_cluster_manager_nodes": urls.map((_, j) => name(j)).join(),
      "cluster.routing.allocation.disk.threshold_enabled": false, // a full disk is no matter here
      "discovery.seed_hosts": transports.map((port) => `127.0.0.1:${port}`).join(),
      "http.port": ports[i],
      "network.host": "127.0.0.1",
      "node.name": name(i),
      "path.home": path.join(data, name(i)),
      "transport.port": transports[i],
    };
    const args = [
      "-Xms600m",
      "-Xmx600m",
      "-XX:+UseSerialGC", // the least memory and threads
      "-XX:TieredStopAtLevel=1", // quick to start rather than fast later
      "-XX:-UsePerfData",
      `-XX:SharedArchiveFile=${path.join(folder, "classes.jsa")}`,
      `-Djava.io.tmpdir=${data}`,
      "-cp",
      path.join(folder, "jars/*"),
      "Launcher",
      ...Object.entries(settings).map(([key, value]) => `${key}=${value}`),
    ];
    const log = openSync(logFile(i), "a");
    const child = spawn(path.join(folder, "java/bin/java"), args, { stdio: ["pipe", log, log] });
    closeSync(log);
    children[i] = child;
    child.on("exit", () => {
      if (children[i] === child) children[i] = null;
    });
  }

  const running = () => urls.map((_, i) => i).filter((i) => children[i]);

  /** What the first running node that answers says; null when none does. */
  async function ask(route, among = running()) {
    for (const i of among) {
      try {
        const response = await fetch(urls[i] + route, { signal: AbortSignal.timeout(90_000) });
        if (response.ok) return await response.json();
      } catch {
        // This one is down, or still starting.
      }
    }
    return null;
  }

  /** Asks again, for two minutes, until the answer is a good one. */
  async function insist(what, route, isGood, among) {
    for (const end = Date.now() + 120_000; Date.now() < end; await sleep(100)) {
      const answer = await ask(route, among);
      if (answer && isGood(answer)) return answer;
      const ended = among?.find((i) => !children[i]);
      if (ended !== undefined) throw new Error(`node ${ended} ended:\n${readFileSync(logFile(ended), "utf8")}`);
    }
    throw new Error(`the cluster of tests did not come to this: ${what}`);
  }

  /** Waits until these nodes all say that every running node is there. */
  async function joined(...among) {
    for (const i of among) {
      await insist("all nodes", "/_cluster/health", (is) => is.number_of_nodes === running().length, [i]);
    }
  }

  const cluster = {
    urls,

    /** Ends node i at once, as a power cut would. */
    async kill(i) {
      const child = children[i];
      if (!child) return;
      child.kill("SIGKILL");
      if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    },

    /** Starts node i again, on its port and data, and waits until it has joined. */
    async restart(i) {
      if (children[i]) throw new Error(`node ${i} runs`);
      launch(i);
      await joined(i);
    },

    /** Node i answers nothing until resume(i): its connections stay open. */
    pause: (i) => children[i].kill("SIGSTOP"),
    resume: (i) => children[i].kill("SIGCONT"),

    /** Ends every node and removes all data. */
    async stop() {
      await Promise.all(running().map(cluster.kill));
      rmSync(data, { recursive: true, force: true });
    },

    /** The index of the elected cluster manager; waits for an election under way. */
    async manager() {
      const route = "/_cat/cluster_manager?format=json";
      const [elected] = await insist("a cluster manager", route, ([node]) => node);
      return urls.findIndex((_, i) => name(i) === elected.node);
    },

    /** GET /_cluster/health; a query such as "wait_for_status=green" makes it wait. */
    health: (query = "") => ask(`/_cluster/health?${query}`),
  };

  try {
    urls.forEach((_, i) => launch(i));
    await joined(...running());
    await insist("green", "/_cluster/health", (is) => is.status === "green");
    return cluster;
  } catch (error) {
    await cluster.stop();
    throw error;
  }
}

/**
 * Ports that nothing listens on, below those that the system hands to outgoing connections:
 * the port of a killed node must still be free when it comes back.
 */
async function freePorts(count) {
  const servers = [];
  while (servers.length < count) {
    const server = net.createServer();
    const isFree = await new Promise((resolve) => {
      server.on("error", () => resolve(false));
      server.listen(20_000 + Math.floor(Math.random() * 12_000), "127.0.0.1", () => resolve(true));
    });
    if (isFree) servers.push(server);
  }
  const ports = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
