import { over, type PullSource } from "./pull-source.js";

interface LatestValueOptions<T> {
  /** Whether nothing comes after this state: whoever has taken it has taken all. */
  isLast?(state: T): boolean;
}

/** What a watcher was offered last of one thing, and whether it has yet to take it. */
interface Offered<T> {
  version: number;
  state: T | null;
}

/**
 * What one watcher has yet to be told: of each thing its latest state only. A slow watcher skips
 * states and never piles them up.
 */
export class LatestValueQueue<T extends object> implements PullSource<T> {
  private readonly latest = new Map<string, Offered<T>>();
  private readonly waiting: Offered<T>[] = [];
  private listener: () => void = () => {};
  private open = true;

  constructor(
    private readonly options: LatestValueOptions<T>,
    private readonly closed: (watcher: LatestValueQueue<T>) => void,
  ) {}

  /** Takes what was known before the watching began as told; not while an older state waits to be taken. */
  markSeen(id: string, version: number): void {
    const offered = this.of(id);
    if (!offered.state) offered.version = Math.max(offered.version, version);
  }

  /** Of this thing, the version that was offered last; -1 if none was. */
  versionOf(id: string): number {
    return this.latest.get(id)?.version ?? -1;
  }

  /** What is no newer than what was offered before is dropped. */
  push(id: string, version: number, state: T): void {
    const offered = this.of(id);
    if (!this.open || version <= offered.version) return;
    if (!offered.state) this.waiting.push(offered);
    offered.version = version;
    offered.state = state;
    this.listener();
  }

  shift(): IteratorResult<T, undefined> | null {
    if (!this.open) return over;
    const offered = this.waiting.shift();
    if (!offered) return null;
    const value = offered.state as T;
    offered.state = null;
    if (this.options.isLast?.(value)) this.end();
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

  private of(id: string): Offered<T> {
    let offered = this.latest.get(id);
    if (!offered) {
      offered = { version: -1, state: null };
      this.latest.set(id, offered);
    }
    return offered;
  }

  private end(): void {
    this.open = false;
    this.closed(this);
  }

  next(): Promise<IteratorResult<T, undefined>> {
    const taken = this.shift();
    if (taken) return Promise.resolve(taken);
    return new Promise((resolve) => {
      this.onEvent(() => {
        this.onEvent(() => {});
        resolve(this.next());
      });
    });
  }

  async return(): Promise<typeof over> {
    this.close();
    return over;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

/** The watchers of each thing. */
export class SubscriberMap<T extends object> {
  private readonly byKey = new Map<string, Set<LatestValueQueue<T>>>();

  constructor(private readonly options: LatestValueOptions<T> = {}) {}

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
    const watcher = new LatestValueQueue<T>(this.options, (closed) => this.forget(key, closed));
    const others = this.byKey.get(key);
    if (others) others.add(watcher);
    else this.byKey.set(key, new Set([watcher]));
    return watcher;
  }

  closeAll(): void {
    for (const key of this.keys()) for (const watcher of [...this.of(key)]) watcher.close();
  }

  private forget(key: string, watcher: LatestValueQueue<T>): void {
    const watchers = this.byKey.get(key);
    watchers?.delete(watcher);
    if (watchers?.size === 0) this.byKey.delete(key);
  }
}
