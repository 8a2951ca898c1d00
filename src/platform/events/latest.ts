/**
 * What one watcher has yet to be told: of each thing its latest state only. A slow watcher skips
 * states and never piles them up.
 */
export class Latest<T> {
  private readonly waiting = new Map<string, T>();
  private readonly versions = new Map<string, number>();
  private wake: (() => void) | null = null;
  private closed = false;

  /** Takes what was known before the watching began as told. */
  assume(id: string, version: number): void {
    this.versions.set(id, Math.max(version, this.versions.get(id) ?? 0));
  }

  /** What is no newer than what was offered before is dropped. */
  offer(id: string, version: number, state: T): void {
    if (this.closed || version <= (this.versions.get(id) ?? -1)) return;
    this.versions.set(id, version);
    this.waiting.set(id, state);
    this.wake?.();
  }

  close(): void {
    this.closed = true;
    this.wake?.();
  }

  /** Null when it is closed. */
  async next(): Promise<T | null> {
    while (this.waiting.size === 0 && !this.closed) {
      await new Promise<void>((wake) => {
        this.wake = wake;
      });
    }
    if (this.closed) return null;
    const [id, state] = this.waiting.entries().next().value as [string, T];
    this.waiting.delete(id);
    return state;
  }
}

/**
 * A generator that can be ended while it waits: by itself, one that waits for an event that never
 * comes would outlive its client.
 */
export function endable<T>(generator: AsyncGenerator<T>, end: () => void): AsyncIterableIterator<T> {
  return {
    next: () => generator.next(),
    return: () => {
      end();
      return generator.return(undefined);
    },
    throw: (error: unknown) => {
      end();
      return generator.throw(error);
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

/** The watchers of each thing. */
export class Watchers<T> {
  private readonly byKey = new Map<string, Set<Latest<T>>>();

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
    const watcher = new Latest<T>();
    const others = this.byKey.get(key);
    if (others) others.add(watcher);
    else this.byKey.set(key, new Set([watcher]));
    return watcher;
  }

  close(key: string, watcher: Latest<T>): void {
    watcher.close();
    const watchers = this.byKey.get(key);
    watchers?.delete(watcher);
    if (watchers?.size === 0) this.byKey.delete(key);
  }

  closeAll(): void {
    for (const key of this.keys()) for (const watcher of [...this.of(key)]) this.close(key, watcher);
  }
}
