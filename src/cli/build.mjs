// Builds what a command needs when a source file is newer than the build: the server, and the studio.
// Plain JavaScript, since it runs before anything is built.
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readdirSync, renameSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const studioSources = join(root, "src/studio");
const documents = join(root, "src/generated/operations.ts");

const server = {
  stamp: join(root, "dist/cli/skyriff.js"),
  isStale: (builtAt) => isNewer(join(root, "src"), builtAt, /\.(ts|json)$/, studioSources),
  command: [join(root, "node_modules/typescript/bin/tsc"), "-p", root],
};

const studio = {
  stamp: join(root, "dist/studio/index.html"),
  isStale: (builtAt) =>
    isNewer(studioSources, builtAt, /\.(tsx?|css|json|html|svg)$/) || statSync(documents).mtimeMs > builtAt,
  command: [join(root, "node_modules/vite/bin/vite.js"), "build", studioSources, "--logLevel", "warn"],
};

export const buildServerIfStale = () => buildIfStale(server);
export const buildStudioIfStale = () => buildIfStale(studio);

async function buildIfStale(target) {
  if (!isStale(target)) return;
  const { DatabaseSync } = await import("node:sqlite");
  mkdirSync(join(root, "dist"), { recursive: true });
  // Of several commands that find the build stale, one builds and the others wait.
  const lock = new DatabaseSync(join(root, "dist/build.lock"), { timeout: 120_000 });
  lock.exec("BEGIN EXCLUSIVE");
  if (isStale(target)) {
    const { status } = spawnSync(process.execPath, target.command, { stdio: "inherit" });
    if (status !== 0) process.exit(status ?? 1);
    // tsc leaves an unchanged file alone. The new time is the file system's, like that of the sources.
    copyFileSync(target.stamp, `${target.stamp}.new`);
    renameSync(`${target.stamp}.new`, target.stamp);
  }
  lock.close();
}

function isStale({ stamp, isStale: isStaleSince }) {
  return !existsSync(stamp) || isStaleSince(statSync(stamp).mtimeMs);
}

function isNewer(folder, builtAt, names, leftOut = null) {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).some((entry) => {
    if (!entry.isFile() || !names.test(entry.name)) return false;
    if (leftOut && `${entry.parentPath}/`.startsWith(`${leftOut}/`)) return false;
    return statSync(join(entry.parentPath, entry.name)).mtimeMs > builtAt;
  });
}
