import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

export interface DataDirLock {
  release(): void;
}

/**
 * Locks the data directory for this process. Returns null if another running process holds the lock. SQLite
 * holds a lock of the operating system, which ends with the process, even after `kill -9`.
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
