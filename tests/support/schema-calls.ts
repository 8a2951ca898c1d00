import {
  astFromValue,
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
  print,
} from "graphql";

/** A document that calls one root field. Its variables are named like the arguments. */
export interface RootCall {
  operation: OperationTypeNode;
  field: GraphQLField<unknown, unknown>;
  document: string;
}

/** Every root field. */
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
  const declared = field.args.map((arg) => `$${arg.name}: ${arg.type}${defaultOf(arg)}`).join(", ");
  const given = field.args.map(({ name }) => `${name}: $${name}`).join(", ");
  const args = field.args.length > 0 ? { declared: `(${declared})`, given: `(${given})` } : null;
  return `${operation}${args?.declared ?? ""} { ${field.name}${args?.given ?? ""}${selection(field.type, 3)} }`;
}

/** So that a call may omit the variable, as it may omit the argument. */
function defaultOf({ type, defaultValue }: GraphQLArgument): string {
  const value = defaultValue === undefined ? null : astFromValue(defaultValue, type);
  return value ? ` = ${print(value)}` : "";
}

/** Every field of a type that needs no arguments, some levels deep. */
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

/** A place for a value: `moveVideos`, ["input", "videoIds"]. */
export interface Place {
  call: RootCall;
  path: readonly string[];
  input: Input;
}

/** Every argument and nested input field that passes. */
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

/** Makes the value of a required leaf input. */
export type MakeValue = (input: Input) => unknown;

/** Required variables only, with this value at its place. A list is replaced as a whole. */
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

/** Required variables only. */
export function leastVariables(call: RootCall, make: MakeValue): Record<string, unknown> {
  return variablesWith({ call, path: [], input: call.field.args[0] as Input }, null, make);
}

function inList(type: GraphQLInputType, value: unknown): unknown {
  if (isNonNullType(type)) return inList(type.ofType, value);
  return isListType(type) && !Array.isArray(value) ? [inList(type.ofType, value)] : value;
}
