import { type EventSource, over } from "./event-source.js";

interface LatestOptions<T> {
  /** Whether nothing comes after this state: whoever has taken it has taken all. */
  isLast?(state: T): boolean;
}

/**
 * What one watcher has yet to be told: of each thing its latest state only. A slow watcher skips
 * states and never piles them up.
 */
export class Latest<T> implements EventSource<T> {
  private readonly waiting = new Map<string, T>();
  private readonly versions = new Map<string, number>();
  private listener: () => void = () => {};
  private open = true;

  constructor(
    private readonly options: LatestOptions<T>,
    private readonly closed: (watcher: Latest<T>) => void,
  ) {}

  /** Takes what was known before the watching began as told. */
  assume(id: string, version: number): void {
    this.versions.set(id, Math.max(version, this.versions.get(id) ?? 0));
  }

  /** Of this thing, the version that was offered last; -1 if none was. */
  versionOf(id: string): number {
    return this.versions.get(id) ?? -1;
  }

  /** What is no newer than what was offered before is dropped. */
  offer(id: string, version: number, state: T): void {
    if (!this.open || version <= this.versionOf(id)) return;
    this.versions.set(id, version);
    this.waiting.set(id, state);
    this.listener();
  }

  take(): IteratorResult<T, undefined> | null {
    if (!this.open) return over;
    for (const [id, value] of this.waiting) {
      this.waiting.delete(id);
      if (this.options.isLast?.(value)) this.end();
      return { done: false, value };
    }
    return null;
  }

  onEvent(listener: () => void): void {
    this.listener = listener;
  }

  close(): void {
    if (!this.open) return;
    this.end();
    this.listener();
  }

  private end(): void {
    this.open = false;
    this.closed(this);
  }

  next(): Promise<IteratorResult<T, undefined>> {
    const taken = this.take();
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
export class Watchers<T> {
  private readonly byKey = new Map<string, Set<Latest<T>>>();

  constructor(private readonly options: LatestOptions<T> = {}) {}

  keys(): string[] {
    return [...this.byKey.keys()];
  }

  has(key: string): boolean {
    return this.byKey.has(key);
  }

  of(key: string): Iterable<Latest<T>> {
    return this.byKey.get(key) ?? [];
  }

  open(key: string): Latest<T> {
    const watcher = new Latest<T>(this.options, (closed) => this.forget(key, closed));
    const others = this.byKey.get(key);
    if (others) others.add(watcher);
    else this.byKey.set(key, new Set([watcher]));
    return watcher;
  }

  closeAll(): void {
    for (const key of this.keys()) for (const watcher of [...this.of(key)]) watcher.close();
  }

  private forget(key: string, watcher: Latest<T>): void {
    const watchers = this.byKey.get(key);
    watchers?.delete(watcher);
    if (watchers?.size === 0) this.byKey.delete(key);
  }
}
