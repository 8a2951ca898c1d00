import { done, type PullSource } from "./pull-source.js";

/** A queue ends after such a state. */
type IsLast<T> = (state: T) => boolean;

interface Entry<T> {
  /** The newest version that was pushed or marked as seen. */
  version: number;
  /** Null once it has been shifted. */
  state: T | null;
}

/**
 * The unsent states of one subscription: per row only the latest. A slow subscriber skips states, so
 * memory is bounded by the number of rows. No version of a row is sent twice or after a newer one.
 */
export class LatestValueQueue<T extends object> implements PullSource<T> {
  private readonly entries = new Map<string, Entry<T>>();
  private readonly unsent: Entry<T>[] = [];
  private listener: () => void = () => {};
  private open = true;

  constructor(
    private readonly isLast: IsLast<T> | undefined,
    private readonly onClose: (queue: LatestValueQueue<T>) => void,
  ) {}

  /** Skips this version and older ones, unless an older state of the row is still unsent. */
  markSeen(id: string, version: number): void {
    const entry = this.entry(id);
    if (!entry.state) entry.version = Math.max(entry.version, version);
  }

  /** The newest version pushed of this row, or -1. */
  versionOf(id: string): number {
    return this.entries.get(id)?.version ?? -1;
  }

  /** Ignores versions that are not newer than the last one. */
  push(id: string, version: number, state: T): void {
    const entry = this.entry(id);
    if (!this.open || version <= entry.version) return;
    if (!entry.state) this.unsent.push(entry);
    entry.version = version;
    entry.state = state;
    this.listener();
  }

  shift(): IteratorResult<T, undefined> | null {
    if (!this.open) return done;
    const entry = this.unsent.shift();
    if (!entry) return null;
    const value = entry.state as T;
    entry.state = null;
    if (this.isLast?.(value)) this.end();
    return { done: false, value };
  }

  onEvent(listener: () => void): void {
    this.listener = listener;
  }

  close(): void {
    if (!this.open) return;
    this.end();
    this.listener();
  }

  private entry(id: string): Entry<T> {
    let entry = this.entries.get(id);
    if (!entry) {
      entry = { version: -1, state: null };
      this.entries.set(id, entry);
    }
    return entry;
  }

  private end(): void {
    this.open = false;
    this.onClose(this);
  }

  next(): Promise<IteratorResult<T, undefined>> {
    const next = this.shift();
    if (next) return Promise.resolve(next);
    return new Promise((resolve) => {
      this.onEvent(() => {
        this.onEvent(() => {});
        resolve(this.next());
      });
    });
  }

  async return(): Promise<typeof done> {
    this.close();
    return done;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

/** The open queues of each key. */
export class SubscriberMap<T extends object> {
  private readonly byKey = new Map<string, Set<LatestValueQueue<T>>>();

  constructor(private readonly isLast?: IsLast<T>) {}

  keys(): string[] {
    return [...this.byKey.keys()];
  }

  has(key: string): boolean {
    return this.byKey.has(key);
  }

  of(key: string): Iterable<LatestValueQueue<T>> {
    return this.byKey.get(key) ?? [];
  }

  open(key: string): LatestValueQueue<T> {
    const queue = new LatestValueQueue<T>(this.isLast, (closed) => this.remove(key, closed));
    const others = this.byKey.get(key);
    if (others) others.add(queue);
    else this.byKey.set(key, new Set([queue]));
    return queue;
  }

  closeAll(): void {
    for (const key of this.keys()) for (const queue of [...this.of(key)]) queue.close();
  }

  private remove(key: string, queue: LatestValueQueue<T>): void {
    const queues = this.byKey.get(key);
    queues?.delete(queue);
    if (queues?.size === 0) this.byKey.delete(key);
  }
}
