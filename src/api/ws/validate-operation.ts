import {
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  execute,
  GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  parse,
  specifiedRules,
  type ValidationRule,
  validate,
} from "graphql";
import type { SubscribePayload } from "graphql-ws";
import type { ErrorCode } from "../../platform/base/app-error.js";
import type { RequestContext } from "../../platform/graphql/request-context.js";
import type { RequestInfo } from "../../platform/observability/request-info.js";
import { documentRules, validationOptions } from "../graphql/documents/document-limits.js";
import type { DocumentResolver } from "../graphql/documents/document-resolver.js";
import type { Run } from "../graphql/operations/compile.js";
import { type CachedOperation, OperationCache } from "../graphql/operations/operation-cache.js";
import { runOperation } from "../graphql/operations/run-operation.js";
import type { ApiLimits } from "../limits.js";

/** Resolves, parses, validates and prices operations from WebSockets, as Apollo does for HTTP. */
export class OperationValidator {
  private readonly rules: ValidationRule[];
  private readonly options: ReturnType<typeof validationOptions>;

  constructor(
    private readonly schema: GraphQLSchema,
    private readonly documents: DocumentResolver,
    private readonly operations: OperationCache,
    private readonly limits: ApiLimits,
    introspection: boolean,
  ) {
    this.rules = [...specifiedRules, ...documentRules(limits, introspection)];
    this.options = validationOptions(introspection);
  }

  /** Throws one GraphQLError, or an array of them. */
  async validate(
    payload: SubscribePayload,
    info: RequestInfo,
    caller: string,
  ): Promise<ExecutionArgs & { execution: Execution }> {
    const { variables } = payload;
    const operationName = payload.operationName || null;
    const request = { ...payload };
    const document = this.document((await this.documents.resolve(request, async () => true)) ?? "");
    await this.documents.register(request, async () => caller);
    const operation = getOperationAST(document, operationName);
    if (!operation)
      throw withCode(new GraphQLError("The document does not say which operation to run."), "BAD_REQUEST");
    const cached = this.operations.of(document, operation);
    info.operation = cached.label;
    cached.checkCost(variables);
    const args = { schema: this.schema, document, operationName, variableValues: variables };
    return { ...args, execution: new Execution(cached, args) };
  }

  private document(text: string): DocumentNode {
    const key = OperationCache.keyOf(text);
    const cached = this.operations.find(key);
    if (cached) return cached;
    const document = this.parse(text);
    const errors = validate(this.schema, document, this.rules, this.options);
    if (errors.length > 0) throw errors.map((error) => withCode(error, "GRAPHQL_VALIDATION_FAILED"));
    this.operations.add(key, document);
    return document;
  }

  private parse(query: string): DocumentNode {
    try {
      return parse(query, { maxTokens: this.limits.documentTokensMax });
    } catch (error) {
      throw withCode(error as GraphQLError, "GRAPHQL_PARSE_FAILED");
    }
  }
}

/** Runs an operation: a query or mutation once, a subscription for every event. */
export class Execution {
  private readonly compiled: Run | null;

  constructor(
    private readonly operation: CachedOperation,
    private readonly args: ExecutionArgs,
  ) {
    this.compiled = operation.bind(args.variableValues);
  }

  /** Equal for subscriptions that get the same result from an event. */
  shareKey({ viewer, language }: RequestContext): string {
    const { variableValues } = this.args;
    return JSON.stringify([this.operation.id, viewer?.userId ?? null, language, variableValues ?? null]);
  }

  /** `rootValue` is a subscription's event. */
  run(contextValue: RequestContext, rootValue?: unknown): ExecutionResult | Promise<ExecutionResult> {
    const args = { ...this.args, contextValue, rootValue };
    if (this.compiled) return runOperation(this.operation, this.compiled, args);
    return execute(args) as ExecutionResult | Promise<ExecutionResult>;
  }
}

function withCode(error: GraphQLError, code: ErrorCode): GraphQLError {
  const { nodes, source, positions, originalError } = error;
  return new GraphQLError(error.message, { nodes, source, positions, originalError, extensions: { code } });
}
