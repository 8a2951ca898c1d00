import {
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from "graphql";

/**
 * The steps that compiling a valid operation takes at most, counted until they are more than `max`. The
 * compiler follows every spread each time, walks through everything below a field when it comes to it,
 * and writes the selections on an abstract type once for each type that it may be.
 */
export function compileSteps(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  max: number,
): number {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const node of document.definitions)
    if (node.kind === Kind.FRAGMENT_DEFINITION) fragments.set(node.name.value, node);
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
