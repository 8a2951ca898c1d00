import { eq, sql } from "drizzle-orm";
import type { Db } from "../../platform/db.js";
import type { Logger } from "../../platform/logger.js";
import type { Vendor } from "../../vendors/contract.js";
import { vendorHealth } from "./tasks.tables.js";

const failuresInARowMax = 10;
const probeIntervalMs = 5_000;
const readIntervalMs = 1_000;

/**
 * A circuit breaker per vendor that all machines share. Ten failures in a row open it; then nothing
 * is sent and a probe every five seconds closes it again. It lives in the database, since servers
 * that only take requests never call a vendor and must know all the same.
 */
export class VendorHealth {
  private readonly open = new Set<string>();
  private readonly shaken = new Set<string>();
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

  isWell(vendor: string): boolean {
    return !this.open.has(vendor);
  }

  /** Every answer of a vendor, good or bad, is told here. Refusing a prompt is a good answer. */
  async record(vendor: string, well: boolean): Promise<void> {
    if (well && !this.shaken.has(vendor) && !this.open.has(vendor)) return;
    if (well) await this.close(vendor);
    else await this.countFailure(vendor);
  }

  private async countFailure(vendor: string): Promise<void> {
    this.shaken.add(vendor);
    const next = sql`${vendorHealth.failuresInARow} + 1`;
    const [row] = await this.db
      .insert(vendorHealth)
      .values({ vendor, failuresInARow: 1 })
      .onConflictDoUpdate({
        target: vendorHealth.vendor,
        set: {
          failuresInARow: next,
          openedAt: sql`case when ${next} >= ${failuresInARowMax} then coalesce(${vendorHealth.openedAt}, clock_timestamp()) end`,
        },
      })
      .returning();
    if (!row?.openedAt || this.open.has(vendor)) return;
    this.open.add(vendor);
    this.logger.warn({ vendor }, "this vendor failed ten times in a row: its circuit is open");
  }

  private async close(vendor: string): Promise<void> {
    await this.db
      .update(vendorHealth)
      .set({ failuresInARow: 0, openedAt: null })
      .where(eq(vendorHealth.vendor, vendor));
    this.shaken.delete(vendor);
    if (this.open.delete(vendor))
      this.logger.info({ vendor }, "this vendor is well again: its circuit is closed");
  }

  private async read(): Promise<void> {
    for (const row of await this.db.select().from(vendorHealth)) {
      if (row.openedAt) this.open.add(row.vendor);
      else this.open.delete(row.vendor);
      if (row.failuresInARow > 0) this.shaken.add(row.vendor);
      else this.shaken.delete(row.vendor);
    }
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
      await this.close(name);
    }
  }

  private guard(work: Promise<void>): void {
    work.catch((err) => this.logger.warn({ err }, "the vendors' health could not be read or written"));
  }
}
