import {
  type DocumentNode,
  type FieldNode,
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
  isUnionType,
  Kind,
  type OperationDefinitionNode,
  SchemaMetaFieldDef,
  type SelectionSetNode,
  TypeMetaFieldDef,
  typeFromAST,
  valueFromASTUntyped,
} from "graphql";
import { type Fragments, fragmentsOf } from "./fragments.js";
import { introspectedItems } from "./introspection-size.js";

type Variables = Readonly<Record<string, unknown>>;
type Parent = GraphQLCompositeType | undefined;

export interface CostQuestion {
  schema: GraphQLSchema;
  document: DocumentNode;
  operation: OperationDefinitionNode;
  variables: Variables | null | undefined;
}

/** An upper bound of the fields in the response to a valid operation. */
export function queryCost({ schema, document, operation, variables }: CostQuestion): number {
  const cost = new QueryCost(schema, fragmentsOf(document), withDefaults(operation, variables));
  return cost.ofSelections(operation.selectionSet, schema.getRootType(operation.operation) ?? undefined);
}

/**
 * Each field counts once, multiplied by the items of each list around it: its `first`, as given or by
 * default, or the number of ids or inputs in its arguments, or in introspection the schema's average. Each
 * fragment is counted once and remembered, so the time is linear in the document.
 */
class QueryCost {
  private readonly costOfFragment = new Map<string, number>();

  constructor(
    private readonly schema: GraphQLSchema,
    private readonly fragments: Fragments,
    private readonly variables: Variables,
  ) {}

  ofSelections({ selections }: SelectionSetNode, parent: Parent): number {
    let cost = 0;
    for (const node of selections) {
      if (node.kind === Kind.FIELD) cost += this.ofField(node, parent);
      else if (node.kind === Kind.FRAGMENT_SPREAD) cost += this.ofFragment(node.name.value);
      else {
        const condition = node.typeCondition?.name.value;
        cost += this.ofSelections(node.selectionSet, condition ? this.type(condition) : parent);
      }
    }
    return cost;
  }

  private ofFragment(name: string): number {
    const known = this.costOfFragment.get(name);
    if (known !== undefined) return known;
    const fragment = this.fragments.get(name);
    const cost = fragment
      ? this.ofSelections(fragment.selectionSet, this.type(fragment.typeCondition.name.value))
      : 0;
    this.costOfFragment.set(name, cost);
    return cost;
  }

  private ofField(node: FieldNode, parent: Parent): number {
    const name = node.name.value;
    if (name === "__typename") return 0;
    const field = fieldOf(parent, name);
    if (!node.selectionSet || !field) return 1;
    const items =
      parent && isIntrospectionType(parent)
        ? introspectedItems(this.schema, name)
        : itemsOf(node, field, this.variables);
    const type = getNamedType(field.type);
    return 1 + items * this.ofSelections(node.selectionSet, isCompositeType(type) ? type : undefined);
  }

  private type(name: string): Parent {
    const type = this.schema.getType(name);
    return isCompositeType(type) ? type : undefined;
  }
}

function fieldOf(parent: Parent, name: string): GraphQLField<unknown, unknown> | undefined {
  if (name === SchemaMetaFieldDef.name) return SchemaMetaFieldDef;
  if (name === TypeMetaFieldDef.name) return TypeMetaFieldDef;
  return parent && !isUnionType(parent) ? parent.getFields()[name] : undefined;
}

/** The variables with the document's defaults. */
function withDefaults(operation: OperationDefinitionNode, variables: CostQuestion["variables"]): Variables {
  // Nothing is inherited: a variable may be called "constructor".
  const all: Record<string, unknown> = Object.assign(Object.create(null), variables);
  for (const { variable, defaultValue } of operation.variableDefinitions ?? []) {
    const name = variable.name.value;
    if (defaultValue && all[name] === undefined) all[name] = valueFromASTUntyped(defaultValue);
  }
  return all;
}

/** A value that does not fit counts as 1: the field itself refuses it. */
function itemsOf(
  { arguments: given = [] }: FieldNode,
  field: GraphQLField<unknown, unknown>,
  variables: Variables,
): number {
  let first = field.args.find(({ name }) => name === "first")?.defaultValue;
  let items = 1;
  for (const { name, value: node } of given) {
    const value = valueFromASTUntyped(node, variables);
    if (name.value === "first") first = value ?? first;
    else items = Math.max(items, longestList(value, inputDepthMax));
  }
  return Math.max(items, Number(first) || 1);
}

/** No input of the schema nests deeper. */
const inputDepthMax = 5;

function longestList(value: unknown, depthLeft: number): number {
  if (typeof value !== "object" || value === null || depthLeft === 0) return 0;
  let longest = Array.isArray(value) ? value.length : 0;
  for (const inner of Object.values(value)) longest = Math.max(longest, longestList(inner, depthLeft - 1));
  return longest;
}

/** Whether the cost may differ from request to request: there is a variable that is or holds a list, or an Int. */
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
