import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "drizzle-orm";
import { fromDrizzle, PgBoss } from "pg-boss";
import type { CrashPoint } from "../../../src/app/crash-points.js";
import {
  PublishWorkDocument,
  type PublishWorkInput,
  RemixWorkDocument,
} from "../../../src/generated/operations.js";
import type { Db } from "../../../src/platform/db/index.js";
import type { SandboxVendor } from "../../../src/vendors/sandbox/index.js";
import { breachesOf } from "../../support/audit.js";
import { issueCertificate } from "../../support/certificates.js";
import { Client } from "../../support/client.js";
import { type CommandResult, processEnv, runCommand } from "../../support/command.js";
import { freshDatabase, type TestDatabase } from "../../support/database.js";
import { fixedCode, openProduct, settingsFor, smallFilms } from "../../support/product.js";
import { ServerProcess } from "../../support/server-process.js";
import { filesBelow } from "../../support/stored-files.js";
import { create, ended } from "../../support/tasks.js";

export interface KilledServer {
  vendor?: "openai";
  args?: string[];
  preload?: string;
  /** Whether files are signed. */
  certificate?: boolean;
}

/** One database, data folder and user, with a server that is killed and its successor. */
export class CrashRun {
  server!: ServerProcess;
  private point!: CrashPoint;
  client!: Client;
  /** Of `workId`. */
  author: Client | null = null;
  /** The public id of the author's work. */
  workId = "";
  /** Orders the task of this run. The idempotency key makes every repetition the same task. */
  createTask = (): Promise<string> => create(this.client, { prompt: this.prompt, idempotencyKey: "the-one" });
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

  /** Starts a server in a separate process that kills itself at the crash point. */
  async start(point: CrashPoint, { vendor, args, preload, certificate }: KilledServer): Promise<void> {
    if (certificate) {
      const { certificateFile, keyFile } = await issueCertificate(this.dataDir);
      Object.assign(this.settings, { C2PA_CERT_FILE: certificateFile, C2PA_KEY_FILE: keyFile });
    }
    this.point = point;
    const settings = { ...this.settingsFor(vendor), CRASH_AT: point };
    this.server = await ServerProcess.start(settings, args, { preload });
    this.client = this.server.client();
    await this.client.logIn("+8613800138000", fixedCode);
  }

  /** Another user publishes a work. */
  async publishByAuthor(settings: Partial<PublishWorkInput> = {}): Promise<void> {
    const author = this.server.client();
    await author.logIn("+8613800138001", fixedCode);
    const { video } = await ended(author, await create(author, { prompt: "a cat" }));
    const { publishWork } = await author.request(PublishWorkDocument, {
      input: { videoId: video?.id as string, title: "A cat", ...settings },
    });
    this.author = Object.assign(new Client(this.server.url), { token: author.token });
    this.workId = publishWork.work.id;
  }

  /** From now on the task of this run is a remix of a work that another user publishes. */
  async remixAnotherUsersWork(): Promise<void> {
    await this.publishByAuthor();
    const input = { workId: this.workId, prompt: this.prompt, idempotencyKey: "the-one" };
    this.createTask = async () => (await this.client.request(RemixWorkDocument, { input })).remixWork.task.id;
  }

  /** Runs a command that is killed at the crash point, and then kills the server too. */
  async dieInCommand(...args: string[]): Promise<void> {
    const env = processEnv({ ...this.settings, CRASH_AT: this.point });
    const command = spawn(process.execPath, ["src/cli/bin.mjs", ...args], { env, stdio: "ignore" });
    await once(command, "exit");
    await this.server.kill(command.signalCode ?? "SIGTERM");
  }

  command(...args: string[]): Promise<CommandResult> {
    return runCommand(this.settings, ...args);
  }

  /** Starts the product again on the same data, with the same user logged in. */
  async startSuccessor({ vendor }: KilledServer): Promise<void> {
    await this.skipWaits();
    this.successor = await openProduct(this.settingsFor(vendor));
    const { token } = this.client;
    if (this.author)
      this.author = Object.assign(new Client(this.successor.url), { token: this.author.token });
    this.client = Object.assign(new Client(this.successor.url), { token });
  }

  private settingsFor(vendor: KilledServer["vendor"]): Record<string, string> {
    if (!vendor) return this.settings;
    const {
      DYUAPI_BASE_URL: OPENAI_BASE_URL = "",
      DYUAPI_API_KEY: OPENAI_API_KEY = "",
      ...others
    } = this.settings;
    return { ...others, VENDOR: vendor, OPENAI_BASE_URL, OPENAI_API_KEY };
  }

  /** Expires heartbeats and delays, which the queue would otherwise wait for. */
  async skipWaits(): Promise<void> {
    await this.db.execute(sql`
      update pgboss.job set state = 'retry', start_after = now(), heartbeat_on = null, retry_count = retry_count + 1
      where state = 'active'`);
    await this.db.execute(sql`
      update pgboss.job set start_after = now() where state < 'active' and name = 'media.discard-upload'`);
    await this.db.execute(sql`update video_ingests set renewed_at = now() - interval '1 minute'`);
  }

  /** Keeps the sweep from checking the task for an hour. */
  async postponeSweep(): Promise<void> {
    await this.db.execute(
      sql`update tasks set next_check_at = now() + interval '1 hour' where finished_at is null`,
    );
  }

  /** Runs the sweep, which otherwise comes every minute. */
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
  files(folder: "videos" | "media" | "public"): string[] {
    return filesBelow(join(this.dataDir, "storage", folder));
  }

  async close(): Promise<void> {
    await this.server?.kill("SIGKILL");
    await this.successor?.close();
    await this.testDb.drop();
    rmSync(this.dataDir, { recursive: true, force: true });
  }
}
