#!/usr/bin/env node
// Starts the command line from a fresh clone: under the Node.js that the project pins, and built if
// a source file is newer than the build. Plain JavaScript, since it runs before anything is built.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
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
  if (existsSync(join(root, "src/cli/skyriff.ts"))) {
    const { buildServerIfStale, buildStudioIfStale } = await import("./build.mjs");
    await buildServerIfStale();
    if (process.argv[2] === "serve" && process.env.STUDIO !== "off") await buildStudioIfStale();
  }
  await import(pathToFileURL(join(root, "dist/cli/skyriff.js")).href);
}
