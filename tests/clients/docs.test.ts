import { createHash } from "node:crypto";
import { globSync, readFileSync } from "node:fs";
import { buildSchema, parse, print, validate } from "graphql";
import { describe, expect, test } from "vitest";
import { parse as parseYaml } from "yaml";

const read = (path: string) => readFileSync(path, "utf8");
const page = read("docs/clients.md");
const schema = buildSchema(read("schema/schema.graphql"));

test("docs/clients.md shows every file of docs/clients, as the tests run it", () => {
  const shown = [...page.matchAll(/```ts\n\/\/ (docs\/clients\/\S+)\n([\s\S]*?)```/g)];
  expect(shown.map(([, path]) => path).sort()).toEqual(globSync("docs/clients/*.ts").sort());
  for (const [, path = "", code] of shown) expect(code).toBe(read(path));
});

test("the page lists the scalars that our own operations are generated with", () => {
  const [, yaml = ""] = /```yaml\n([\s\S]*?)```/.exec(page) ?? [];
  const { generates } = parseYaml(read("codegen.yml"));
  expect(parseYaml(yaml).scalars).toEqual(generates["src/generated/operations.ts"].config.scalars);
});

test("graphcache's keys list every type without an id, except connections", () => {
  const [, keys = ""] = /keys: \{([\s\S]*?)\}/.exec(read("docs/clients/urql.ts")) ?? [];
  const named = new Set([...keys.matchAll(/(\w+): \(\) => null/g)].map(([, name]) => name));
  const withoutId = Object.values(schema.getTypeMap())
    .filter((type) => "getInterfaces" in type && "getFields" in type && !type.name.startsWith("__"))
    .filter((type) => !("id" in (type as { getFields(): object }).getFields()))
    .map(({ name }) => name)
    .filter(
      (name) => !/^(Query|Mutation|Subscription|Session|PageInfo)$|(Payload|Edge|Connection)$/.test(name),
    );
  expect(withoutId.filter((name) => !named.has(name))).toEqual([]);
});

describe("the artifacts of relay-compiler", () => {
  const sources = [...read("tests/clients/relay/relay.ts").matchAll(/graphql`([\s\S]*?)`/g)].map(
    ([, text = ""]) => text,
  );
  test.each(
    sources.map((text) => {
      const operation = print(parse(text));
      return [/^\w+ (\w+)/.exec(operation)?.[1] as string, operation] as const;
    }),
  )("%s is of that text, and fits the schema", (name, operation) => {
    const artifact = read(`tests/clients/relay/__generated__/${name}.graphql.ts`);
    expect(artifact).toContain(`hash = "${createHash("md5").update(operation).digest("hex")}"`);
    expect(validate(schema, parse(operation))).toEqual([]);
  });
});
