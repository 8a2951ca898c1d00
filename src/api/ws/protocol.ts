import {
  createSourceEventStream,
  type ExecutionArgs,
  type ExecutionResult,
  type FormattedExecutionResult,
  GraphQLError,
} from "graphql";
import type { Context, ServerOptions, SubscribePayload } from "graphql-ws";
import { Unauthenticated } from "../../platform/base/common-errors.js";
import { languageFrom } from "../../platform/base/language.js";
import type { RequestContext } from "../../platform/graphql/request-context.js";
import { newUuid } from "../../platform/ids/ids.js";
import { type PullSource, toPullSource } from "../../platform/live/pull-source.js";
import {
  currentRequest,
  newRequestInfo,
  type RequestInfo,
} from "../../platform/observability/request-info.js";
import { BadRequest } from "../api.errors.js";
import { bearerToken, contextOfEvent, newContext } from "../http/context.js";
import { operationSpan } from "../http/request-tracing.js";
import { closeCodes } from "./close-codes.js";
import type { Connection } from "./connection.js";
import { ConnectionInit } from "./connection-init.js";
import type { Connections } from "./connections.js";
import { SharedResults } from "./shared-results.js";
import type { SocketParts } from "./socket-parts.js";
import { SubscriptionWriter } from "./subscription-writer.js";
import { type Execution, OperationValidator } from "./validate-operation.js";

export interface Extra extends Record<PropertyKey, unknown> {
  connection: Connection;
}

type Init = Record<string, unknown>;

/** One operation, from its subscribe message to its last result. */
interface OperationArgs extends ExecutionArgs {
  id: string;
  contextValue: RequestContext;
  execution: Execution;
  connection: Connection;
  payload: SubscribePayload;
  info: RequestInfo;
  startedAt: number;
}

/** Our answers to the messages of graphql-transport-ws. */
export class SocketProtocol {
  private readonly requests = new WeakMap<SubscribePayload, RequestInfo>();
  private readonly checks: OperationValidator;
  private readonly answers = new SharedResults();

  constructor(
    private readonly parts: SocketParts,
    private readonly connections: Connections,
  ) {
    this.checks = new OperationValidator(
      parts.schema,
      parts.documents,
      parts.operations,
      parts.limits,
      parts.introspection,
    );
  }

  options(): ServerOptions<Init, Extra> {
    return {
      connectionInitWaitTimeout: this.parts.limits.connectionInitMs,
      onConnect: (context) => this.connect(context),
      onSubscribe: ({ extra }, id, payload) => this.begin(extra.connection, id, payload),
      execute: (args) => within(args as OperationArgs, (operation) => this.run(operation)),
      subscribe: (args) => within(args as OperationArgs, (operation) => this.subscribe(operation)),
      // Results are formatted where they are made; the library would format them its own way.
      onNext: (_context, _id, _payload, _args, result) => result as FormattedExecutionResult,
      onError: ({ extra }, _id, payload, errors) => {
        const info = this.requests.get(payload) ?? newRequestInfo(newUuid(), extra.connection.language);
        return errors.map((error) => this.parts.formatter.format(error, info));
      },
      onComplete: ({ extra }, _id, payload) => {
        extra.connection.unanswered.delete(payload);
      },
    };
  }

  private async connect({
    extra: { connection },
    connectionParams = {},
  }: Context<Init, Extra>): Promise<boolean> {
    const init = new ConnectionInit(connectionParams);
    connection.language = languageFrom(init.language ?? connection.origin.acceptLanguage);
    const token = bearerToken(init.authorization);
    if (token === "") return false;
    if (token !== null) {
      try {
        connection.session = await this.parts.authenticate(token);
      } catch (error) {
        if (!(error instanceof Unauthenticated)) throw error;
        if (error.expiredSessionId !== undefined) connection.close(closeCodes.tokenExpired);
        return false;
      }
    }
    return this.admit(connection);
  }

  private admit(connection: Connection): boolean {
    const admitted = this.connections.admit(connection);
    if (!admitted) connection.close(closeCodes.tryAgainLater);
    else if (connection.session) connection.closeAt(connection.session.expiresAt, this.parts.clock.now());
    return admitted;
  }

  private async begin(
    connection: Connection,
    id: string,
    payload: SubscribePayload,
  ): Promise<OperationArgs | GraphQLError[]> {
    const info = newRequestInfo(newUuid(), connection.language);
    this.requests.set(payload, info);
    connection.unanswered.add(payload);
    try {
      await this.parts.rateLimit.take(connection.caller);
      const args = await this.checks.prepare(payload, info, connection.caller);
      if (connection.closing) throw new BadRequest("This socket is closing.", "该连接正在关闭。");
      const contextValue = newContext(connection.session, { language: info.language, ...connection.origin });
      return { ...args, id, contextValue, connection, payload, info, startedAt: performance.now() };
    } catch (refusal) {
      connection.unanswered.delete(payload);
      return (Array.isArray(refusal) ? refusal : [refusal]).map(asGraphqlError);
    }
  }

  private async run(args: OperationArgs): Promise<ExecutionResult> {
    let end: (() => void) | undefined;
    try {
      end = this.connections.beginOperation(args.connection.caller);
      return this.told(args, await args.execution.answer(args.contextValue));
    } catch (error) {
      return this.told(args, { errors: [asGraphqlError(error)] });
    } finally {
      end?.();
    }
  }

  private async subscribe(args: OperationArgs): Promise<SubscriptionWriter | ExecutionResult> {
    let end: (() => void) | undefined;
    try {
      end = this.connections.beginOperation(args.connection.caller);
      const events = await createSourceEventStream(args);
      if (!(Symbol.asyncIterator in events)) {
        end();
        return this.told(args, events);
      }
      return this.deliver(args, toPullSource(events), end);
    } catch (error) {
      end?.();
      return this.told(args, { errors: [asGraphqlError(error)] });
    } finally {
      args.connection.unanswered.delete(args.payload);
    }
  }

  /** Whatever fails on the way, the source does not stay open. */
  private deliver(args: OperationArgs, source: PullSource<unknown>, end: () => void): SubscriptionWriter {
    const { execution, contextValue, id, connection } = args;
    const { activeSubscriptions } = this.parts.metrics;
    try {
      const deliveries = new SubscriptionWriter({
        socket: connection.socket,
        id,
        source,
        answers: this.answers,
        shareKey: execution.audience(contextValue),
        run: (event) => execution.answer(contextOfEvent(contextValue), event),
        format: (result) => this.format(args, result),
        ended: () => {
          end();
          activeSubscriptions.dec();
        },
      });
      this.log(args);
      activeSubscriptions.inc();
      return deliveries;
    } catch (error) {
      source.return?.().catch(() => {});
      throw error;
    }
  }

  private told(args: OperationArgs, result: ExecutionResult): ExecutionResult {
    const formatted = this.format(args, result);
    this.log(args);
    return formatted;
  }

  private format({ info }: OperationArgs, { errors, ...result }: ExecutionResult): ExecutionResult {
    if (!errors) return result;
    const told = errors.map((error) => this.parts.formatter.format(error, info));
    return { errors: told, ...result } as FormattedExecutionResult as ExecutionResult;
  }

  private log({ info, startedAt }: OperationArgs): void {
    this.parts.report(info, performance.now() - startedAt);
  }
}

/** What is logged and traced meanwhile belongs to this operation. */
function within<T>(args: OperationArgs, act: (args: OperationArgs) => Promise<T>): Promise<T> {
  return currentRequest.run(args.info, () => operationSpan(args.info, "server", () => act(args)));
}

function asGraphqlError(error: unknown): GraphQLError {
  if (error instanceof GraphQLError) return error;
  const originalError = error instanceof Error ? error : new Error(String(error));
  return new GraphQLError(originalError.message, { originalError });
}
