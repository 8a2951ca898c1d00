import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";

/**
 * Deletes temporary files that crashed processes left behind. Files modified within `staleAfterMs` stay,
 * because another process may be using the same folder.
 */
export async function removeStaleFiles(folder: string, staleAfterMs: number): Promise<void> {
  const nowMs = await folderClockMs(folder);
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const found = await stat(path).catch(() => null);
    if (found && nowMs - found.mtimeMs > staleAfterMs) await rm(path, { recursive: true, force: true });
  }
}

/** The file server's clock, which differs from ours if the folder is shared between machines. */
async function folderClockMs(folder: string): Promise<number> {
  const probe = await mkdtemp(join(folder, "time-"));
  try {
    return (await stat(probe)).mtimeMs;
  } finally {
    await rm(probe, { recursive: true, force: true });
  }
}
