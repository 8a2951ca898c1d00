import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";

/**
 * Deletes what crashed processes left in a folder of temporary files. Only what nobody has written
 * to for `untouchedMs` goes: another process may be at work in the same folder.
 */
export async function removeStaleFiles(folder: string, untouchedMs: number): Promise<void> {
  const nowMs = await timeOf(folder);
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const found = await stat(path).catch(() => null);
    if (found && nowMs - found.mtimeMs > untouchedMs) await rm(path, { recursive: true, force: true });
  }
}

/** The time of whoever keeps the folder: another machine's, where it is shared. */
async function timeOf(folder: string): Promise<number> {
  const probe = await mkdtemp(join(folder, "time-"));
  try {
    return (await stat(probe)).mtimeMs;
  } finally {
    await rm(probe, { recursive: true, force: true });
  }
}
