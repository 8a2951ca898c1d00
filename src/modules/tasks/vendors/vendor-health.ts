import { and, eq, gt, sql } from "drizzle-orm";
import type { Logger } from "pino";
import type { Db } from "../../../platform/db/index.js";
import type { Vendor } from "../../../vendors/contract.js";
import { vendorHealth } from "../tasks.tables.js";

const failuresInARowMax = 10;
/** So many different users: the prompts of one alone must not close the vendor to all others. */
const failingUsersMin = 3;
const probeIntervalMs = 5_000;
const readIntervalMs = 1_000;

/**
 * A circuit breaker per vendor that all machines share. Ten failures in a row, of at least three
 * different users, open it; then nothing is sent and a probe every five seconds closes it again. It
 * lives in the database, since servers that only take requests never call a vendor and must know all
 * the same.
 */
export class VendorHealth {
  private open = new Set<string>();
  private readonly timers: NodeJS.Timeout[] = [];

  constructor(
    private readonly db: Db,
    private readonly vendors: readonly Vendor[],
    private readonly logger: Logger,
  ) {}

  /** `probe`: whether this process looks after open circuits (workers do). */
  async start(options: { probe: boolean }): Promise<void> {
    await this.read();
    this.timers.push(setInterval(() => this.guard(this.read()), readIntervalMs));
    if (options.probe) this.timers.push(setInterval(() => this.guard(this.probeOpenOnes()), 1_000));
  }

  stop(): void {
    for (const timer of this.timers) clearInterval(timer);
  }

  isHealthy(vendor: string): boolean {
    return !this.open.has(vendor);
  }

  /** Refusing a prompt is an answer too. */
  async recordAnswer(vendor: string): Promise<void> {
    const closed = await this.db
      .update(vendorHealth)
      .set({ failuresInARow: 0, failingUsers: [], openedAt: null })
      .where(and(eq(vendorHealth.vendor, vendor), gt(vendorHealth.failuresInARow, 0)))
      .returning({ vendor: vendorHealth.vendor });
    if (closed.length > 0 && this.open.delete(vendor))
      this.logger.info({ vendor }, "this vendor is well again: its circuit is closed");
  }

  /** A call for this user's task got no answer, or the vendor refuses us. */
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
      "this vendor fails for several users: its circuit is open",
    );
  }

  private async read(): Promise<void> {
    const rows = await this.db.select().from(vendorHealth);
    this.open = new Set(rows.flatMap(({ vendor, openedAt }) => (openedAt ? vendor : [])));
  }

  /** Of all machines one probes at a time: whoever moves the row's last probe forward. */
  private async probeOpenOnes(): Promise<void> {
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

  /** A look at a task that cannot exist: any sensible answer means that the vendor is back. */
  private async probe(name: string): Promise<void> {
    const vendor = this.vendors.find((v) => v.name === name);
    const result = await vendor?.check("skyriff-health-probe");
    if (result && (result.kind === "state" || result.kind === "unknown-task" || result.kind === "rejected")) {
      await this.recordAnswer(name);
    }
  }

  private guard(work: Promise<void>): void {
    work.catch((err) => this.logger.warn({ err }, "the vendors' health could not be read or written"));
  }
}
