import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "../support/client.js";
import { Fleet } from "../support/fleet.js";
import { findProgram } from "../support/programs.js";
import { RedisServer } from "../support/redis-server.js";
import { Member } from "./actors.js";
import { SmallDisk } from "./disk.js";
import { ShakyPostgres } from "./postgres.js";
import type { Dice } from "./seeded-random.js";

export interface WorldOptions {
  taskTimeoutMs: number;
  diskMib: number;
  servers: number;
  workers: number;
  redis: boolean;
}

/** Everything that the product stands on, and the product: each part can be made to fail. */
export class World {
  readonly skipped: string[] = [];
  /** No more trouble and no more orders: what was begun comes to its end. */
  closing = false;

  private constructor(
    readonly folder: string,
    readonly postgres: ShakyPostgres,
    readonly redis: RedisServer | null,
    readonly disk: SmallDisk | null,
    readonly fleet: Fleet,
    readonly servers: Member[],
    readonly workers: Member[],
  ) {}

  static async create(options: WorldOptions): Promise<World> {
    const folder = mkdtempSync(join(tmpdir(), "skyriff-soak-"));
    const postgres = await ShakyPostgres.start(join(folder, "database"));
    // A crash of PostgreSQL alone loses nothing of what it has handed to the operating system.
    await postgres.ask((db) => db.execute("alter system set fsync = off"));
    const program = options.redis ? findProgram("redis-server") : null;
    const redis = program ? await RedisServer.start(program) : null;
    const storage = join(folder, "files");
    const disk = SmallDisk.mount(storage, options.diskMib);
    const fleet = await Fleet.open({
      ...{ DATABASE_URL: postgres.url, STORAGE_URL: `file:${storage}` },
      ...{ SIGNUP_CREDITS: "10000000", RATE_LIMIT_PER_MINUTE: "10000000" },
      ...{ MAX_CONCURRENT_TASKS: "60", MAX_TASKS_PER_DAY: "1000000" },
      ...{ TASK_TIMEOUT_MS: `${options.taskTimeoutMs}`, DYUAPI_TIMEOUT_MS: "1500" },
      ...(redis && { REDIS_URL: redis.url }),
    });
    const crew = (count: number, name: string, launch: Member["launch"]) =>
      Array.from({ length: count }, (_, n) => new Member(`${name} ${n + 1}`, launch));
    const servers = crew(options.servers, "server", () => fleet.server());
    const workers = crew(options.workers, "worker", () => fleet.worker());
    const world = new World(folder, postgres, redis, disk, fleet, servers, workers);
    if (!disk) world.skipped.push("a full disk (this process may not mount one)");
    if (!redis) world.skipped.push(options.redis ? "Redis (it is not installed)" : "Redis (not in this run)");
    await Promise.all([...servers, ...workers].map((member) => member.hire()));
    return world;
  }

  /** A front end at one of the servers that are there. Null: there is none just now. */
  clientOf(token: string | null, dice: Dice): Client | null {
    const there = this.servers.flatMap(({ process }) => process ?? []);
    if (there.length === 0) return null;
    return Object.assign(new Client(dice.pick(there).url), { token });
  }

  /** Takes every trouble away. */
  heal(): void {
    this.postgres.wire.heal();
    this.redis?.thaw();
    this.disk?.empty();
    this.fleet.sandbox.control.clearFaults();
  }

  async close(): Promise<void> {
    await Promise.all([...this.servers, ...this.workers].map((member) => member.dismiss()));
    await this.fleet.close();
    await this.redis?.stop();
    await this.postgres.stop();
    this.disk?.unmount();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
