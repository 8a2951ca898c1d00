import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";

/**
 * Deletes what crashed processes left in a folder of temporary files. Only what nobody has written
 * to for `untouchedMs` goes: another process may be at work in the same folder.
 */
export async function removeStrayFiles(folder: string, untouchedMs: number): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const found = await stat(path).catch(() => null);
    if (found && Date.now() - found.mtimeMs > untouchedMs) await rm(path, { recursive: true, force: true });
  }
}
