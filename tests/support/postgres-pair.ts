import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { connectDatabase, type Db } from "../../src/platform/db/index.js";
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from "../../src/platform/embedded-postgres/embedded-postgres.js";
import { Replica } from "./replica.js";
import { temporaryFolder } from "./temporary-folder.js";
import { until } from "./until.js";

/** A PostgreSQL and its synchronous standby: no commit is confirmed before both have it on disk. */
export class PostgresPair {
  private constructor(
    private readonly folder: Awaited<ReturnType<typeof temporaryFolder>>,
    private readonly primary: EmbeddedPostgres,
    readonly standby: Replica,
  ) {}

  static async start(): Promise<PostgresPair> {
    const folder = await temporaryFolder();
    const primary = await startEmbeddedPostgres(folder.path);
    const pair = new PostgresPair(folder, primary, await Replica.of(primary.url, `${folder.path}/standby`));
    await pair.standby.stop();
    const ask = (statement: string) => pair.askPrimary((db) => db.execute<{ sync_state: string }>(statement));
    await ask("alter system set synchronous_standby_names = '*'");
    await ask("select pg_reload_conf()");
    await pair.standby.start();
    await until("the standby to be synchronous", async () => {
      const [standby] = await ask("select sync_state from pg_stat_replication");
      return standby?.sync_state === "sync";
    });
    return pair;
  }

  get primaryUrl(): string {
    return this.primary.url;
  }

  /** Both hosts, as DATABASE_URL takes them. */
  get url(): string {
    const hosts = [this.primary.url, this.standby.url].map((url) => new URL(url).host);
    const url = new URL(this.primary.url);
    return `${url.href.replace(url.host, hosts.join(","))}?target_session_attrs=read-write`;
  }

  /** Queries the one of the two that takes writes. */
  async ask<T>(question: (db: Db) => Promise<T>): Promise<T> {
    return askAt(this.url, question);
  }

  /** Like a power failure: nothing more is written, and every connection breaks. */
  kill(): void {
    this.signal("SIGKILL");
  }

  /** Like a hanging machine: the kernel accepts connections, and nothing responds on them. */
  freeze(): void {
    this.signal("SIGSTOP");
  }

  async promote(): Promise<void> {
    await this.standby.ask("select pg_promote()");
  }

  async stop(): Promise<void> {
    await this.standby.stop().catch(() => {});
    this.kill();
    await this.folder.remove();
  }

  private askPrimary<T>(question: (db: Db) => Promise<T>): Promise<T> {
    return askAt(this.primary.url, question);
  }

  private signal(signal: NodeJS.Signals): void {
    for (const pid of this.primaryProcesses()) {
      try {
        process.kill(pid, signal);
      } catch {
        // The process has ended already.
      }
    }
  }

  /** The first is the one that would start others. */
  private primaryProcesses(): number[] {
    const lockFile = join(this.folder.path, "postgres/cluster/postmaster.pid");
    const postmaster = Number(readFileSync(lockFile, "utf8").split("\n")[0]);
    const isChild = (pid: string) => {
      try {
        return readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ")[1] === `${postmaster}`;
      } catch {
        return false;
      }
    };
    const children = readdirSync("/proc").filter((pid) => /^\d+$/.test(pid) && isChild(pid));
    return [postmaster, ...children.map(Number)];
  }
}

async function askAt<T>(url: string, question: (db: Db) => Promise<T>): Promise<T> {
  const database = connectDatabase({ url, poolSize: 1, applicationName: "tests" });
  try {
    return await question(database.db);
  } finally {
    await database.close();
  }
}
