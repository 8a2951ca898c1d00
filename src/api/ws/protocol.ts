import type { ExecutionArgs, FormattedExecutionResult } from "graphql";
import type { Context, ServerOptions } from "graphql-ws";
import type { Clock } from "../../platform/base/clock.js";
import { Unauthenticated } from "../../platform/base/common-errors.js";
import { languageFrom } from "../../platform/base/language.js";
import { currentRequest } from "../../platform/observability/request-info.js";
import { type Authenticate, bearerToken } from "../http/context.js";
import { operationSpan } from "../http/request-tracing.js";
import { closeCodes } from "./close-codes.js";
import type { Connection } from "./connection.js";
import type { Connections } from "./connections.js";
import { type Operation, OperationRunner, type OperationRunnerOptions } from "./operation-runner.js";

export interface ProtocolOptions extends OperationRunnerOptions {
  authenticate: Authenticate;
  clock: Clock;
}

export interface Extra extends Record<PropertyKey, unknown> {
  connection: Connection;
}

type Init = Readonly<Record<string, unknown>>;

/** The hooks of graphql-ws: what each message of graphql-transport-ws causes. */
export class SocketProtocol {
  private readonly runner: OperationRunner;

  constructor(
    private readonly options: ProtocolOptions,
    private readonly connections: Connections,
  ) {
    this.runner = new OperationRunner(options, connections);
  }

  hooks(): ServerOptions<Init, Extra> {
    return {
      connectionInitWaitTimeout: this.options.limits.connectionInitMs,
      onConnect: (context) => this.connect(context),
      onSubscribe: ({ extra }, id, payload) => this.runner.prepare(extra.connection, id, payload),
      execute: (args) => inContext(args, (operation) => this.runner.execute(operation)),
      subscribe: (args) => inContext(args, (operation) => this.runner.subscribe(operation)),
      // The runner has formatted its results. Without this hook graphql-ws would format them again.
      onNext: (_context, _id, _payload, _args, result) => result as FormattedExecutionResult,
      onError: ({ extra }, _id, payload, errors) =>
        this.runner.formatErrors(extra.connection, payload, errors),
      onComplete: ({ extra }, _id, payload) => {
        extra.connection.pending.delete(payload);
      },
    };
  }

  private async connect({
    extra: { connection },
    connectionParams = {},
  }: Context<Init, Extra>): Promise<boolean> {
    const init = readConnectionInit(connectionParams);
    connection.language = languageFrom(init.language ?? connection.origin.acceptLanguage);
    const token = bearerToken(init.authorization);
    if (token === "") return false;
    if (token !== null) {
      try {
        connection.session = await this.options.authenticate(token);
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
    else if (connection.session) connection.closeAt(connection.session.expiresAt, this.options.clock.now());
    return admitted;
  }
}

/**
 * Reads the payload of connection_init. Browsers cannot set headers on a WebSocket, so clients send them
 * here: in upper or lower case, directly or in an object `headers`. `authorization` is unchecked: the caller
 * rejects everything but a Bearer token.
 */
function readConnectionInit(payload: Init): { authorization: unknown; language: string | undefined } {
  const { headers } = payload;
  const inner = typeof headers === "object" && headers !== null ? (headers as Init) : {};
  const find = (name: string) => findKey(payload, name) || findKey(inner, name);
  const languages = ["acceptLanguage", "accept-language", "language"].map(find);
  return {
    authorization: find("authorization"),
    language: languages.find((language) => typeof language === "string"),
  };
}

function findKey(record: Init, name: string): unknown {
  const key = Object.keys(record).find((each) => each.toLowerCase() === name.toLowerCase());
  return key === undefined ? undefined : record[key];
}

/**
 * Runs an operation that `prepare` returned: graphql-ws hands it back as its ExecutionArgs. Log lines and
 * traces carry its request id.
 */
function inContext<T>(args: ExecutionArgs, run: (operation: Operation) => Promise<T>): Promise<T> {
  const operation = args as Operation;
  return currentRequest.run(operation.info, () =>
    operationSpan(operation.info, "server", () => run(operation)),
  );
}
