import type { Logger } from "../logger.js";

/** Reads what changed, many at a time and one read after the other; what changes meanwhile is next. */
export class ChangedReader {
  private readonly changed = new Set<string>();
  private reading = false;

  constructor(
    private readonly read: (ids: string[]) => Promise<void>,
    private readonly logger: Logger,
    private readonly atOnceMax = 1_000,
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
      while (this.changed.size > 0) {
        const ids = [...this.changed].slice(0, this.atOnceMax);
        for (const id of ids) this.changed.delete(id);
        await this.read(ids);
      }
    } catch (err) {
      this.logger.warn({ err }, "what is watched could not be read");
    } finally {
      this.reading = false; // In the turn that found nothing: what changes in the next one is read too.
    }
  }
}
