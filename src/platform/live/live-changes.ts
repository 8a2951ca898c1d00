import { Batcher } from "../async/batcher.js";
import type { LatestValueQueue } from "./latest-value-queue.js";
import { LiveRows, type LiveRowsOptions, resyncBatchMax } from "./live-rows.js";
import type { PullSource } from "./pull-source.js";

interface LiveChangesOptions<Event extends object, Row, Node extends object>
  extends Required<LiveRowsOptions<Event, Row, Node>> {
  /** All rows of these keys that can still change or changed within the last two minutes. */
  readRecent(keys: readonly string[]): Promise<Row[]>;
}

/** Many rows per key: subscribers get every new row and every change, from the subscription on. */
export class LiveChanges<Event extends object, Row, Node extends object> extends LiveRows<Event, Row, Node> {
  /** Subscriptions that do not know yet which rows are older than they are. A resync skips them. */
  private readonly starting = new Set<LatestValueQueue<Node>>();
  private readonly recent: Batcher<string, Row[]>;

  constructor(protected override readonly options: LiveChangesOptions<Event, Row, Node>) {
    super(options);
    this.recent = new Batcher({
      run: async (keys) => {
        const rows = Map.groupBy(await options.readRecent(keys), options.rowKey);
        return keys.map((key) => rows.get(key) ?? []);
      },
      concurrency: 2,
      batchSizeMax: resyncBatchMax,
    });
  }

  async subscribe(key: string): Promise<PullSource<Node>> {
    const { rowId, version } = this.options;
    const queue = this.subscribers.open(key); // Before the read, so that no change falls between the two.
    this.starting.add(queue);
    try {
      for (const row of await this.recent.add(key)) queue.markSeen(rowId(row), version(row));
      return queue;
    } catch (error) {
      queue.close();
      throw error;
    } finally {
      this.starting.delete(queue);
    }
  }

  protected override readMissed(keys: readonly string[]): Promise<Row[]> {
    return this.options.readRecent(keys);
  }

  protected override canResync(queue: LatestValueQueue<Node>): boolean {
    return !this.starting.has(queue);
  }
}
