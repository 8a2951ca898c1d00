import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

export interface DataDirLock {
  release(): void;
}

/**
 * Takes the data directory for this process, or answers null if another living process has it. The
 * lock is the operating system's own, held through SQLite, so it ends with the process however that
 * ends: after `kill -9` there is nothing to clean up.
 */
export function lockDataDir(dataDir: string): DataDirLock | null {
  mkdirSync(dataDir, { recursive: true });
  const file = new DatabaseSync(join(dataDir, "owner.lock"));
  try {
    file.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE");
  } catch (error) {
    file.close();
    if ((error as { errcode?: number }).errcode === 5 /* SQLITE_BUSY */) return null;
    throw error;
  }
  return { release: () => file.close() };
}
