import { readFileSync } from "node:fs";
import { buildSchema, type GraphQLEnumType, type GraphQLInputObjectType } from "graphql";
import { expect, test } from "vitest";
import { textLimits } from "../../src/studio/app/text-limits.js";
import { publishDefaults } from "../../src/studio/ui/publish-defaults.js";
import en from "../../src/studio/words/en.json" with { type: "json" };
import zh from "../../src/studio/words/zh.json" with { type: "json" };

const schema = buildSchema(readFileSync("schema/schema.graphql", "utf8"));
const valuesOf = (name: string) =>
  (schema.getType(name) as GraphQLEnumType).getValues().map(({ name }) => name);

/** "feed.empty" → its text. */
function textsOf(words: object, at = ""): Map<string, string> {
  const entries = Object.entries(words).flatMap(([name, value]) =>
    typeof value === "string"
      ? [[at + name, value] as const]
      : [...textsOf(value as object, `${at}${name}.`)],
  );
  return new Map(entries);
}

/** The names in braces: {count}, {count, plural, ...}. */
function argumentsOf(text: string): string[] {
  return [...new Set([...text.matchAll(/\{(\w+)[,}]/g)].map(([, name = ""]) => name))].sort();
}

test("both languages have the same texts, and they name the same values", () => {
  const [english, chinese] = [textsOf(en), textsOf(zh)];
  expect([...chinese.keys()].sort()).toEqual([...english.keys()].sort());
  for (const [key, text] of english) {
    const named = argumentsOf(chinese.get(key) ?? "");
    expect(argumentsOf(text), key).toEqual(expect.arrayContaining(named));
  }
});

test("every code of an error, a failure, a report, a statement and an income has words", () => {
  const lacking = (values: string[], words: object) => values.filter((value) => !(value in words));
  expect(lacking(valuesOf("ErrorCode"), en.error)).toEqual([]);
  expect(lacking(valuesOf("TaskFailureCode"), en.create.failure)).toEqual([]);
  expect(lacking(valuesOf("ReportReason"), en.report)).toEqual([]);
  expect(lacking(valuesOf("LedgerEntryType"), en.entry)).toEqual([]);
  expect(lacking(valuesOf("IncomeType"), en.income.type)).toEqual([]);
  expect(lacking(valuesOf("IncomeType"), en.income.from)).toEqual([]);
  expect(lacking(valuesOf("IncomeState"), en.income.day)).toEqual([]);
});

test("every reason of a conflict has words", () => {
  const [, listed = ""] =
    /\| `CONFLICT` \|.*?`reason`: ([A-Z_, or]+)/.exec(readFileSync("docs/errors.md", "utf8")) ?? [];
  const reasons = listed.match(/[A-Z_]{4,}/g) ?? [];
  expect(reasons.length).toBeGreaterThan(5);
  expect(reasons.filter((reason) => !(reason in en.error.CONFLICT))).toEqual([]);
});

test("forms take texts as long as the schema says", () => {
  const inputs = {
    PublishWorkInput: ["title", "description"],
    UpdateProfileInput: ["nickname", "bio"],
    CreateProjectInput: ["name"],
    ReportInput: ["note"],
  } as const;
  const limits = Object.entries(inputs).flatMap(([input, names]) => {
    const fields = (schema.getType(input) as GraphQLInputObjectType).getFields();
    return names.map((name) => [name, Number(/(\d+) characters/.exec(fields[name]?.description ?? "")?.[1])]);
  });
  expect(Object.fromEntries(limits)).toEqual(textLimits);
});

test("publishing proposes the schema's defaults", () => {
  const fields = (schema.getType("PublishWorkInput") as GraphQLInputObjectType).getFields();
  const defaults = Object.keys(publishDefaults).map((name) => [name, fields[name]?.defaultValue]);
  expect(publishDefaults).toEqual(Object.fromEntries(defaults));
});
