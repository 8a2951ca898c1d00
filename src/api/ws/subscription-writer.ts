import { AsyncResource } from "node:async_hooks";
import type { ExecutionResult } from "graphql";
import type { WebSocket } from "ws";
import { over, type PullSource } from "../../platform/live/pull-source.js";
import { SharedResult, type SharedResults } from "./shared-results.js";

export interface SubscriptionWriterOptions {
  socket: WebSocket;
  /** The client's name for the operation. */
  id: string;
  source: PullSource<unknown>;
  answers: SharedResults;
  /** The same for all subscriptions that see the same in one event. */
  shareKey: string;
  run(event: unknown): ExecutionResult | Promise<ExecutionResult>;
  /** Errors as this client is told them. */
  format(result: ExecutionResult): ExecutionResult;
  /** Called once, however it ends. */
  ended(): void;
}

/**
 * Sends each event of a subscription straight to its socket. To graphql-ws, which would spend some ten
 * promises on each, it is a generator that yields nothing and is done when the subscription is.
 *
 * The next event is taken only when the last was sent, so a source that reads the state when it is
 * asked skips what a slow reader missed, and nothing piles up. Ending does not wait for the source,
 * which may be waiting for an event itself.
 */
export class SubscriptionWriter implements AsyncGenerator<never, undefined> {
  private readonly head: string;
  /** Whoever tells of an event is doing something of their own: what it begins belongs to this operation. */
  private readonly ownContext = new AsyncResource("subscription");
  private open = true;
  private sending = false;
  private end: PromiseWithResolvers<typeof over> | null = null;

  constructor(private readonly parts: SubscriptionWriterOptions) {
    this.head = `{"id":${JSON.stringify(parts.id)},"type":"next","payload":`;
  }

  /** Begins when it is first asked. */
  next(): Promise<typeof over> {
    if (!this.open) return Promise.resolve(over);
    if (!this.end) {
      this.end = Promise.withResolvers();
      this.begin();
    }
    return this.end.promise;
  }

  private begin(): void {
    try {
      this.parts.source.onEvent(this.pump);
      this.pump();
    } catch (error) {
      this.fail(error);
    }
  }

  private readonly pump = (): void => {
    const { socket } = this.parts;
    if (!this.open || this.sending || socket.readyState !== socket.OPEN) return;
    try {
      const taken = this.parts.source.shift();
      if (taken?.done) this.finish();
      else if (taken) this.deliver(taken.value);
    } catch (error) {
      this.fail(error);
    }
  };

  private deliver(event: unknown): void {
    const { answers, shareKey: audience, run } = this.parts;
    this.sending = true;
    const answer = this.ownContext.runInAsyncScope(answers.of, answers, event, audience, run);
    if (answer instanceof SharedResult) this.send(answer);
    else
      answer
        .then((ready) => this.send(ready))
        .catch((error: unknown) => {
          this.fail(error);
        });
  }

  private send(answer: SharedResult): void {
    const { socket, format } = this.parts;
    if (!this.open || socket.readyState !== socket.OPEN) return;
    const { result } = answer;
    const payload = result.errors?.length ? JSON.stringify(format(result)) : answer.written();
    socket.send(`${this.head}${payload}}`, this.onSent);
  }

  /** It has left this process, so that nobody is sent more than they read. */
  private readonly onSent = (error?: Error | null): void => {
    if (error) return; // The socket is closing, and that ends the subscription.
    this.sending = false;
    this.pump();
  };

  async return(): Promise<typeof over> {
    this.finish();
    return over;
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
    this.end?.resolve(over);
    this.parts.ended();
    Promise.resolve()
      .then(() => this.parts.source.return?.())
      .catch(() => {});
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.finish();
  }
}
