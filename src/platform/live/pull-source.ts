/** A source of events that is read without a promise per event. It can also be iterated. */
export interface PullSource<T> extends AsyncIterableIterator<T, undefined> {
  /** The next event, null if there is none yet, or `done`. Throws if the source failed. */
  shift(): IteratorResult<T, undefined> | null;
  /** `listener` is called when `shift` may return something new. A source has one listener, the last one set. */
  onEvent(listener: () => void): void;
}

export const done: IteratorResult<never, undefined> = { done: true, value: undefined };

export function toPullSource<T>(events: AsyncIterable<T>): PullSource<T> {
  return isPullSource(events) ? events : new IteratorSource(events[Symbol.asyncIterator]());
}

function isPullSource<T>(events: AsyncIterable<T>): events is PullSource<T> {
  return ("shift" satisfies keyof PullSource<T>) in events && "onEvent" in events;
}

/** Adapts any async iterator. Its next event is requested when it is pulled, not ahead. */
class IteratorSource<T> implements PullSource<T> {
  private requested = false;
  private arrived: (() => IteratorResult<T, undefined>) | null = null;
  private listener: () => void = () => {};

  constructor(private readonly events: AsyncIterator<T>) {}

  shift(): IteratorResult<T, undefined> | null {
    const { arrived } = this;
    this.arrived = null;
    if (arrived) return arrived();
    if (!this.requested) this.request();
    return null;
  }

  onEvent(listener: () => void): void {
    this.listener = listener;
  }

  private request(): void {
    this.requested = true;
    this.next().then(
      (result) => this.arrive(() => result),
      (error: unknown) =>
        this.arrive(() => {
          throw error;
        }),
    );
  }

  private arrive(result: () => IteratorResult<T, undefined>): void {
    this.requested = false;
    this.arrived = result;
    this.listener();
  }

  async next(): Promise<IteratorResult<T, undefined>> {
    const result = await this.events.next();
    return result.done ? done : result;
  }

  async return(): Promise<typeof done> {
    await this.events.return?.();
    return done;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
