import { LiveRows, type LiveRowsOptions } from "./live-rows.js";
import type { PullSource } from "./pull-source.js";

interface LiveQueryOptions<Event extends object, Row, Node extends object>
  extends Omit<LiveRowsOptions<Event, Row, Node>, "eventId" | "rowId"> {
  /** A subscription ends after this state. */
  isLast?(node: Node): boolean;
  /** Those rows that are newer than the given versions. Unless given, `read` reads them all. */
  readNewer?(known: readonly { key: string; version: number }[]): Promise<Row[]>;
}

/** One row per key: subscribers get its current state, then every newer one. */
export class LiveQuery<Event extends object, Row, Node extends object> extends LiveRows<Event, Row, Node> {
  constructor(protected override readonly options: LiveQueryOptions<Event, Row, Node>) {
    super(options, options.isLast);
  }

  /** Never fails: if the row cannot be read now, a resync reads it later. */
  subscribe(key: string): PullSource<Node> {
    const queue = this.subscribers.open(key);
    this.changes.add([key]);
    return queue;
  }

  /** Null if the row does not exist or `canSee` is false for it. Rejects if it cannot be read. */
  async subscribeIf(key: string, canSee: (row: Row) => boolean): Promise<PullSource<Node> | null> {
    const { read, version, toNode } = this.options;
    const queue = this.subscribers.open(key); // Before the read, so that no change falls between the two.
    try {
      const [row] = await read([key]);
      if (row && canSee(row)) {
        queue.push(key, version(row), toNode(row));
        return queue;
      }
    } catch (error) {
      queue.close();
      throw error;
    }
    queue.close();
    return null;
  }

  protected override readMissed(keys: readonly string[]): Promise<Row[]> {
    const { read, readNewer } = this.options;
    if (!readNewer) return read(keys);
    return readNewer(keys.map((key) => ({ key, version: this.oldestVersionOf(key) })));
  }

  /** The oldest of the versions that the key's subscribers were given last. */
  private oldestVersionOf(key: string): number {
    return Math.min(...[...this.subscribers.of(key)].map((queue) => queue.versionOf(key)));
  }
}
