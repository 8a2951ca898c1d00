import { readFileSync } from "node:fs";
import { join } from "node:path";
import { connectDatabase, type Db } from "../../src/platform/db/index.js";
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from "../../src/platform/embedded-postgres/embedded-postgres.js";
import { TcpProxy } from "../support/tcp-proxy.js";
import { until } from "../support/until.js";

/** A PostgreSQL of its own that can be restarted and crashed, always found at one address. */
export class ShakyPostgres {
  private constructor(
    private readonly folder: string,
    private cluster: EmbeddedPostgres,
    readonly wire: TcpProxy,
  ) {}

  static async start(folder: string): Promise<ShakyPostgres> {
    const cluster = await startEmbeddedPostgres(folder);
    return new ShakyPostgres(folder, cluster, await TcpProxy.before(cluster.url));
  }

  get url(): string {
    return this.wire.through(this.cluster.url);
  }

  /** Past the wire, so that it can be asked whatever becomes of that. */
  async ask<T>(question: (db: Db) => Promise<T>): Promise<T> {
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

  /** As by a crash: nothing is written down any more, and the next start recovers from the log. */
  async crash(): Promise<void> {
    const pid = Number(
      readFileSync(join(this.folder, "postgres/cluster/postmaster.pid"), "utf8").split("\n")[0],
    );
    process.kill(pid, "SIGQUIT");
    await until("the crash", () => !isRunning(pid));
    await this.startAgain();
  }

  async stop(): Promise<void> {
    await this.wire.close();
    await this.cluster.stop();
  }

  private async startAgain(): Promise<void> {
    this.cluster = await startEmbeddedPostgres(this.folder);
    this.wire.leadTo(this.cluster.url);
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
