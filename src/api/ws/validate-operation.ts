import {
  type DocumentNode,
  type ExecutionArgs,
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
import type { RequestInfo } from "../../platform/observability/request-info.js";
import { documentRules, validationOptions } from "../graphql/documents/document-limits.js";
import type { DocumentResolver } from "../graphql/documents/document-resolver.js";
import { OperationCache } from "../graphql/operations/operation-cache.js";
import type { ApiLimits } from "../limits.js";
import { Execution } from "./execution.js";

export interface ValidatorOptions {
  schema: GraphQLSchema;
  documents: DocumentResolver;
  operations: OperationCache;
  limits: ApiLimits;
  introspection: boolean;
}

/** Resolves, parses, validates and prices operations from WebSockets, as Apollo does for HTTP. */
export class OperationValidator {
  private readonly rules: ValidationRule[];

  constructor(private readonly options: ValidatorOptions) {
    this.rules = [...specifiedRules, ...documentRules(options.limits, options.introspection)];
  }

  /** Throws one GraphQLError, or an array of them. */
  async validate(
    payload: SubscribePayload,
    info: RequestInfo,
    caller: string,
  ): Promise<ExecutionArgs & { execution: Execution }> {
    const { schema, documents, operations } = this.options;
    const { variables } = payload;
    const operationName = payload.operationName || null;
    const request = { ...payload };
    const document = await this.document((await documents.resolve(request, async () => true)) ?? "");
    await documents.register(request, async () => caller);
    const operation = getOperationAST(document, operationName);
    if (!operation)
      throw withCode(new GraphQLError("The document does not say which operation to run."), "BAD_REQUEST");
    const cached = operations.of(document, operation);
    info.operation = cached.label;
    cached.checkCost(variables);
    const args = { schema, document, operationName, variableValues: variables };
    return { ...args, execution: new Execution(cached, args) };
  }

  private async document(text: string): Promise<DocumentNode> {
    const { schema, operations, introspection } = this.options;
    const key = OperationCache.keyOf(text);
    const cached = await operations.get(key);
    if (cached) return cached;
    const document = this.parse(text);
    const errors = validate(schema, document, this.rules, validationOptions(introspection));
    if (errors.length > 0) throw errors.map((error) => withCode(error, "GRAPHQL_VALIDATION_FAILED"));
    await operations.set(key, document);
    return document;
  }

  private parse(query: string): DocumentNode {
    try {
      return parse(query, { maxTokens: this.options.limits.documentTokensMax });
    } catch (error) {
      throw withCode(error as GraphQLError, "GRAPHQL_PARSE_FAILED");
    }
  }
}

function withCode(error: GraphQLError, code: ErrorCode): GraphQLError {
  const { nodes, source, positions, originalError } = error;
  return new GraphQLError(error.message, { nodes, source, positions, originalError, extensions: { code } });
}
