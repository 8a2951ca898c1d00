import { type GraphQLSchema, getIntrospectionQuery, getOperationAST, parse } from "graphql";
import { beforeAll, expect, test } from "vitest";
import { queryCost } from "../../src/api/graphql/query-cost.js";
import { apiLimits } from "../../src/api/limits.js";
import { createSchema } from "../../src/app/schema.js";

let schema: GraphQLSchema;
beforeAll(async () => {
  schema = await createSchema([]);
});

function costOf(text: string): number {
  const document = parse(text);
  const operation = getOperationAST(document);
  if (!operation) throw new Error("one operation is expected");
  return queryCost({ schema, document, operation, variables: {} });
}

const times = (count: number, text: (n: number) => string) =>
  Array.from({ length: count }, (_, n) => text(n)).join(" ");
const everyField = "types { name fields { name description args { name type { name } } type { name } } }";
const fieldsOfFields = "types { fields { type { fields { name args { name type { name } } } } } }";

test("the introspection query of tools is within the limit, with all its options", () => {
  const everything = getIntrospectionQuery({
    ...{ specifiedByUrl: true, directiveIsRepeatable: true, schemaDescription: true },
    ...{ inputValueDeprecation: true, oneOf: true },
  });
  for (const text of [getIntrospectionQuery(), everything])
    expect(costOf(text)).toBeLessThan(apiLimits.queryCostMax);
});

test.each([
  ["the whole schema under many aliases", `{ ${times(28, (n) => `a${n}: __schema { ${everyField} }`)} }`],
  ["all types under many aliases", `{ __schema { ${times(28, (n) => `a${n}: ${everyField}`)} } }`],
  [
    "the fields of all fields, again and again",
    `{ ${times(9, (n) => `a${n}: __schema { ${fieldsOfFields} }`)} }`,
  ],
  [
    "all types by fragments that multiply",
    `{ __schema { ...F5 } } fragment F0 on __Schema { ${everyField} } ${times(5, (n) => `fragment F${n + 1} on __Schema { ...F${n} ... { ...F${n} } }`)}`,
  ],
])("%s exceeds the limit of cost", (_, text) => {
  expect(costOf(text)).toBeGreaterThan(apiLimits.queryCostMax);
});

test("__type and __typename add little to the cost of an operation", () => {
  expect(costOf(`{ __type(name: "Query") { name } __typename pricing { maxPromptLength } }`)).toBeLessThan(
    10,
  );
});
