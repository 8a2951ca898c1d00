import { link, mkdir, open, rename } from "node:fs/promises";
import { dirname } from "node:path";

/**
 * Renames a finished file so that after a crash or a power failure the target is either complete or
 * absent: its bytes are on disk before it is renamed, and its directory entry before this resolves.
 */
export async function renameDurably(from: string, to: string): Promise<void> {
  await sync(from, "r+");
  const folders = await createFolder(dirname(to));
  await rename(from, to);
  await syncFolders(folders);
}

/**
 * Gives files second names. The files are on disk before, so only the folders are synced, each once. Rejects if a name
 * is taken, or if the file system has no second names.
 */
export async function linkDurably(links: readonly { from: string; to: string }[]): Promise<void> {
  const folders = new Set<string>();
  for (const folder of new Set(links.map(({ to }) => dirname(to))))
    for (const changed of await createFolder(folder)) folders.add(changed);
  const made = await Promise.allSettled(links.map(({ from, to }) => link(from, to)));
  for (const each of made) if (each.status === "rejected") throw each.reason;
  await syncFolders([...folders]);
}

/** Returns the folders that have changed once a file is in it: itself, and each that got a new folder. */
async function createFolder(path: string): Promise<string[]> {
  const firstCreated = await mkdir(path, { recursive: true });
  const last = firstCreated ? dirname(firstCreated) : path;
  const folders = [path];
  for (let folder = path; folder !== last && folder !== dirname(folder); ) {
    folder = dirname(folder);
    folders.push(folder);
  }
  return folders;
}

async function syncFolders(folders: readonly string[]): Promise<void> {
  // Windows cannot open folders and does not need to sync them.
  if (process.platform === "win32") return;
  await Promise.all(folders.map((folder) => sync(folder, "r")));
}

async function sync(path: string, flags: "r" | "r+"): Promise<void> {
  const handle = await open(path, flags);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
