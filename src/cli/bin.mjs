#!/usr/bin/env node
// Starts the command line from a fresh clone: under the Node.js that the project pins, and built if
// a source file is newer than the build. Plain JavaScript, since it runs before anything is built.
import { spawn, spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readdirSync, renameSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const pinnedNode = join(root, "node_modules/node/bin/node");
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);

if (major < 22 || (major === 22 && minor < 18)) {
  const child = spawn(pinnedNode, process.argv.slice(1), { stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => child.kill(signal));
  child.on("exit", (code, signal) => process.exit(signal ? 1 : (code ?? 1)));
} else {
  if (existsSync(join(root, "src/cli/skyriff.ts"))) await buildIfStale();
  await import(pathToFileURL(join(root, "dist/cli/skyriff.js")).href);
}

async function buildIfStale() {
  if (!isStale()) return;
  const { DatabaseSync } = await import("node:sqlite");
  mkdirSync(join(root, "dist"), { recursive: true });
  // Of several commands that find the build stale, one builds and the others wait.
  const lock = new DatabaseSync(join(root, "dist/build.lock"), { timeout: 120_000 });
  lock.exec("BEGIN EXCLUSIVE");
  if (isStale()) {
    const tsc = join(root, "node_modules/typescript/bin/tsc");
    const { status } = spawnSync(process.execPath, [tsc, "-p", root], { stdio: "inherit" });
    if (status !== 0) process.exit(status ?? 1);
    // tsc leaves an unchanged file alone. The new time is the file system's, like that of the sources.
    copyFileSync(buildStamp(), `${buildStamp()}.new`);
    renameSync(`${buildStamp()}.new`, buildStamp());
  }
  lock.close();
}

function buildStamp() {
  return join(root, "dist/cli/skyriff.js");
}

function isStale() {
  if (!existsSync(buildStamp())) return true;
  const builtAt = statSync(buildStamp()).mtimeMs;
  return readdirSync(join(root, "src"), { recursive: true, withFileTypes: true }).some(
    (entry) =>
      entry.isFile() &&
      /\.(ts|json)$/.test(entry.name) &&
      statSync(join(entry.parentPath, entry.name)).mtimeMs > builtAt,
  );
}
