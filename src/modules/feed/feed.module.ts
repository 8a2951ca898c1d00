import type { Module, ModuleContext } from "../module.js";
import type { WorkReader } from "../works/index.js";
import type { FeedSettings } from "./feed.config.js";
import { feedJobs } from "./feed.jobs.js";
import { feedMetrics } from "./feed.metrics.js";
import { FeedResolver } from "./feed.resolver.js";
import { FeedService } from "./feed.service.js";
import { FeedCursors } from "./feed-cursor.js";
import { CreatorRankings } from "./ranking/creator-rankings.js";
import { FeedSnapshots } from "./snapshots.js";

/** Rankings are made at most every minute, and with shorter refresh times of feeds in proportion. */
const rankingRefreshMax = 60_000;
const rankingRefreshFactor = 30;

interface FeedModuleDependencies {
  works: WorkReader;
  updateCounts(): Promise<void>;
}

export function createFeedModule(
  context: ModuleContext<FeedSettings>,
  { works, updateCounts }: FeedModuleDependencies,
) {
  const { config, db, lists, keyring } = context;
  const { FEED_REFRESH_MS: refreshMs, FEED_KEEP_MS } = config;
  // A first page may show an order that is twice as old as the refresh time, and its cursor is valid as long after it.
  const keepMs = FEED_KEEP_MS + 2 * refreshMs;
  const snapshots = new FeedSnapshots({ db, refreshMs, keepMs, updateCounts });
  const service = new FeedService({ lists, works, snapshots, refreshMs, cursors: new FeedCursors(keyring) });
  const rankingRefreshMs = Math.min(rankingRefreshFactor * refreshMs, rankingRefreshMax);
  const rankings = new CreatorRankings({ db, refreshMs: rankingRefreshMs });
  return {
    resolvers: [new FeedResolver(service, rankings)],
    jobs: feedJobs(db, keepMs),
    metrics: [feedMetrics],
  } satisfies Module;
}
