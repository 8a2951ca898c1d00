// Starts the product's processes for the measurements, and reads what the system says they cost.
import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const ticksPerSec = 100; // sysconf(_SC_CLK_TCK), the same on every Linux of today

/** Resolves when the process has printed what is waited for; `found` is what the pattern matched. */
export async function start(args, env, pattern) {
  const child = spawn(process.execPath, ["src/cli/bin.mjs", ...args], {
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text) => {
    output += text;
  });
  while (!pattern.test(output)) {
    if (child.exitCode !== null) throw new Error(`${args.join(" ")} ended:\n${output}`);
    await sleep(50);
  }
  const stop = async () => {
    child.kill("SIGTERM");
    while (child.exitCode === null && child.signalCode === null) await sleep(50);
  };
  return { pid: child.pid, found: pattern.exec(output), stop };
}

export function freePort() {
  return new Promise((done) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => done(port));
    });
  });
}

function stat(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = text
      .slice(text.lastIndexOf(")") + 2)
      .split(" ")
      .map(Number);
    // proc(5): utime, stime, cutime and cstime are fields 14 to 17; the parent is field 4.
    return { parent: fields[1], sec: (fields[11] + fields[12] + fields[13] + fields[14]) / ticksPerSec };
  } catch {
    return null; // It has ended.
  }
}

/** Processor seconds of a process and of its children that have ended. */
export function cpuSec(pid) {
  return stat(pid)?.sec ?? 0;
}

/** Processor seconds of PostgreSQL: of the postmaster, and of every process that it has. */
export function postgresCpuSec(dataDir) {
  const { pid } = postmaster(dataDir);
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  const children = pids.map(stat).filter((each) => each?.parent === pid);
  return children.reduce((sum, { sec }) => sum + sec, cpuSec(pid));
}

export function residentMib(pid) {
  const [, kib] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
  return Number(kib) / 1024;
}

function postmaster(dataDir) {
  const [pid, , , port] = readFileSync(join(dataDir, "postgres/cluster/postmaster.pid"), "utf8").split("\n");
  return { pid: Number(pid), port };
}

export function databaseUrl(dataDir) {
  const password = readFileSync(join(dataDir, "postgres/password"), "utf8").trim();
  return `postgres://skyriff:${password}@127.0.0.1:${postmaster(dataDir).port}/skyriff`;
}

/** Bytes of the files below a folder whose names end so. */
export function bytesOf(folder, ending) {
  if (!existsSync(folder)) return 0;
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(ending))
    .reduce((sum, entry) => sum + readFileSync(join(entry.parentPath, entry.name)).length, 0);
}
