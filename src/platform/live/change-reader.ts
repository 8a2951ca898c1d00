import type { Logger } from "pino";

/**
 * Reads changed rows and publishes them. Reads never overlap: changes that arrive during a read form
 * the next one, of at most `batchSizeMax` ids. The next read is sent before the last one's rows are
 * published, so the database works meanwhile.
 */
export class ChangeReader<Row> {
  private changed = new Set<string>();
  private reading = false;
  private failing = false;

  constructor(
    private readonly read: (ids: string[]) => Promise<Row[]>,
    private readonly publish: (rows: Row[]) => void,
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
      await Promise.resolve(); // Changes of one tick are read together.
      let rows = this.readNext();
      while (rows) {
        const read = await rows;
        rows = this.readNext();
        this.publish(read);
        rows ??= this.readNext(); // Publishing may have added changes.
      }
    } catch (err) {
      this.logger.error(
        { err },
        "live updates: rows could not be published; subscribers get them at the next resync",
      );
    } finally {
      this.reading = false; // Without an await since the last readNext(), so that no change is left behind.
    }
  }

  /** Null if nothing has changed. Never rejects: a resync reads again what could not be read. */
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
        if (!this.failing)
          this.logger.warn(
            { err },
            "live updates: changed rows could not be read; they are read again within 3 s",
          );
        this.failing = true;
        return [];
      },
    );
  }
}
