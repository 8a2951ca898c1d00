import { createSourceEventStream, type ExecutionArgs, type ExecutionResult } from "graphql";
import type { RequestContext } from "../../platform/graphql/request-context.js";
import type { KnownExecution } from "../compiled/known-execution.js";
import { contextOfEvent } from "../context.js";

export interface SubscriptionHooks {
  format(result: ExecutionResult): ExecutionResult;
  /** Called once, however it ends. */
  ended(): void;
}

/**
 * graphql's subscribe, with a context of its own for every event, so that an event never shows what
 * a DataLoader remembers from an earlier one.
 *
 * The next event is asked for only when the last was sent, so a source that reads the state when it
 * is asked skips what a slow reader missed, and nothing piles up. Ending does not wait for the source,
 * which may be waiting for an event itself.
 */
export async function subscribePerEvent(
  args: ExecutionArgs & { execution: KnownExecution },
  hooks: SubscriptionHooks,
): Promise<AsyncGenerator<ExecutionResult> | ExecutionResult> {
  const source = await createSourceEventStream(args).catch((error: unknown) => {
    hooks.ended();
    throw error;
  });
  if (Symbol.asyncIterator in source) return new EventResults(source[Symbol.asyncIterator](), args, hooks);
  hooks.ended();
  return hooks.format(source);
}

const over: IteratorResult<ExecutionResult, undefined> = { done: true, value: undefined };

class EventResults implements AsyncGenerator<ExecutionResult, undefined> {
  private open = true;
  private endWait: (() => void) | null = null;

  constructor(
    private readonly source: AsyncIterator<unknown>,
    private readonly args: ExecutionArgs & { execution: KnownExecution },
    private readonly hooks: SubscriptionHooks,
  ) {}

  next(): Promise<IteratorResult<ExecutionResult, undefined>> {
    if (!this.open) return Promise.resolve(over);
    return new Promise((resolve, reject) => {
      this.endWait = () => resolve(over);
      this.nextResult().then(resolve, (error: unknown) => {
        reject(error);
        this.finish();
      });
    });
  }

  private async nextResult(): Promise<IteratorResult<ExecutionResult, undefined>> {
    const event = await this.source.next();
    if (!this.open) return over;
    if (event.done) {
      this.finish();
      return over;
    }
    const contextValue = contextOfEvent(this.args.contextValue as RequestContext);
    const value = await this.args.execution.run(contextValue, event.value);
    return { done: false, value: this.hooks.format(value) };
  }

  async return(): Promise<typeof over> {
    if (this.open) {
      this.finish();
      Promise.resolve()
        .then(() => this.source.return?.())
        .catch(() => {});
    }
    return over;
  }

  async throw(error: unknown): Promise<never> {
    await this.return();
    throw error;
  }

  private finish(): void {
    if (!this.open) return;
    this.open = false;
    this.endWait?.();
    this.hooks.ended();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }
}
