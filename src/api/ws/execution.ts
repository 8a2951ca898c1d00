import { type ExecutionArgs, type ExecutionResult, execute } from "graphql";
import type { RequestContext } from "../../platform/graphql/request-context.js";
import type { Run } from "../graphql/operations/compile.js";
import type { CachedOperation } from "../graphql/operations/operation-cache.js";
import { runOperation } from "../graphql/operations/run-operation.js";

type MaybePromise<T> = T | Promise<T>;

/** Runs an operation: a query or mutation once, a subscription for every event. */
export class Execution {
  private readonly compiled: Run | null;

  constructor(
    private readonly operation: CachedOperation,
    private readonly args: ExecutionArgs,
  ) {
    this.compiled = operation.bind(args.variableValues);
  }

  /** Equal for subscriptions that get the same result from an event (`SharedResults`). */
  shareKey({ viewer, language }: RequestContext): string {
    const { variableValues } = this.args;
    return JSON.stringify([this.operation.id, viewer?.userId ?? null, language, variableValues ?? null]);
  }

  /** `rootValue` is a subscription's event. */
  run(contextValue: RequestContext, rootValue?: unknown): MaybePromise<ExecutionResult> {
    const args = { ...this.args, contextValue, rootValue };
    if (this.compiled) return runOperation(this.operation, this.compiled, args);
    return execute(args) as MaybePromise<ExecutionResult>;
  }
}

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
