import { readFileSync } from "node:fs";
import {
  astFromValue,
  buildSchema,
  type GraphQLArgument,
  type GraphQLInputField,
  type GraphQLNamedType,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  isRequiredArgument,
  isRequiredInputField,
  print,
  specifiedScalarTypes,
} from "graphql";
import { expect, test } from "vitest";
import { printApi } from "../../src/app/schema.js";

const contract = buildSchema(
  ["contract.graphql", "contract-community.graphql"]
    .map((file) => readFileSync(`tests/api/${file}`, "utf8"))
    .join("\n"),
);
const committed = readFileSync("schema/schema.graphql", "utf8");

/** A schema as a list of promises, one for each name: its kind, its type with nullability, its default. */
function promisesOf(schema: GraphQLSchema): string[] {
  return Object.values(schema.getTypeMap())
    .filter(({ name }) => !name.startsWith("__"))
    .flatMap((type) => [`${type.constructor.name} ${type.name}`, ...promisesOfType(type)]);
}

function promisesOfType(type: GraphQLNamedType): string[] {
  if (isEnumType(type)) return type.getValues().map(({ name }) => `${type.name}.${name}`);
  if (isInputObjectType(type)) return Object.values(type.getFields()).map((f) => `${type.name}.${input(f)}`);
  if (!isObjectType(type) && !isInterfaceType(type)) return [];
  return [
    ...type.getInterfaces().map(({ name }) => `${type.name} implements ${name}`),
    ...Object.values(type.getFields()).flatMap((field) => [
      `${type.name}.${field.name}: ${field.type}`,
      ...field.args.map((argument) => `${type.name}.${field.name}(${input(argument)})`),
    ]),
  ];
}

function input({ name, type, defaultValue }: GraphQLArgument | GraphQLInputField): string {
  const preset = defaultValue === undefined ? null : astFromValue(defaultValue, type);
  return `${name}: ${type}${preset ? ` = ${print(preset)}` : ""}`;
}

/** The arguments and fields that a client must send. A client written from the contract sends no more. */
function requirementsOf(schema: GraphQLSchema): string[] {
  return Object.values(schema.getTypeMap()).flatMap((type) => {
    if (isInputObjectType(type)) {
      const fields = Object.values(type.getFields()).filter(isRequiredInputField);
      return fields.map((field) => `${type.name}.${field.name}`);
    }
    if (!isObjectType(type)) return [];
    return Object.values(type.getFields()).flatMap((field) =>
      field.args.filter(isRequiredArgument).map((argument) => `${type.name}.${field.name}(${argument.name})`),
    );
  });
}

test("the printed schema is the one that the server runs", async () => {
  expect(committed).toBe(await printApi());
});

test("the schema has every type, field, argument, default and enum value of the contract", () => {
  const kept = new Set(promisesOf(buildSchema(committed)));
  const promised = promisesOf(contract);
  expect(promised.length).toBeGreaterThan(390);
  expect(promised.filter((promise) => !kept.has(promise))).toEqual([]);
});

test("no argument outside the contract is required", () => {
  const known = new Set(requirementsOf(contract));
  const names = new Set(Object.keys(contract.getTypeMap()));
  const required = requirementsOf(buildSchema(committed)).filter((place) => {
    const [type = "", field = ""] = place.split(/[.(]/);
    const root = contract.getType(type);
    return names.has(type) && (!isObjectType(root) || field in root.getFields());
  });
  expect(required.filter((place) => !known.has(place))).toEqual([]);
});

test("every name of the schema has a description", () => {
  const roots = new Set(["Query", "Mutation", "Subscription"]);
  const bare = Object.values(buildSchema(committed).getTypeMap())
    .filter(
      ({ name }) => !name.startsWith("__") && !specifiedScalarTypes.some((scalar) => scalar.name === name),
    )
    .flatMap((type) => [
      ...(type.description || roots.has(type.name) ? [] : [type.name]),
      ...membersOf(type).flatMap(({ name, description }) => (description ? [] : [`${type.name}.${name}`])),
    ]);
  expect(bare).toEqual([]);
});

function membersOf(type: GraphQLNamedType): readonly { name: string; description?: string | null }[] {
  if (isEnumType(type)) return type.getValues();
  const hasFields = isInputObjectType(type) || isObjectType(type) || isInterfaceType(type);
  return hasFields ? Object.values(type.getFields()) : [];
}
