import { readdirSync, readFileSync, statSync } from "node:fs";
import { beforeAll, expect, test } from "vitest";
import { buildStudioIfStale } from "../../src/cli/build.mjs";

const folder = "dist/studio/";
beforeAll(() => buildStudioIfStale());

/** A built script and all that it imports at once. */
function withImports(name: string, found = new Set<string>()): Set<string> {
  if (found.has(name)) return found;
  found.add(name);
  const code = readFileSync(`${folder}assets/${name}`, "utf8");
  for (const [, imported = ""] of code.matchAll(/\b(?:from|import)\s*"\.\/([\w.-]+\.js)"/g))
    withImports(imported, found);
  return found;
}

const scriptOf = (module: string) => {
  const name = readdirSync(`${folder}assets`).find(
    (each) => each.startsWith(`${module}-`) && each.endsWith(".js"),
  );
  if (!name) throw new Error(`${module} has no script of its own.`);
  return name;
};

/** The compressed bytes of the scripts that the first load of a page takes, with its words. */
function firstLoad(...modules: string[]): number {
  const html = readFileSync(`${folder}index.html`, "utf8");
  const named = [...html.matchAll(/"\.\/assets\/([\w.-]+\.js)"/g)].map(([, name = ""]) => name);
  const scripts = [...named, ...modules.map(scriptOf)].reduce(
    (all, name) => withImports(name, all),
    new Set<string>(),
  );
  return [...scripts].reduce((sum, name) => sum + statSync(`${folder}assets/${name}.br`).size, 0);
}

test.each(["en", "zh"])("the first load of the feed takes less than 140 kB of scripts, in %s", (language) => {
  expect(firstLoad(language)).toBeLessThan(140_000);
});

test.each(["CreatePage", "WorkPage"])("%s adds at most 15 kB to the scripts of the feed", (page) => {
  const feed = firstLoad("en");
  // At least the program itself is in the sum.
  expect(feed).toBeGreaterThan(80_000);
  expect(firstLoad("en", page) - feed).toBeLessThan(15_000);
});
