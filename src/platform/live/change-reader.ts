import type { Logger } from "pino";

/**
 * Reads what changed, many at a time and one read after the other, and tells of it; what changes
 * meanwhile is next. While it tells, the database is at the next read already.
 */
export class ChangeReader<Row> {
  private changed = new Set<string>();
  private reading = false;
  private failing = false;

  constructor(
    private readonly read: (ids: string[]) => Promise<Row[]>,
    private readonly notify: (rows: Row[]) => void,
    private readonly logger: Logger,
    private readonly batchSizeMax = 1_000,
  ) {}

  add(ids: Iterable<string>): void {
    for (const id of ids) this.changed.add(id);
    if (this.changed.size === 0 || this.reading) return;
    this.reading = true;
    void this.readAll();
  }

  private async readAll(): Promise<void> {
    try {
      await Promise.resolve(); // What is told in one go is read together.
      let rows = this.readNext();
      while (rows) {
        const read = await rows;
        rows = this.readNext();
        this.notify(read);
        rows ??= this.readNext();
      }
    } catch (err) {
      this.logger.error({ err }, "what was read could not be told");
    } finally {
      this.reading = false; // In the turn that found nothing: what changes in the next one is read too.
    }
  }

  /** Null: nothing has changed. Never rejects: what could not be read is looked at again by a review. */
  private readNext(): Promise<Row[]> | null {
    if (this.changed.size === 0) return null;
    const ids = [...this.changed];
    this.changed = new Set(ids.splice(this.batchSizeMax));
    return this.read(ids).then(
      (rows) => {
        this.failing = false;
        return rows;
      },
      (err: unknown) => {
        if (!this.failing) this.logger.warn({ err }, "what is watched could not be read");
        this.failing = true;
        return [];
      },
    );
  }
}
