import { readFileSync } from "node:fs";
import { join } from "node:path";
import { connectDatabase, type Db } from "../../src/platform/db/index.js";
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from "../../src/platform/embedded-postgres/embedded-postgres.js";
import { TcpProxy } from "../support/tcp-proxy.js";
import { until } from "../support/until.js";

/** A PostgreSQL that can be restarted and crashed, at an address that stays the same. */
export class UnreliablePostgres {
  private constructor(
    private readonly folder: string,
    private cluster: EmbeddedPostgres,
    readonly proxy: TcpProxy,
  ) {}

  static async start(folder: string): Promise<UnreliablePostgres> {
    const cluster = await startEmbeddedPostgres(folder);
    return new UnreliablePostgres(folder, cluster, await TcpProxy.inFrontOf(cluster.url));
  }

  get url(): string {
    return this.proxy.through(this.cluster.url);
  }

  /** Connects directly, so it works while the proxy is cut or stalled. */
  async query<T>(question: (db: Db) => Promise<T>): Promise<T> {
    const database = connectDatabase({ url: this.cluster.url, poolSize: 1, applicationName: "soak" });
    try {
      return await question(database.db);
    } finally {
      await database.close();
    }
  }

  async restart(): Promise<void> {
    await this.cluster.stop();
    await this.startAgain();
  }

  /** Kills the server without a checkpoint. The next start recovers from the write-ahead log. */
  async crash(): Promise<void> {
    const pid = Number(
      readFileSync(join(this.folder, "postgres/cluster/postmaster.pid"), "utf8").split("\n")[0],
    );
    process.kill(pid, "SIGQUIT");
    await until("the crash", () => !isRunning(pid));
    await this.startAgain();
  }

  async stop(): Promise<void> {
    await this.proxy.close();
    await this.cluster.stop();
  }

  private async startAgain(): Promise<void> {
    this.cluster = await startEmbeddedPostgres(this.folder);
    this.proxy.redirectTo(this.cluster.url);
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
