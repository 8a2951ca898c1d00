import { AsyncResource } from "node:async_hooks";
import type { ExecutionResult } from "graphql";
import type { WebSocket } from "ws";
import { done, type PullSource } from "../../platform/live/pull-source.js";
import { SharedResult, type SharedResults } from "./execution.js";

export interface SubscriptionWriterOptions {
  socket: WebSocket;
  /** The client's id of the operation. */
  id: string;
  source: PullSource<unknown>;
  results: SharedResults;
  /** Equal for subscriptions that get the same result from an event. */
  shareKey: string;
  run(event: unknown): ExecutionResult | Promise<ExecutionResult>;
  /** Formats errors for this client. */
  format(result: ExecutionResult): ExecutionResult;
  /** Called exactly once, when the subscription ends for any reason. */
  onEnd(): void;
}

/**
 * Writes the events of a subscription directly to its socket. graphql-ws would create about ten promises
 * per event, so to graphql-ws this is a generator that yields nothing and returns when the subscription
 * ends.
 *
 * The next event is pulled only after the last one was sent. A source of states therefore skips those
 * that a slow client missed, and nothing queues up. Ending does not wait for the source, which may
 * itself be waiting for an event.
 */
export class SubscriptionWriter implements AsyncGenerator<never, undefined> {
  private readonly head: string;
  /** Events arrive in the async context of their publisher. Work on them belongs to this operation. */
  private readonly operationContext = new AsyncResource("subscription");
  private open = true;
  private sending = false;
  private end: PromiseWithResolvers<typeof done> | null = null;

  constructor(private readonly options: SubscriptionWriterOptions) {
    this.head = `{"id":${JSON.stringify(options.id)},"type":"next","payload":`;
  }

  /** The first call starts the subscription. */
  next(): Promise<typeof done> {
    if (!this.open) return Promise.resolve(done);
    if (!this.end) {
      this.end = Promise.withResolvers();
      this.start();
    }
    return this.end.promise;
  }

  private start(): void {
    try {
      this.options.source.onEvent(this.pump);
      this.pump();
    } catch (error) {
      this.fail(error);
    }
  }

  private readonly pump = (): void => {
    const { socket, source } = this.options;
    if (!this.open || this.sending || socket.readyState !== socket.OPEN) return;
    try {
      const next = source.shift();
      if (next?.done) this.finish();
      else if (next) this.deliver(next.value);
    } catch (error) {
      this.fail(error);
    }
  };

  private deliver(event: unknown): void {
    const { results, shareKey, run } = this.options;
    this.sending = true;
    const shared = this.operationContext.runInAsyncScope(results.get, results, event, shareKey, run);
    if (shared instanceof SharedResult) this.send(shared);
    else
      shared
        .then((ready) => this.send(ready))
        .catch((error: unknown) => {
          this.fail(error);
        });
  }

  private send(shared: SharedResult): void {
    const { socket, format } = this.options;
    if (!this.open || socket.readyState !== socket.OPEN) return;
    const { result } = shared;
    const payload = result.errors?.length ? JSON.stringify(format(result)) : shared.json();
    socket.send(`${this.head}${payload}}`, this.onSent);
  }

  /** Called when the message has left this process, so a client gets no more than it reads. */
  private readonly onSent = (error?: Error | null): void => {
    if (error) return; // The socket is closing, which ends the subscription.
    this.sending = false;
    this.pump();
  };

  async return(): Promise<typeof done> {
    this.finish();
    return done;
  }

  async throw(error: unknown): Promise<never> {
    this.finish();
    throw error;
  }

  private fail(error: unknown): void {
    this.end?.reject(error);
    this.finish();
  }

  private finish(): void {
    if (!this.open) return;
    this.open = false;
    this.end?.resolve(done);
    this.options.onEnd();
    Promise.resolve()
      .then(() => this.options.source.return?.())
      .catch(() => {});
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.finish();
  }
}
