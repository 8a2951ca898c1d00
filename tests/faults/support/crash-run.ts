import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "drizzle-orm";
import { fromDrizzle, PgBoss } from "pg-boss";
import type { CrashPoint } from "../../../src/app/crash-points.js";
import type { Db } from "../../../src/platform/db/index.js";
import type { SandboxVendor } from "../../../src/vendors/sandbox/index.js";
import { breachesOf } from "../../support/audit.js";
import { Client } from "../../support/client.js";
import { freshDatabase, type TestDatabase } from "../../support/database.js";
import { fixedCode, openProduct, settingsFor, smallFilms } from "../../support/product.js";
import { ServerProcess } from "../../support/server-process.js";
import { filesBelow } from "../../support/stored-files.js";
import { create } from "../../support/tasks.js";

export interface Death {
  vendor?: "openai";
  args?: string[];
  preload?: string;
}

/** One database, one data folder, one user: a server that dies on them, and its successor. */
export class CrashRun {
  server!: ServerProcess;
  client!: Client;
  successor: Awaited<ReturnType<typeof openProduct>> | null = null;

  private constructor(
    readonly prompt: string,
    private readonly testDb: TestDatabase,
    private readonly dataDir: string,
    private readonly settings: Record<string, string>,
  ) {}

  static async open(sandbox: SandboxVendor, prompt: string): Promise<CrashRun> {
    const testDb = await freshDatabase();
    const dataDir = mkdtempSync(join(tmpdir(), "skyriff-crash-"));
    const settings = settingsFor({ databaseUrl: testDb.url, dataDir, sandbox });
    return new CrashRun(prompt, testDb, dataDir, { ...settings, MODEL_CATALOG: smallFilms(dataDir) });
  }

  get db(): Db {
    return this.testDb.database.db;
  }

  /** A real server, in a process of its own, that kills itself at the point. */
  async start(point: CrashPoint, { vendor, args, preload }: Death): Promise<void> {
    const settings = { ...this.settingsFor(vendor), CRASH_AT: point };
    this.server = await ServerProcess.start(settings, args, { preload });
    this.client = this.server.client();
    await this.client.logIn("+8613800138000", fixedCode);
  }

  /** The one order of this run, under its key: however often it is asked for, it is one task. */
  order(): Promise<string> {
    return create(this.client, { prompt: this.prompt, idempotencyKey: "the-one" });
  }

  /** The same product again on what is left, and the same user at its door. */
  async startSuccessor({ vendor }: Death): Promise<void> {
    await this.skipWaits();
    this.successor = await openProduct(this.settingsFor(vendor));
    const { token } = this.client;
    this.client = Object.assign(new Client(this.successor.url), { token });
  }

  private settingsFor(vendor: Death["vendor"]): Record<string, string> {
    if (!vendor) return this.settings;
    const {
      DYUAPI_BASE_URL: OPENAI_BASE_URL = "",
      DYUAPI_API_KEY: OPENAI_API_KEY = "",
      ...others
    } = this.settings;
    return { ...others, VENDOR: vendor, OPENAI_BASE_URL, OPENAI_API_KEY };
  }

  /** What the queue does by itself: some silent seconds prove a worker dead, an hour is an hour. */
  async skipWaits(): Promise<void> {
    await this.db.execute(sql`
      update pgboss.job set state = 'retry', start_after = now(), heartbeat_on = null, retry_count = retry_count + 1
      where state = 'active'`);
    await this.db.execute(sql`
      update pgboss.job set start_after = now() where state < 'active' and name = 'media.discard-upload'`);
    await this.db.execute(sql`update video_ingests set renewed_at = now() - interval '1 minute'`);
  }

  /** What happens now happens without it. */
  async postponeSweep(): Promise<void> {
    await this.db.execute(
      sql`update tasks set next_check_at = now() + interval '1 hour' where finished_at is null`,
    );
  }

  /** What the clock does every minute. */
  async sweep(): Promise<void> {
    await this.db.execute(sql`update tasks set next_check_at = now() where finished_at is null`);
    await this.send("sweep-tasks", {});
  }

  async send(queue: string, payload: object): Promise<void> {
    const boss = new PgBoss({
      db: fromDrizzle(this.db, sql),
      supervise: false,
      schedule: false,
      migrate: false,
    });
    await boss.send(queue, payload);
  }

  async queuedJobs(queue: string): Promise<number> {
    const [row] = await this.db.execute<{ count: string }>(
      sql`select count(*) from pgboss.job where name = ${queue} and state < 'completed'`,
    );
    return Number(row?.count);
  }

  async audit(): Promise<unknown[]> {
    return breachesOf(this.db);
  }

  /** The names of all files below this folder of the storage. */
  files(folder: "videos" | "media"): string[] {
    return filesBelow(join(this.dataDir, "storage", folder));
  }

  async close(): Promise<void> {
    await this.server?.kill("SIGKILL");
    await this.successor?.close();
    await this.testDb.drop();
    rmSync(this.dataDir, { recursive: true, force: true });
  }
}
