import {
  type DocumentNode,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from "graphql";
import { fragmentsOf } from "../fragments.js";

/**
 * An upper bound of the steps that compiling a valid operation takes. Stops counting above `max`. The
 * compiler follows a fragment at each of its spreads, walks through everything below a field when it comes
 * to it, and writes the selections on an abstract type once for each possible type.
 */
export function compileSteps(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  max: number,
): number {
  const fragments = fragmentsOf(document);
  let steps = 0;
  const walk = (set: SelectionSetNode, on: GraphQLNamedType | undefined, copies: number, depth: number) => {
    const types = isAbstractType(on) ? copies * schema.getPossibleTypes(on).length : copies;
    for (const node of set.selections) {
      steps += types * depth;
      if (steps > max) return;
      if (node.kind === Kind.FIELD) {
        const field = on && "getFields" in on ? on.getFields()[node.name.value] : undefined;
        if (node.selectionSet) walk(node.selectionSet, getNamedType(field?.type), types, depth + 1);
      } else {
        const inner = node.kind === Kind.INLINE_FRAGMENT ? node : fragments.get(node.name.value);
        const condition = inner?.typeCondition ? schema.getType(inner.typeCondition.name.value) : on;
        if (inner) walk(inner.selectionSet, condition, copies, depth);
      }
    }
  };
  walk(operation.selectionSet, schema.getRootType(operation.operation) ?? undefined, 1, 1);
  return steps;
}
