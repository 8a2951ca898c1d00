import { createSourceEventStream, type ExecutionArgs, type ExecutionResult, GraphQLError } from "graphql";
import type { SubscribePayload } from "graphql-ws";
import type { RequestContext } from "../../platform/graphql/request-context.js";
import { newUuid } from "../../platform/ids/ids.js";
import { type PullSource, toPullSource } from "../../platform/live/pull-source.js";
import type { Metrics } from "../../platform/metrics/metrics.js";
import { newRequestInfo, type RequestInfo } from "../../platform/observability/request-info.js";
import { BadRequest } from "../api.errors.js";
import { contextOfEvent, toContext } from "../http/context.js";
import type { ErrorFormatter } from "../http/format-error.js";
import type { RateLimit } from "../http/rate-limit.js";
import type { Connection } from "./connection.js";
import type { Connections } from "./connections.js";
import { type Execution, SharedResults } from "./execution.js";
import { SubscriptionWriter } from "./subscription-writer.js";
import { OperationValidator, type ValidatorOptions } from "./validate-operation.js";

export interface OperationRunnerOptions extends ValidatorOptions {
  rateLimit: RateLimit;
  formatter: ErrorFormatter;
  metrics: Metrics;
  /** Logs and measures an operation. */
  report(info: RequestInfo, durationMs: number): void;
}

/** One operation, from its subscribe message to its last result. */
export interface Operation extends ExecutionArgs {
  id: string;
  contextValue: RequestContext;
  execution: Execution;
  connection: Connection;
  payload: SubscribePayload;
  info: RequestInfo;
  startedAt: number;
}

/** Admits and runs the operations of all sockets. */
export class OperationRunner {
  private readonly requests = new WeakMap<SubscribePayload, RequestInfo>();
  private readonly validator: OperationValidator;
  private readonly results = new SharedResults();

  constructor(
    private readonly options: OperationRunnerOptions,
    private readonly connections: Connections,
  ) {
    this.validator = new OperationValidator(options);
  }

  /** Checks the rate limit and validates. Returns the errors of a rejected operation. */
  async prepare(
    connection: Connection,
    id: string,
    payload: SubscribePayload,
  ): Promise<Operation | GraphQLError[]> {
    const info = newRequestInfo(newUuid(), connection.language);
    this.requests.set(payload, info);
    connection.pending.add(payload);
    try {
      await this.options.rateLimit.take(connection.caller);
      const args = await this.validator.validate(payload, info, connection.caller);
      if (connection.closing) throw new BadRequest("This socket is closing.", "该连接正在关闭。");
      const contextValue = toContext(connection.session, { language: info.language, ...connection.origin });
      return { ...args, id, contextValue, connection, payload, info, startedAt: performance.now() };
    } catch (rejection) {
      connection.pending.delete(payload);
      return (Array.isArray(rejection) ? rejection : [rejection]).map(toGraphqlError);
    }
  }

  /** The operation stays pending until graphql-ws calls `onComplete` (protocol.ts). */
  async execute(operation: Operation): Promise<ExecutionResult> {
    let end: (() => void) | undefined;
    try {
      end = this.connections.beginOperation(operation.connection.caller);
      return this.finish(operation, await operation.execution.run(operation.contextValue));
    } catch (error) {
      return this.finish(operation, { errors: [toGraphqlError(error)] });
    } finally {
      end?.();
    }
  }

  async subscribe(operation: Operation): Promise<SubscriptionWriter | ExecutionResult> {
    let end: (() => void) | undefined;
    try {
      end = this.connections.beginOperation(operation.connection.caller);
      const events = await createSourceEventStream(operation);
      if (!(Symbol.asyncIterator in events)) {
        end();
        return this.finish(operation, events);
      }
      return this.write(operation, toPullSource(events), end);
    } catch (error) {
      end?.();
      return this.finish(operation, { errors: [toGraphqlError(error)] });
    } finally {
      operation.connection.pending.delete(operation.payload);
    }
  }

  /** Formats errors of an operation that did not start. */
  formatErrors(connection: Connection, payload: SubscribePayload, errors: readonly GraphQLError[]) {
    const info = this.requests.get(payload) ?? newRequestInfo(newUuid(), connection.language);
    return errors.map((error) => this.options.formatter.format(error, info));
  }

  /** Closes the source if anything fails on the way. */
  private write(operation: Operation, source: PullSource<unknown>, end: () => void): SubscriptionWriter {
    const { execution, contextValue, id, connection } = operation;
    const { activeSubscriptions } = this.options.metrics;
    try {
      const writer = new SubscriptionWriter({
        socket: connection.socket,
        id,
        source,
        results: this.results,
        shareKey: execution.shareKey(contextValue),
        run: (event) => execution.run(contextOfEvent(contextValue), event),
        format: (result) => this.format(operation, result),
        onEnd: () => {
          end();
          activeSubscriptions.dec();
        },
      });
      this.report(operation);
      activeSubscriptions.inc();
      return writer;
    } catch (error) {
      source.return?.().catch(() => {});
      throw error;
    }
  }

  private finish(operation: Operation, result: ExecutionResult): ExecutionResult {
    const formatted = this.format(operation, result);
    this.report(operation);
    return formatted;
  }

  private format({ info }: Operation, result: ExecutionResult): ExecutionResult {
    return this.options.formatter.formatResult(result, info) as ExecutionResult;
  }

  private report({ info, startedAt }: Operation): void {
    this.options.report(info, performance.now() - startedAt);
  }
}

function toGraphqlError(error: unknown): GraphQLError {
  if (error instanceof GraphQLError) return error;
  const originalError = error instanceof Error ? error : new Error(String(error));
  return new GraphQLError(originalError.message, { originalError });
}
