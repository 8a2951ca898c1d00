import type { Db } from "../db/index.js";

/**
 * Chooses the database for lists. A replica may lag by seconds, but never behind the reader's own writes.
 * Reads that decide about money, quotas or permissions must not go through it.
 */
export interface ReadRouter {
  /** `run` reads rows for these users (bare UUIDs). It runs a second time if the replica fails. */
  read<T>(userIds: readonly string[], run: (db: Db) => Promise<T>, options?: ReadOptions): Promise<T>;
}

export interface ReadOptions {
  /** Everything that was committed by then is needed (`performance.now()`). */
  committedByMs?: number;
}

export function primaryOnly(db: Db): ReadRouter {
  return { read: (_userIds, run) => run(db) };
}
