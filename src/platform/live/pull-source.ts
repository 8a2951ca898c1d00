/** Events that are taken whenever there is room for one, without a promise for each. */
export interface PullSource<T> extends AsyncIterableIterator<T, undefined> {
  /** The next event, or null while there is none; done for ever once it is over. Throws what broke it. */
  shift(): IteratorResult<T, undefined> | null;
  /** Is called when `shift` has something new to say. There is one listener; a new one replaces it. */
  onEvent(listener: () => void): void;
}

export const over: IteratorResult<never, undefined> = { done: true, value: undefined };

/** Whatever a subscription's resolver gave. */
export function toPullSource<T>(events: AsyncIterable<T>): PullSource<T> {
  return isPullSource(events) ? events : new IteratorSource(events[Symbol.asyncIterator]());
}

function isPullSource<T>(events: AsyncIterable<T>): events is PullSource<T> {
  return ("shift" satisfies keyof PullSource<T>) in events && "onEvent" in events;
}

/** Any iterator: the next event is asked for when somebody wants to take one, and not before. */
class IteratorSource<T> implements PullSource<T> {
  private pending = false;
  private answer: (() => IteratorResult<T, undefined>) | null = null;
  private listener: () => void = () => {};

  constructor(private readonly events: AsyncIterator<T>) {}

  shift(): IteratorResult<T, undefined> | null {
    const { answer } = this;
    this.answer = null;
    if (answer) return answer();
    if (!this.pending) this.pull();
    return null;
  }

  onEvent(listener: () => void): void {
    this.listener = listener;
  }

  private pull(): void {
    this.pending = true;
    this.next().then(
      (result) => this.store(() => result),
      (error: unknown) =>
        this.store(() => {
          throw error;
        }),
    );
  }

  private store(answer: () => IteratorResult<T, undefined>): void {
    this.pending = false;
    this.answer = answer;
    this.listener();
  }

  async next(): Promise<IteratorResult<T, undefined>> {
    const result = await this.events.next();
    return result.done ? over : result;
  }

  async return(): Promise<typeof over> {
    await this.events.return?.();
    return over;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
