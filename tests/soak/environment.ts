import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "../support/client.js";
import { Fleet } from "../support/fleet.js";
import { findProgram } from "../support/programs.js";
import { RedisServer } from "../support/redis-server.js";
import { SmallDisk } from "./disk.js";
import { ManagedProcess } from "./managed-process.js";
import { UnreliablePostgres } from "./postgres.js";
import type { SeededRandom } from "./seeded-random.js";

/** Long enough for a video on a slow machine. */
export const taskTimeoutMs = 60_000;

export interface EnvironmentOptions {
  diskMib: number;
  servers: number;
  workers: number;
  redis: boolean;
}

/** The product and everything it depends on. Each part can be made to fail. */
export class Environment {
  readonly skipped: string[] = [];
  /** No more faults and no more orders: unfinished work comes to its end. */
  closing = false;

  private constructor(
    readonly folder: string,
    readonly postgres: UnreliablePostgres,
    readonly redis: RedisServer | null,
    readonly disk: SmallDisk | null,
    readonly fleet: Fleet,
    readonly servers: ManagedProcess[],
    readonly workers: ManagedProcess[],
  ) {}

  static async create(options: EnvironmentOptions): Promise<Environment> {
    const folder = mkdtempSync(join(tmpdir(), "skyriff-soak-"));
    const postgres = await UnreliablePostgres.start(join(folder, "database"));
    // If PostgreSQL alone crashes, the operating system still has everything it wrote.
    await postgres.query((db) => db.execute("alter system set fsync = off"));
    const program = options.redis ? findProgram("redis-server") : null;
    const redis = program ? await RedisServer.start(program) : null;
    const storage = join(folder, "files");
    const disk = SmallDisk.mount(storage, options.diskMib);
    const fleet = await Fleet.open({
      ...{ DATABASE_URL: postgres.url, STORAGE_URL: `file:${storage}` },
      ...{ SIGNUP_CREDITS: "10000000", RATE_LIMIT_PER_MINUTE: "10000000" },
      ...{ MAX_CONCURRENT_TASKS: "60", MAX_TASKS_PER_DAY: "1000000" },
      ...{ INCOME_FREEZE_MS: "2000" },
      ...{ TASK_TIMEOUT_MS: `${taskTimeoutMs}`, DYUAPI_TIMEOUT_MS: "4000" },
      ...(redis && { REDIS_URL: redis.url }),
    });
    const processes = (count: number, name: string, launch: ManagedProcess["launch"]) =>
      Array.from({ length: count }, (_, n) => new ManagedProcess(`${name} ${n + 1}`, launch));
    const servers = processes(options.servers, "server", () => fleet.server());
    const workers = processes(options.workers, "worker", () => fleet.worker());
    const environment = new Environment(folder, postgres, redis, disk, fleet, servers, workers);
    if (!disk) environment.skipped.push("a full disk (this process may not mount one)");
    if (!redis)
      environment.skipped.push(options.redis ? "Redis (it is not installed)" : "Redis (not in this run)");
    await Promise.all([...servers, ...workers].map((member) => member.start()));
    return environment;
  }

  /** A client of one of the running servers. Null if none is running. */
  clientFor(token: string | null, random: SeededRandom): Client | null {
    const running = this.servers.flatMap(({ process }) => process ?? []);
    if (running.length === 0) return null;
    return Object.assign(new Client(random.pick(running).url), { token });
  }

  /** Ends every fault. */
  heal(): void {
    this.postgres.proxy.heal();
    this.redis?.thaw();
    this.disk?.empty();
    this.fleet.sandbox.control.clearFaults();
  }

  async close(): Promise<void> {
    await Promise.all([...this.servers, ...this.workers].map((member) => member.stop()));
    await this.fleet.close();
    await this.redis?.stop();
    await this.postgres.stop();
    this.disk?.unmount();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
