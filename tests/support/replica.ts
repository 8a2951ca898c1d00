import { spawnSync } from "node:child_process";
import { mkdirSync, statSync, writeFileSync } from "node:fs";
import { arch, platform } from "node:os";
import { dirname, join } from "node:path";
import postgres from "postgres";
import { takeBaseBackup } from "../../src/platform/embedded-postgres/base-backup.js";
import { createProgramRunner } from "../../src/platform/embedded-postgres/run-as.js";
import { freePort } from "./programs.js";
import { until } from "./until.js";

type Programs = { postgres: string; pg_ctl: string };

/** A real streaming replica of a cluster on this machine: a base backup that follows its primary. */
export class Replica {
  private constructor(
    readonly url: string,
    private readonly home: string,
    private readonly port: number,
    private readonly run: (program: keyof Programs, args: string[]) => Promise<string>,
  ) {}

  /** `folder` must be new and accessible to the user that the primary runs as. */
  static async of(primaryUrl: string, folder: string): Promise<Replica> {
    const programs = (await import(`@embedded-postgres/${platform()}-${arch()}`)) as Programs;
    mkdirSync(folder, { recursive: true, mode: 0o755 });
    const home = join(folder, "replica");
    const port = await freePort();
    await copyCluster(primaryUrl, home);
    const runner = createProgramRunner({ binary: programs.postgres, dataDir: folder });
    const url = Object.assign(new URL(primaryUrl), { port: `${port}` }).toString();
    const replica = new Replica(url, home, port, (program, args) => runner.run(programs[program], args));
    await replica.start();
    return replica;
  }

  async start(): Promise<void> {
    const options = `-p ${this.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=200 -c hot_standby_feedback=on`;
    await this.run("pg_ctl", ["start", "-D", this.home, "-l", join(this.home, "log"), "-w", "-o", options]);
  }

  async stop(): Promise<void> {
    await this.run("pg_ctl", ["stop", "-D", this.home, "-m", "immediate", "-w"]);
  }

  /** Resolves when the replay has paused: pg_wal_replay_pause() only requests it. */
  async pause(): Promise<void> {
    await this.ask("select pg_wal_replay_pause()");
    await until("the replay to pause", async () => {
      const [row] = await this.ask("select pg_get_wal_replay_pause_state() as state");
      return row?.state === "paused";
    });
  }

  resume(): Promise<unknown> {
    return this.ask("select pg_wal_replay_resume()");
  }

  /** Runs one statement on the replica. */
  async ask(statement: string): Promise<Record<string, unknown>[]> {
    const client = postgres(this.url, { max: 1, onnotice: () => {} });
    try {
      return await client.unsafe(statement);
    } finally {
      await client.end();
    }
  }
}

/** A base backup that follows its primary. */
async function copyCluster(primaryUrl: string, home: string): Promise<void> {
  await takeBaseBackup(primaryUrl, home);
  writeFileSync(join(home, "standby.signal"), "");
  const { hostname, port, username, password } = new URL(primaryUrl);
  const conninfo = `host=${hostname} port=${port} user=${username} password=${password}`;
  writeFileSync(join(home, "postgresql.auto.conf"), `primary_conninfo = '${conninfo}'\n`);
  const { uid, gid } = statSync(join(home, "PG_VERSION"));
  if (process.getuid?.() === 0) spawnSync("chown", ["-R", `${uid}:${gid}`, home, dirname(home)]);
}
