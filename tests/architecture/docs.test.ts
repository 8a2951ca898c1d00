import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { buildSchema, parse, validate } from "graphql";
import { expect, test } from "vitest";
import { licensesPage } from "../../src/app/licenses-page.js";
import { failureCodes, failureTexts } from "../../src/modules/tasks/tasks.errors.js";
import { errorCodes } from "../../src/platform/base/app-error.js";

const pages = ["README.md", "README.zh-CN.md", ...globSync("docs/**/*.md")];
const read = (path: string) => readFileSync(path, "utf8");
const linksOf = (path: string) => [...read(path).matchAll(/\]\(([^)#]+)\)/g)].map(([, link = ""]) => link);
const filesLinkedFrom = (path: string) =>
  linksOf(path)
    .filter((link) => !/^https?:/.test(link))
    .map((link) => join(dirname(path), link));

test.each(pages)("%s links only to what exists", (page) => {
  expect(filesLinkedFrom(page).filter((file) => !existsSync(file))).toEqual([]);
});

test("every page can be reached from the README", () => {
  const reached = new Set(["README.md"]);
  for (const page of reached)
    for (const file of filesLinkedFrom(page)) if (file.endsWith(".md")) reached.add(file);
  expect(pages.filter((page) => !reached.has(page))).toEqual([]);
});

test("both READMEs say the same: headings, code, commands, lists, names and links", () => {
  const [english, chinese] = ["README.md", "README.zh-CN.md"].map((path) => {
    const text = read(path);
    const all = (pattern: RegExp) => [...text.matchAll(pattern)].map(([, part]) => part);
    const fences = [...text.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)];
    const prose = text.replaceAll(/^```[\s\S]*?^```$/gm, "");
    return {
      outline: all(/^(#+) /gm),
      // A block without a language is the tree, which has words in it: its first column is the same.
      code: fences.map(([, language, code = ""]) => [
        language,
        language ? code : code.split("\n").map((line) => line.split(/\s/)[0]),
      ]),
      rows: all(/^\| (`[^`]+`)?/gm),
      bullets: all(/^(- |\d+\. )/gm).length,
      names: [...prose.matchAll(/`([^`]+)`/g)].map(([, name]) => name).toSorted(),
      links: linksOf(path).filter((link) => !link.startsWith("README")),
    };
  });
  expect(chinese).toEqual(english);
});

test("the README lists every command, and every option that turns one into another", () => {
  const text = read("README.md");
  const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
  const byHand = Object.keys(scripts).filter((name) => name !== "prepare");
  const npm = byHand.map((name) => (name === "start" || name === "test" ? `npm ${name}` : `npm run ${name}`));
  const shown = globSync("src/cli/commands/*.ts").flatMap((file) =>
    [...read(file).matchAll(/new Command\("([\w-]+)"\)/g)].map(([, name]) => name as string),
  );
  const hidden = ["generate", "retry", "drop", "hold", "release-hold"];
  const own = shown.filter((name) => !hidden.includes(name)).map((name) => `npx skyriff ${name}`);
  expect(own.length).toBeGreaterThan(9);
  expect([...npm, ...own].filter((command) => !text.includes(`| \`${command}`))).toEqual([]);
});

test("the README's queries are queries of this API", () => {
  const schema = buildSchema(read("schema/schema.graphql"));
  const documents = [...read("README.md").matchAll(/```graphql\n([\s\S]*?)```/g)];
  expect(documents.length).toBeGreaterThan(3);
  expect(documents.flatMap(([, document = ""]) => validate(schema, parse(document)))).toEqual([]);
});

const errorFiles = globSync("src/**/*.ts").filter((file) =>
  /extends (AppError|BadUserInput) \{/.test(read(file)),
);

test("docs/errors.md knows every code and every error that a client can see, under its code", () => {
  const rows = read("docs/errors.md")
    .split("\n")
    .filter((line) => line.startsWith("| `"));
  expect(rows.map((row) => /`([A-Z_]+)`/.exec(row)?.[1])).toEqual([...errorCodes]);
  const classes = errorFiles.flatMap((file) =>
    [...read(file).matchAll(/class (\w+) extends (\w+) \{[\s\S]*?super\(\s*(?:"([A-Z_]+)")?/g)].map(
      ([, name, base, code]) => ({ name, code: base === "BadUserInput" ? "BAD_USER_INPUT" : code }),
    ),
  );
  expect(classes.length).toBeGreaterThan(20);
  const wrong = classes.filter(
    ({ name, code }) => !rows.some((row) => row.includes(`\`${code}\``) && row.includes(`\`${name}\``)),
  );
  expect(wrong).toEqual([]);
});

test("docs/errors.md has every error's text as clients read it, in both languages", () => {
  const page = read("docs/errors.md");
  const textsInCode = errorFiles.flatMap((file) =>
    [...read(file).matchAll(/\b(?:en|zh)(?::| =) ?\s*(?:"([^"]+)"|`([^`]+)`)/g)].map(
      ([, plain, template]) => plain ?? template ?? "",
    ),
  );
  expect(textsInCode.length).toBeGreaterThan(40);
  const asWritten = textsInCode.map((text) => text.replaceAll(/\$\{[^}]+\}/g, "…"));
  expect(asWritten.filter((text) => !page.includes(text))).toEqual([]);
});

test("docs/errors.md says why tasks fail, in the words that clients read", () => {
  const page = read("docs/errors.md");
  const rows = failureCodes.map(
    (code) => `| ${code} | ${failureTexts[code].en} | ${failureTexts[code].zh} |`,
  );
  expect(rows.filter((row) => !page.includes(row))).toEqual([]);
});

test("docs/licenses.md lists what the lock file has, each under a license that we know", () => {
  expect(read("docs/licenses.md")).toBe(licensesPage());
});
