import fc from "fast-check";
import {
  buildSchema,
  type GraphQLInputType,
  type GraphQLScalarType,
  getVariableValues,
  isEnumType,
  isInputObjectType,
  isInputType,
  isListType,
  isNonNullType,
  isRequiredInputField,
  type OperationDefinitionNode,
  parse,
  typeFromAST,
  validate,
} from "graphql";
import { expect, test } from "vitest";
import { variableReader } from "../../src/api/compiled/variable-reader.js";

const schema = buildSchema(`
  enum Color { RED GREEN }
  input Inner { id: ID! count: Int! = 3 color: Color }
  input Outer {
    text: String! = "as said"
    nothing: String = null
    ratio: Float
    on: Boolean!
    colors: [Color!]! = [RED, GREEN]
    inner: Inner = { id: "i" }
    inners: [Inner]
    grid: [[Int!]]
    again: Outer
  }
  input Loose { limit: Int = 5 }
  input One @oneOf { id: ID inner: Inner list: [Int] }
  type Query { all(outer: Outer, one: One, numbers: [Int!], color: Color, id: ID, loose: Loose): Int }
`);
const document = parse(`
  query ($outer: Outer!, $maybe: Outer = { on: true }, $one: One, $numbers: [Int!] = [1, 2],
    $color: Color = GREEN, $id: ID!, $none: ID = null, $loose: Loose) {
    a: all(outer: $outer, one: $one, numbers: $numbers, color: $color, id: $id)
    b: all(outer: $maybe, id: $none, loose: $loose)
  }
`);
const [operation] = document.definitions as [OperationDefinitionNode];
const definitions = operation.variableDefinitions ?? [];

/** Anything that JSON has, a field's name that an object inherits among it. */
const junk = fc.oneof(
  fc.constantFrom<unknown>(null, true, 0, -1, 1.5, 2 ** 40, "", "RED", "7", [], {}, [null], [[1]]),
  fc.dictionary(
    fc.constantFrom("id", "on", "toString", "constructor", "text"),
    fc.constantFrom(1, "x", null),
  ),
);

const leaves: Record<string, fc.Arbitrary<unknown>> = {
  Int: fc.integer(),
  Float: fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0),
  Boolean: fc.boolean(),
  String: fc.string(),
  ID: fc.oneof(fc.string(), fc.integer()),
};

/** Values that fit the type; odd ones do for the most part. */
function valuesOf(type: GraphQLInputType, odd: boolean, depth = 0): fc.Arbitrary<unknown> {
  const present = givenValuesOf(isNonNullType(type) ? type.ofType : type, odd, depth);
  return fc.oneof(
    { weight: 100, arbitrary: present },
    { weight: isNonNullType(type) ? Number(odd) : 10, arbitrary: fc.constant(null) },
    { weight: Number(odd), arbitrary: junk },
  );
}

function givenValuesOf(type: GraphQLInputType, odd: boolean, depth: number): fc.Arbitrary<unknown> {
  if (isListType(type)) {
    const item = valuesOf(type.ofType, odd, depth + 1);
    return fc.oneof(fc.array(item, { maxLength: 3 }), item);
  }
  if (isEnumType(type)) return fc.constantFrom("RED", "GREEN");
  if (!isInputObjectType(type)) return leaves[(type as GraphQLScalarType).name] as fc.Arbitrary<unknown>;
  const fields = Object.values(type.getFields()).filter((field) => depth < 3 || isRequiredInputField(field));
  const values = Object.fromEntries(fields.map(({ name, type }) => [name, valuesOf(type, odd, depth + 1)]));
  const required = fields.filter((field) => isRequiredInputField(field)).map(({ name }) => name);
  const whole = fc.record(values, { requiredKeys: type.isOneOf ? [] : required });
  const unknown = whole.map((fields) => ({ ...fields, more: 1 }));
  const one = Object.entries(type.isOneOf ? values : {}).map(([name, value]) =>
    value.filter((given) => odd || given !== null).map((given) => ({ [name]: given })),
  );
  if (!odd) return type.isOneOf ? fc.oneof(...one) : whole;
  return fc.oneof({ weight: 10, arbitrary: fc.oneof(whole, ...one) }, { weight: 1, arbitrary: unknown });
}

function variablesOf(odd: boolean): fc.Arbitrary<Record<string, unknown>> {
  const values = definitions.map(({ variable, type }) => {
    const inputType = typeFromAST(schema, type as never);
    if (!isInputType(inputType)) throw new Error("no input type");
    return [variable.name.value, valuesOf(inputType, odd)];
  });
  return fc.record(Object.fromEntries(values), { requiredKeys: odd ? [] : ["outer", "id"] });
}

test.each([
  ["that fit", false],
  ["that may not fit", true],
])("variables %s are read as graphql itself reads them", (_what, odd) => {
  expect(validate(schema, document)).toEqual([]);
  const read = variableReader(schema, definitions);
  let fits = 0;
  const numRuns = 2_000;
  fc.assert(
    fc.property(variablesOf(odd), (variables) => {
      const { coerced } = getVariableValues(schema, definitions, variables);
      expect(asPlain(read(variables))).toEqual(asPlain(coerced ?? null));
      fits += Number(coerced !== undefined);
    }),
    { numRuns, examples: odd ? [[{ outer: { on: true }, id: 1, loose: [] }]] : [] },
  );
  if (odd) expect(fits).toBeLessThan(numRuns);
  else expect(fits).toBe(numRuns);
});

/** Some objects that are read have a prototype, others not. */
function asPlain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

test("a variable that is left out is not found, whatever its name", () => {
  const query = parse(
    "query ($constructor: Int, $toString: ID) { all(numbers: [$constructor], id: $toString) }",
  );
  const [operation] = query.definitions as [OperationDefinitionNode];
  const values = variableReader(schema, operation.variableDefinitions ?? [])({});
  expect(values).not.toBeNull();
  expect("constructor" in (values ?? {})).toBe(false);
});
