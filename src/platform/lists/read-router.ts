import type { Db } from "../db/index.js";

/**
 * Where lists are read: on a replica that may lag by seconds, but never behind what the reader wrote
 * before. Nothing that decides about money, quotas or permissions may be read through this.
 */
export interface ReadRouter {
  /** Runs reads of these users' own things (bare UUIDs). They may run twice, if the replica fails. */
  read<T>(userIds: readonly string[], run: (db: Db) => Promise<T>): Promise<T>;
}

/** Without a replica. */
export function primaryOnly(db: Db): ReadRouter {
  return { read: (_userIds, run) => run(db) };
}
