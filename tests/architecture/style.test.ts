import { globSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

const sources = globSync("src/**/*.{ts,tsx}", { exclude: ["src/generated/**"] });
const docs = [...globSync("docs/**/*.md"), "README.md"];
const read = (file: string) => readFileSync(file, "utf8");
const linesIn = (file: string) => read(file).split("\n").length - 1;

test("no source file is longer than 300 lines, and nine in ten have at most 150", () => {
  expect(sources.filter((file) => linesIn(file) > 300)).toEqual([]);
  const short = sources.filter((file) => linesIn(file) <= 150);
  expect(short.length / sources.length).toBeGreaterThanOrEqual(0.9);
});

test("exported names use the field's terms", () => {
  const vague = /look|told|along|asked|known|kept|hand_?out|patience|companion/i;
  const exported =
    /^export (?:default )?(?:abstract |async )*(?:const|let|function|class|interface|type|enum) (\w+)/gm;
  const names = sources.flatMap((file) =>
    [...read(file).matchAll(exported)].map(([, name]) => `${file}: ${name}`),
  );
  expect(names.length).toBeGreaterThan(1000);
  expect(names.filter((name) => vague.test(name.split(": ")[1] as string))).toEqual([]);
});

test("sentences name their subject", () => {
  const pronoun = /\b(?:whoever|whosever|nobody|somebody)\b/gi;
  const count = [...sources, ...docs].reduce(
    (sum, file) => sum + (read(file).match(pronoun)?.length ?? 0),
    0,
  );
  expect(count).toBeLessThanOrEqual(10);
});

test("no comment, description or test title begins with what or who as a noun", () => {
  const start =
    /(?:^\s*(?:\/\/|\*|\/\*\*) |description: "|\b(?:test|it|describe)\("|^""")(?:What|Who|what|who)\b[^?\n]*$/gm;
  const files = [...sources, ...globSync("tests/**/*.ts"), "schema/schema.graphql"];
  const found = files.flatMap((file) =>
    [...read(file).matchAll(start)].map(([line]) => `${file}: ${line.trim()}`),
  );
  expect(found).toEqual([]);
});
