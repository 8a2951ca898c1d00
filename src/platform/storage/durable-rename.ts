import { mkdir, open, rename } from "node:fs/promises";
import { dirname } from "node:path";

/**
 * Renames a finished file so that after a crash or a power failure the target is either complete or
 * absent: its bytes are on disk before it is renamed, and its directory entry before this resolves.
 */
export async function renameDurably(from: string, to: string): Promise<void> {
  await syncFile(from);
  const firstCreated = await mkdir(dirname(to), { recursive: true });
  await rename(from, to);
  const last = firstCreated ? dirname(firstCreated) : dirname(to);
  for (let folder = dirname(to); ; folder = dirname(folder)) {
    await syncFolder(folder);
    if (folder === last || folder === dirname(folder)) return;
  }
}

async function syncFile(path: string): Promise<void> {
  const handle = await open(path, "r+");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function syncFolder(path: string): Promise<void> {
  // Windows cannot open folders and does not need to sync them.
  if (process.platform === "win32") return;
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
