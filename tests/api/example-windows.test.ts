import { globSync, readFileSync } from "node:fs";
import { buildSchema, Kind, parse, validate } from "graphql";
import { expect, test } from "vitest";
import { exampleWindows } from "../../src/api/explorer/example-windows.js";

const schema = buildSchema(readFileSync("schema/schema.graphql", "utf8"));

test.each(exampleWindows.map((window) => [window.name, window] as const))(
  "the window %s has operations of this API, and its variables are theirs",
  (_, { document, variables = {} }) => {
    const parsed = parse(document);
    expect(validate(schema, parsed)).toEqual([]);
    const declared = parsed.definitions.flatMap((definition) =>
      definition.kind === Kind.OPERATION_DEFINITION ? (definition.variableDefinitions ?? []) : [],
    );
    // A file is chosen by hand.
    const names = declared.map(({ variable }) => variable.name.value).filter((name) => name !== "file");
    expect(Object.keys(variables).toSorted()).toEqual(names.toSorted());
  },
);

test("every example is a window, in order", () => {
  const files = globSync("schema/examples/*.graphql").map((file) => readFileSync(file, "utf8"));
  expect(new Set(exampleWindows.map(({ document }) => document))).toEqual(new Set(files));
  expect(exampleWindows.map(({ name }) => Number(name.split(" ")[0]))).toEqual(
    exampleWindows.map((_, n) => n + 1),
  );
});
