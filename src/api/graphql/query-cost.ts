import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLField,
  GraphQLInt,
  type GraphQLSchema,
  type GraphQLType,
  getNamedType,
  getNullableType,
  isCompositeType,
  isInputObjectType,
  isIntrospectionType,
  isListType,
  isObjectType,
  isUnionType,
  Kind,
  type OperationDefinitionNode,
  SchemaMetaFieldDef,
  type SelectionSetNode,
  TypeMetaFieldDef,
  typeFromAST,
  valueFromASTUntyped,
} from "graphql";
import { introspectedItems } from "./introspection-size.js";

export interface CostQuestion {
  schema: GraphQLSchema;
  document: DocumentNode;
  operation: OperationDefinitionNode;
  variables: Record<string, unknown> | null | undefined;
}

/**
 * How many fields a valid operation may answer with: each field counts once, times the items of every
 * list around it (its `first`, as given or preset, or the ids or inputs that it is given; in introspection,
 * as many as the schema has on average). Each fragment is counted once and remembered, so the time is linear in the document.
 */
export function queryCost(question: CostQuestion): number {
  const { schema, document, operation } = question;
  const variables = withDefaults(question);
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
    if (node.name.value === "__typename") return 0;
    const field = fieldNamed(node.name.value, parent);
    if (!node.selectionSet || !field) return 1;
    const type = getNamedType(field.type);
    const items =
      parent && isIntrospectionType(parent)
        ? introspectedItems(schema, node.name.value)
        : itemsOf(node, field, variables);
    return 1 + items * setCost(node.selectionSet, isCompositeType(type) ? type : undefined);
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

function fieldNamed(
  name: string,
  parent: GraphQLCompositeType | undefined,
): GraphQLField<unknown, unknown> | undefined {
  if (name === SchemaMetaFieldDef.name) return SchemaMetaFieldDef;
  if (name === TypeMetaFieldDef.name) return TypeMetaFieldDef;
  return parent && !isUnionType(parent) ? parent.getFields()[name] : undefined;
}

/** As graphql will see them: those that are not given have the document's own defaults. */
function withDefaults({ operation, variables }: CostQuestion): Record<string, unknown> {
  // Nothing is inherited: a variable may be called "constructor".
  const all: Record<string, unknown> = Object.assign(Object.create(null), variables);
  for (const { variable, defaultValue } of operation.variableDefinitions ?? []) {
    const name = variable.name.value;
    if (defaultValue && all[name] === undefined) all[name] = valueFromASTUntyped(defaultValue);
  }
  return all;
}

/**
 * How many items a field may have: its `first`, or as many as it is given in a list, since what it
 * answers with is then one for each. Nonsense is refused later, by the field itself.
 */
function itemsOf(
  { arguments: given = [] }: FieldNode,
  field: GraphQLField<unknown, unknown>,
  variables: Record<string, unknown>,
): number {
  const preset = field.args.find(({ name }) => name === "first")?.defaultValue;
  let items = 1;
  let first: unknown = null;
  for (const { name, value } of given) {
    const told = valueFromASTUntyped(value, variables);
    if (name.value === "first") first = told;
    else items = Math.max(items, longestList(told, inputDepthMax));
  }
  return Math.max(items, Number(first ?? preset) || 1);
}

/** Deeper than any input of ours: whatever is sent below is refused for its form. */
const inputDepthMax = 5;

function longestList(value: unknown, depthLeft: number): number {
  if (typeof value !== "object" || value === null || depthLeft === 0) return 0;
  let longest = Array.isArray(value) ? value.length : 0;
  for (const inner of Object.values(value)) longest = Math.max(longest, longestList(inner, depthLeft - 1));
  return longest;
}

/** Whether what an operation may answer with is known only with its variables. */
export function costDependsOnVariables(schema: GraphQLSchema, operation: OperationDefinitionNode): boolean {
  return (operation.variableDefinitions ?? []).some(({ type }) => canCount(typeFromAST(schema, type)));
}

function canCount(type: GraphQLType | undefined, within: readonly GraphQLType[] = []): boolean {
  const bare = getNullableType(type);
  if (isListType(bare) || bare === GraphQLInt) return true;
  if (!isInputObjectType(bare) || within.includes(bare)) return false;
  return Object.values(bare.getFields()).some((field) => {
    const inner = getNullableType(field.type);
    return inner !== GraphQLInt && canCount(inner, [...within, bare]);
  });
}
