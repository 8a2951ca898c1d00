import { and, eq, gt, sql } from "drizzle-orm";
import type { Logger } from "pino";
import type { Db } from "../../../platform/db/index.js";
import type { VendorDirectory } from "../../../vendors/vendor-directory.js";
import { vendorHealth } from "../tasks.tables.js";

const failuresInARowMax = 10;
/** The prompts of one user alone must not open the circuit for all others. */
const failingUsersMin = 3;
const probeIntervalMs = 5_000;
const readIntervalMs = 1_000;

/**
 * A circuit breaker per vendor that all machines share. Ten failures in a row, of at least three
 * different users, open it; then nothing is sent and a probe every five seconds closes it again. Its
 * state is in the database, because servers without workers call no vendor and need the state too.
 */
export class VendorHealth {
  private open = new Set<string>();
  private readonly timers: NodeJS.Timeout[] = [];

  constructor(
    private readonly db: Db,
    private readonly vendors: VendorDirectory,
    private readonly logger: Logger,
  ) {}

  /** `probe`: whether this process probes vendors with open circuits (workers do). */
  async start(options: { probe: boolean }): Promise<void> {
    await this.read();
    this.timers.push(setInterval(() => this.guard(this.read()), readIntervalMs));
    if (options.probe) this.timers.push(setInterval(() => this.guard(this.probeDueVendors()), 1_000));
  }

  stop(): void {
    for (const timer of this.timers) clearInterval(timer);
  }

  isHealthy(vendor: string): boolean {
    return !this.open.has(vendor);
  }

  /** Whether the vendor that this name of the catalog stands for is configured here and healthy. */
  isAvailable(catalogName: string): boolean {
    const vendor = this.vendors.findByCatalogName(catalogName);
    return vendor !== null && this.isHealthy(vendor.name);
  }

  /** A rejected prompt is an answer too. */
  async recordAnswer(vendor: string): Promise<void> {
    const closed = await this.db
      .update(vendorHealth)
      .set({ failuresInARow: 0, failingUsers: [], openedAt: null })
      .where(and(eq(vendorHealth.vendor, vendor), gt(vendorHealth.failuresInARow, 0)))
      .returning({ vendor: vendorHealth.vendor });
    if (closed.length > 0 && this.open.delete(vendor))
      this.logger.info({ vendor }, "the vendor answers again: its circuit is closed");
  }

  /** A call for this user's task got no answer, or the vendor refused our account. */
  async recordFailure(vendor: string, userId: string): Promise<void> {
    const failures = sql`${vendorHealth.failuresInARow} + 1`;
    const user = sql`array[${userId}::uuid]`;
    const isCounted = sql`${vendorHealth.failingUsers} @> ${user} or cardinality(${vendorHealth.failingUsers}) >= ${failingUsersMin}`;
    const users = sql`case when ${isCounted} then ${vendorHealth.failingUsers} else ${vendorHealth.failingUsers} || ${user} end`;
    const opens = sql`${failures} >= ${failuresInARowMax} and cardinality(${users}) >= ${failingUsersMin}`;
    const [row] = await this.db
      .insert(vendorHealth)
      .values({ vendor, failuresInARow: 1, failingUsers: [userId] })
      .onConflictDoUpdate({
        target: vendorHealth.vendor,
        set: {
          failuresInARow: failures,
          failingUsers: users,
          openedAt: sql`coalesce(${vendorHealth.openedAt}, case when ${opens} then clock_timestamp() end)`,
        },
      })
      .returning();
    if (!row?.openedAt || this.open.has(vendor)) return;
    this.open.add(vendor);
    this.logger.warn(
      { vendor, failures: row.failuresInARow },
      "the vendor fails for several users: its circuit is open, and it is probed every 5 s",
    );
  }

  private async read(): Promise<void> {
    const rows = await this.db.select().from(vendorHealth);
    this.open = new Set(rows.flatMap(({ vendor, openedAt }) => (openedAt ? vendor : [])));
  }

  /** One machine probes at a time: the one whose UPDATE moves `probed_at`. */
  private async probeDueVendors(): Promise<void> {
    if (this.open.size === 0) return;
    const due = await this.db
      .update(vendorHealth)
      .set({ probedAt: sql`clock_timestamp()` })
      .where(
        sql`${vendorHealth.openedAt} is not null and
          coalesce(${vendorHealth.probedAt}, ${vendorHealth.openedAt}) <= clock_timestamp() - ${probeIntervalMs} * interval '1 millisecond'`,
      )
      .returning({ vendor: vendorHealth.vendor });
    for (const { vendor: name } of due) await this.probe(name);
  }

  /** Checks a task that cannot exist: any well-formed answer means that the vendor is available. */
  private async probe(name: string): Promise<void> {
    const result = await this.vendors.findByName(name)?.check("skyriff-health-probe");
    if (result && (result.kind === "state" || result.kind === "unknown-task" || result.kind === "rejected")) {
      await this.recordAnswer(name);
    }
  }

  private guard(work: Promise<void>): void {
    work.catch((err) => this.logger.warn({ err }, "the vendors' health could not be read or written"));
  }
}
