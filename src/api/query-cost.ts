import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLSchema,
  getNamedType,
  isCompositeType,
  isObjectType,
  isUnionType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from "graphql";

export interface CostQuestion {
  schema: GraphQLSchema;
  document: DocumentNode;
  operation: OperationDefinitionNode;
  variables: Record<string, unknown> | null | undefined;
}

/**
 * How many fields a valid operation may answer with: each field counts once, times the `first` of
 * every list around it (as given, or as the schema presets it). Introspection is free. Each fragment
 * is counted once and remembered, so the time is linear in the document.
 */
export function queryCost({ schema, document, operation, variables }: CostQuestion): number {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const node of document.definitions) {
    if (node.kind === Kind.FRAGMENT_DEFINITION) fragments.set(node.name.value, node);
  }
  const remembered = new Map<string, number>();

  const fragmentCost = (name: string): number => {
    const known = remembered.get(name);
    if (known !== undefined) return known;
    const fragment = fragments.get(name);
    const cost = fragment ? setCost(fragment.selectionSet, typeNamed(fragment.typeCondition.name.value)) : 0;
    remembered.set(name, cost);
    return cost;
  };
  const typeNamed = (name: string): GraphQLCompositeType | undefined => {
    const type = schema.getType(name);
    return isCompositeType(type) ? type : undefined;
  };
  const fieldCost = (node: FieldNode, parent: GraphQLCompositeType | undefined): number => {
    if (node.name.value.startsWith("__")) return 0;
    const field = parent && !isUnionType(parent) ? parent.getFields()[node.name.value] : undefined;
    if (!node.selectionSet || !field) return 1;
    const type = getNamedType(field.type);
    return (
      1 +
      pageSize(node, field, variables) * setCost(node.selectionSet, isCompositeType(type) ? type : undefined)
    );
  };
  const setCost = (set: SelectionSetNode, parent: GraphQLCompositeType | undefined): number => {
    let cost = 0;
    for (const node of set.selections) {
      if (node.kind === Kind.FIELD) cost += fieldCost(node, parent);
      else if (node.kind === Kind.FRAGMENT_SPREAD) cost += fragmentCost(node.name.value);
      else
        cost += setCost(
          node.selectionSet,
          node.typeCondition ? typeNamed(node.typeCondition.name.value) : parent,
        );
    }
    return cost;
  };

  const root = schema.getRootType(operation.operation) ?? undefined;
  return setCost(operation.selectionSet, isObjectType(root) ? root : undefined);
}

/** What the field's `first` is, 1 for a field without one. Nonsense is refused later, by the field itself. */
function pageSize(
  node: FieldNode,
  field: GraphQLField<unknown, unknown>,
  variables: CostQuestion["variables"],
): number {
  const preset = field.args.find((argument) => argument.name === "first")?.defaultValue;
  const given = node.arguments?.find((argument) => argument.name.value === "first")?.value;
  const value =
    given?.kind === Kind.INT
      ? Number(given.value)
      : given?.kind === Kind.VARIABLE
        ? (variables?.[given.name.value] ?? preset)
        : preset;
  return Math.max(1, Number(value) || 1);
}
