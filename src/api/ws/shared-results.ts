import type { ExecutionResult } from "graphql";

/** The result of an operation for one event. */
export class SharedResult {
  private text: string | null = null;

  constructor(readonly result: ExecutionResult) {}

  /** Serialized once for all subscriptions that share the result. */
  json(): string {
    this.text ??= JSON.stringify(this.result);
    return this.text;
  }
}

type MaybePromise<T> = T | Promise<T>;

/**
 * An event is delivered to all its subscribers in one tick. Subscriptions with the same share key
 * (operation, variables, user and language) share one result, which is dropped at the end of the tick.
 */
export class SharedResults {
  private event: object | null = null;
  private byShareKey = new Map<string, MaybePromise<SharedResult>>();

  /** Events that are not objects have no identity, so their results are not shared. */
  get(
    event: unknown,
    shareKey: string,
    run: (event: unknown) => MaybePromise<ExecutionResult>,
  ): MaybePromise<SharedResult> {
    if (typeof event !== "object" || event === null) return toSharedResult(run(event));
    if (event !== this.event) this.beginEvent(event);
    const shared = this.byShareKey.get(shareKey);
    if (shared) return shared;
    const result = toSharedResult(run(event));
    this.byShareKey.set(shareKey, result);
    return result;
  }

  private beginEvent(event: object): void {
    if (this.event === null) queueMicrotask(() => this.clear());
    this.event = event;
    this.byShareKey = new Map();
  }

  private clear(): void {
    this.event = null;
    this.byShareKey = new Map();
  }
}

function toSharedResult(result: MaybePromise<ExecutionResult>): MaybePromise<SharedResult> {
  return result instanceof Promise ? result.then((done) => new SharedResult(done)) : new SharedResult(result);
}
