import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { removeStaleFiles } from "./remove-stale-files.js";

/** Longer than any work in these folders may take. */
const staleAfterMs = 60 * 60 * 1000;

/** Gives each piece of work its own temporary folder, which is deleted when the work ends. */
export class TempDirs {
  private constructor(private readonly root: string) {}

  /** Creates the root folder and deletes leftovers of crashed processes. */
  static async open(root: string): Promise<TempDirs> {
    const folder = resolve(root);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await removeStaleFiles(folder, staleAfterMs);
    return new TempDirs(folder);
  }

  async withDir<T>(work: (folder: string) => Promise<T>): Promise<T> {
    const folder = await mkdtemp(join(this.root, "work-"));
    try {
      return await work(folder);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
}
