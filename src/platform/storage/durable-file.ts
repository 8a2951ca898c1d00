import { mkdir, open, rename } from "node:fs/promises";
import { dirname } from "node:path";

/**
 * Gives a finished file its final name such that a crash or a power cut leaves the whole file there
 * or none: the bytes reach the disk before the name does, and the name before this resolves.
 */
export async function moveDurably(from: string, to: string): Promise<void> {
  await flush(from);
  const firstMade = await mkdir(dirname(to), { recursive: true });
  await rename(from, to);
  const last = firstMade ? dirname(firstMade) : dirname(to);
  for (let folder = dirname(to); ; folder = dirname(folder)) {
    await flushFolder(folder);
    if (folder === last || folder === dirname(folder)) return;
  }
}

async function flush(path: string): Promise<void> {
  const handle = await open(path, "r+");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function flushFolder(path: string): Promise<void> {
  // Windows opens no folders and needs no flush of them.
  if (process.platform === "win32") return;
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
