import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { createServer } from "node:net";
import { delimiter, join } from "node:path";
import { describe } from "vitest";

/** The path of an installed program, or null. */
export function findProgram(name: string): string | null {
  const folders = [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", "/usr/local/sbin"];
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path)) ?? null;
}

/** A `describe` that needs a program npm does not install. Without it the report says "skipped" and why. */
export function describeWith(program: string, title: string, tests: (path: string) => void): void {
  const path = findProgram(program);
  if (path) {
    describe(title, () => tests(path));
    return;
  }
  console.warn(`SKIPPED: "${title}" needs ${program}, which is not installed on this machine.`);
  describe.skip(`${title} (skipped: ${program} is not installed)`, () => tests(program));
}

/** A `describe` that needs a program of this major version or later. */
export function describeWithVersion(program: string, major: number, title: string, tests: () => void): void {
  const path = findProgram(program);
  const version = path ? execFileSync(path, ["--version"], { encoding: "utf8" }) : "";
  if (Number(/(\d+)\./.exec(version)?.[1] ?? 0) >= major) return void describe(title, tests);
  const why = `it needs ${program} ${major}, and here is ${version.trim() || "none"}`;
  console.warn(`SKIPPED: "${title}": ${why}.`);
  describe.skip(`${title} (skipped: ${why})`, tests);
}

export function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const server = createServer().once("error", fail);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => done(port));
    });
  });
}
