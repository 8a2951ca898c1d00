import {
  type DocumentNode,
  type GraphQLSchema,
  getOperationAST,
  Kind,
  type OperationDefinitionNode,
} from "graphql";
import { QueryTooComplex } from "./api.errors.js";
import { tooComplex } from "./document-limits.js";
import type { ApiLimits } from "./limits.js";
import { queryCost } from "./query-cost.js";

/**
 * What logs and figures call an operation: its kind and first root field ("mutation createTask").
 * A client's own name for it would let clients make up as many as they like.
 */
export function operationLabel(operation: OperationDefinitionNode): string {
  for (const node of operation.selectionSet.selections) {
    if (node.kind === Kind.FIELD) return `${operation.operation} ${node.name.value}`;
  }
  return operation.operation;
}

/** The operation to run, or null when the document does not say which. */
export function chosenOperation(
  document: DocumentNode,
  name: string | null | undefined,
): OperationDefinitionNode | null {
  return getOperationAST(document, name) ?? null;
}

/** Throws QUERY_TOO_COMPLEX, wrapped for graphql, for an operation that may answer with too much. */
export function refuseCostly(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Record<string, unknown> | null | undefined,
  limits: ApiLimits,
): void {
  const max = limits.queryCostMax;
  if (queryCost({ schema, document, operation, variables }) > max)
    throw tooComplex(new QueryTooComplex("cost", max));
}
