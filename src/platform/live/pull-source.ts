/** Events that are taken whenever there is room for one, without a promise for each. */
export interface EventSource<T> extends AsyncIterableIterator<T, undefined> {
  /** The next event, or null while there is none; done for ever once it is over. Throws what broke it. */
  take(): IteratorResult<T, undefined> | null;
  /** Is called when `take` has something new to say. There is one listener; a new one replaces it. */
  onEvent(listener: () => void): void;
}

export const over: IteratorResult<never, undefined> = { done: true, value: undefined };

/** Whatever a subscription's resolver gave. */
export function eventSourceOf<T>(events: AsyncIterable<T>): EventSource<T> {
  return isEventSource(events) ? events : new OneAhead(events[Symbol.asyncIterator]());
}

function isEventSource<T>(events: AsyncIterable<T>): events is EventSource<T> {
  return "take" in events && "onEvent" in events;
}

/** Any iterator: the next event is asked for when somebody wants to take one, and not before. */
class OneAhead<T> implements EventSource<T> {
  private asked = false;
  private answer: (() => IteratorResult<T, undefined>) | null = null;
  private listener: () => void = () => {};

  constructor(private readonly events: AsyncIterator<T>) {}

  take(): IteratorResult<T, undefined> | null {
    const { answer } = this;
    this.answer = null;
    if (answer) return answer();
    if (!this.asked) this.ask();
    return null;
  }

  onEvent(listener: () => void): void {
    this.listener = listener;
  }

  private ask(): void {
    this.asked = true;
    this.next().then(
      (result) => this.keep(() => result),
      (error: unknown) =>
        this.keep(() => {
          throw error;
        }),
    );
  }

  private keep(answer: () => IteratorResult<T, undefined>): void {
    this.asked = false;
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
