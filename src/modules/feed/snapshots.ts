import { LRUCache } from "lru-cache";
import { singleFlightByKey } from "../../platform/async/single-flight.js";
import type { Db } from "../../platform/db/index.js";
import {
  lockFeed,
  newestSnapshot,
  type RankedFeed,
  readOrder,
  type Snapshot,
  snapshotOf,
  storeOrder,
} from "./snapshots.repository.js";

/** A snapshot that this server holds. Times are of `performance.now()`. */
export interface HeldSnapshot {
  version: number;
  ids: readonly string[];
  /** When it was last known to be the feed's order. */
  currentAtMs: number;
  /** When it was read: what it lists was committed by then. */
  readAtMs: number;
}

/** Each takes some 100 KB. Others are read from the database again. */
const heldMax = 200;

interface FeedSnapshotsDependencies {
  db: Db;
  refreshMs: number;
  /** How long a snapshot can be used after it was last found to be the feed's order. */
  keepMs: number;
  /** Adds what people did with works to the counts, so that the order knows it. */
  updateCounts(): Promise<void>;
}

/**
 * The orders of DISCOVER and HOT. All pages of a chain are cut from one snapshot, so that they neither skip nor repeat
 * a work. A first page gets one that is at most `refreshMs` old. One server at a time makes it. Meanwhile the others
 * show the one before, until it is twice as old; then they wait.
 */
export class FeedSnapshots {
  private readonly held = new LRUCache<string, HeldSnapshot>({ max: heldMax });
  private readonly newest = new Map<RankedFeed, HeldSnapshot>();

  constructor(private readonly deps: FeedSnapshotsDependencies) {}

  /** For a first page. */
  async current(feed: RankedFeed): Promise<HeldSnapshot> {
    const newest = this.newest.get(feed);
    if (newest && performance.now() - newest.currentAtMs < this.deps.refreshMs) return newest;
    return this.refresh(feed);
  }

  /** For a later page. Null if it does not exist any more. */
  async find(feed: RankedFeed, version: number): Promise<HeldSnapshot | null> {
    const held = this.held.get(keyOf(feed, version));
    if (held && this.isKept(held)) return held;
    const found = await snapshotOf(this.deps.db, feed, version);
    const snapshot = found && this.hold(feed, found);
    return snapshot && this.isKept(snapshot) ? snapshot : null;
  }

  private isKept({ currentAtMs }: HeldSnapshot): boolean {
    return performance.now() - currentAtMs < this.deps.keepMs;
  }

  private readonly refresh = singleFlightByKey(async (feed: RankedFeed): Promise<HeldSnapshot> => {
    const { db, refreshMs, updateCounts } = this.deps;
    const newest = await newestSnapshot(db, feed);
    if (newest && newest.ageMs < refreshMs) return this.holdNewest(feed, newest);
    await updateCounts();
    const made = await db.transaction(async (tx) => {
      const canShowNewest = newest !== null && newest.ageMs < 2 * refreshMs;
      if (!(await lockFeed(tx, feed, { wait: !canShowNewest }))) return null;
      const before = await newestSnapshot(tx, feed);
      if (before && before.ageMs < refreshMs) return before;
      return storeOrder(tx, feed, await readOrder(tx, feed), before);
    });
    // Another server makes one right now. Until then, the one before it is shown.
    return this.holdNewest(feed, made ?? (newest as Snapshot));
  });

  private holdNewest(feed: RankedFeed, snapshot: Snapshot): HeldSnapshot {
    const held = this.hold(feed, snapshot);
    this.newest.set(feed, held);
    return held;
  }

  private hold(feed: RankedFeed, { version, ids, ageMs }: Snapshot): HeldSnapshot {
    const readAtMs = performance.now();
    const held = { version, ids, currentAtMs: readAtMs - ageMs, readAtMs };
    this.held.set(keyOf(feed, version), held);
    return held;
  }
}

function keyOf(feed: RankedFeed, version: number): string {
  return `${feed}:${version}`;
}
