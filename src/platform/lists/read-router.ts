import type { Db } from "../db/index.js";

/**
 * Chooses the database for lists. A replica may lag by seconds, but never behind the reader's own writes.
 * Reads that decide about money, quotas or permissions must not go through it.
 */
export interface ReadRouter {
  /** `run` reads rows of these users (bare UUIDs). It runs a second time if the replica fails. */
  read<T>(userIds: readonly string[], run: (db: Db) => Promise<T>): Promise<T>;
}

export function primaryOnly(db: Db): ReadRouter {
  return { read: (_userIds, run) => run(db) };
}
