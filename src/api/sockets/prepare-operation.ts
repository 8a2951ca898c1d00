import {
  type DocumentNode,
  type ExecutionArgs,
  GraphQLError,
  type GraphQLSchema,
  parse,
  specifiedRules,
  type ValidationRule,
  validate,
} from "graphql";
import type { SubscribePayload } from "graphql-ws";
import type { ErrorCode } from "../../platform/app-error.js";
import { KnownExecution } from "../compiled/known-execution.js";
import type { KnownOperation, KnownOperations } from "../compiled/known-operations.js";
import { documentRules, validationOptions } from "../document-limits.js";
import type { DocumentSource } from "../document-source.js";
import type { ApiLimits } from "../limits.js";
import { chosenOperation } from "../operation.js";
import type { RequestScope } from "../request-scope.js";

/** What a WebSocket's operation has passed by when it may run, as Apollo sees to it for HTTP. */
export class OperationChecks {
  private readonly rules: ValidationRule[];
  private readonly options: ReturnType<typeof validationOptions>;

  constructor(
    private readonly schema: GraphQLSchema,
    private readonly documents: DocumentSource,
    private readonly known: KnownOperations,
    private readonly limits: ApiLimits,
    introspection: boolean,
  ) {
    this.rules = [...specifiedRules, ...documentRules(limits, introspection)];
    this.options = validationOptions(introspection);
  }

  /** Throws one GraphQLError, or an array of them. */
  prepare(payload: SubscribePayload, scope: RequestScope): ExecutionArgs & { execution: KnownExecution } {
    const { variables } = payload;
    const operationName = payload.operationName || null;
    const text = this.documents.textOf({ ...payload }) ?? "";
    const known = this.known.find(text, operationName) ?? this.admit(text, operationName);
    scope.operation = known.label;
    known.refuseCostly(variables);
    const { schema } = this;
    const args = { schema, document: known.document, operationName, variableValues: variables };
    return { ...args, execution: new KnownExecution(known, args) };
  }

  private admit(text: string, operationName: string | null | undefined): KnownOperation {
    const document = this.parse(text);
    const errors = validate(this.schema, document, this.rules, this.options);
    if (errors.length > 0) throw errors.map((error) => withCode(error, "GRAPHQL_VALIDATION_FAILED"));
    const operation = chosenOperation(document, operationName);
    if (!operation)
      throw withCode(new GraphQLError("The document does not say which operation to run."), "BAD_REQUEST");
    return this.known.remember(text, operationName, document, operation);
  }

  private parse(query: string): DocumentNode {
    try {
      return parse(query, { maxTokens: this.limits.documentTokensMax });
    } catch (error) {
      throw withCode(error as GraphQLError, "GRAPHQL_PARSE_FAILED");
    }
  }
}

function withCode(error: GraphQLError, code: ErrorCode): GraphQLError {
  const { nodes, source, positions, originalError } = error;
  return new GraphQLError(error.message, { nodes, source, positions, originalError, extensions: { code } });
}
