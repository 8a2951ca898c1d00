import {
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLInputType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  isRequiredArgument,
  OperationTypeNode,
} from "graphql";

/** One root field, ready to be called with whatever variables: they are named like its arguments. */
export interface RootCall {
  operation: OperationTypeNode;
  field: GraphQLField<unknown, unknown>;
  document: string;
}

/** Every field that a client can begin with. */
export function rootCalls(schema: GraphQLSchema): RootCall[] {
  return Object.values(OperationTypeNode).flatMap((operation) =>
    Object.values(schema.getRootType(operation)?.getFields() ?? {}).map((field) => ({
      operation,
      field,
      document: documentFor(operation, field),
    })),
  );
}

function documentFor(operation: OperationTypeNode, field: GraphQLField<unknown, unknown>): string {
  const declared = field.args.map(({ name, type }) => `$${name}: ${type}`).join(", ");
  const given = field.args.map(({ name }) => `${name}: $${name}`).join(", ");
  const args = field.args.length > 0 ? { declared: `(${declared})`, given: `(${given})` } : null;
  return `${operation}${args?.declared ?? ""} { ${field.name}${args?.given ?? ""}${selection(field.type, 3)} }`;
}

/** All that can be asked of a type without arguments, some levels deep. */
function selection(outputType: GraphQLOutputType, levels: number): string {
  const type = getNamedType(outputType);
  if (isAbstractType(type)) return " { __typename ... on Node { id } }";
  if (!isObjectType(type)) return "";
  const fields = Object.values(type.getFields())
    .filter((field) => !field.args.some(isRequiredArgument))
    .filter((field) => isLeafType(getNamedType(field.type)) || levels > 1)
    .map((field) => field.name + selection(field.type, levels - 1));
  return ` { __typename ${fields.join(" ")} }`;
}

export type Input = GraphQLArgument | GraphQLInputField;

/** Where a value of some kind goes in: `moveVideos`, ["input", "videoIds"]. */
export interface Place {
  call: RootCall;
  path: readonly string[];
  input: Input;
}

/** Every argument and every field of every input below it that passes. */
export function placesIn(call: RootCall, passes: (input: Input) => boolean): Place[] {
  const below = (inputs: readonly Input[], path: readonly string[]): Place[] =>
    inputs.flatMap((input) => {
      const here = [...path, input.name];
      const type = getNamedType(input.type);
      const inner = isInputObjectType(type) ? below(Object.values(type.getFields()), here) : [];
      return passes(input) ? [{ call, path: here, input }, ...inner] : inner;
    });
  return below(call.field.args, []);
}

export function nameOf({ call, path }: Place): string {
  return `${call.operation} ${call.field.name}(${path.join(".")})`;
}

/** Values of inputs that must be there; asked for leaves only. */
export type MakeValue = (input: Input) => unknown;

/** Variables with nothing but what must be there, and this value at its place; a list is taken whole. */
export function variablesWith(
  { call, path }: Place,
  value: unknown,
  make: MakeValue,
): Record<string, unknown> {
  const at = (input: Input, rest: readonly string[]): unknown => {
    const type = getNamedType(input.type);
    if (rest.length === 0) return inList(input.type, value);
    if (!isInputObjectType(type)) throw new Error(`${input.name} has no ${rest.join(".")}`);
    return inList(input.type, fill(Object.values(type.getFields()), rest));
  };
  const needed = (input: Input): unknown => {
    const type = getNamedType(input.type);
    const inner = isInputObjectType(type) ? fill(Object.values(type.getFields()), []) : make(input);
    return inList(input.type, inner);
  };
  const fill = (inputs: readonly Input[], [next, ...rest]: readonly string[]): Record<string, unknown> =>
    Object.fromEntries(
      inputs
        .filter((input) => input.name === next || isRequiredArgument(input as GraphQLArgument))
        .map((input) => [input.name, input.name === next ? at(input, rest) : needed(input)]),
    );
  return fill(call.field.args, path);
}

/** Variables with nothing but what must be there. */
export function leastVariables(call: RootCall, make: MakeValue): Record<string, unknown> {
  return variablesWith({ call, path: [], input: call.field.args[0] as Input }, null, make);
}

function inList(type: GraphQLInputType, value: unknown): unknown {
  if (isNonNullType(type)) return inList(type.ofType, value);
  return isListType(type) && !Array.isArray(value) ? [inList(type.ofType, value)] : value;
}
