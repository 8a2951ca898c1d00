import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { removeStaleFiles } from "./remove-stale-files.js";

/** Longer than any piece of work in here may take. */
const untouchedMs = 60 * 60 * 1000;

/** A folder in which each piece of work gets one of its own, gone when the work is done. */
export class TempDirs {
  private constructor(private readonly root: string) {}

  /** Makes the folder, and clears away what crashed processes left in it. */
  static async open(root: string): Promise<TempDirs> {
    const folder = resolve(root);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await removeStaleFiles(folder, untouchedMs);
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
