import type { Db } from "../../platform/db/index.js";
import {
  badCursor,
  type Connection,
  connectionOf,
  type PageArgs,
  readPage,
} from "../../platform/graphql/connection.js";
import { noFields } from "../../platform/graphql/requested-fields.js";
import type { ReadRouter } from "../../platform/lists/read-router.js";
import type { Work, WorkReader } from "../works/index.js";
import { FeedKind } from "./feed.graphql.js";
import type { FeedCursors } from "./feed-cursor.js";
import { followingList } from "./following.js";
import type { FeedSnapshots, HeldSnapshot } from "./snapshots.js";
import type { RankedFeed } from "./snapshots.repository.js";

interface FeedDependencies {
  lists: ReadRouter;
  works: WorkReader;
  snapshots: FeedSnapshots;
  cursors: FeedCursors;
  refreshMs: number;
}

/** A visible work and its place in the snapshot, from 0. */
interface PlacedWork {
  work: Work;
  place: number;
}

const placePattern = /^(\d{1,15}):(\d{1,4})$/;

/** Reads pages of feeds. */
export class FeedService {
  private readonly following = followingList();

  constructor(private readonly deps: FeedDependencies) {}

  /** DISCOVER and HOT. Throws BadUserInput for a bad `first` or `after`, also if the order of its chain is gone. */
  async listRanked(feed: RankedFeed, viewerId: string | null, args: PageArgs): Promise<Connection<Work>> {
    const { snapshots, cursors, lists } = this.deps;
    const page = readPage(args);
    const start = page.after === null ? null : this.startAfter(feed, page.after);
    const snapshot = start ? await snapshots.find(feed, start.version) : await snapshots.current(feed);
    if (!snapshot) throw badCursor();
    const viewers = viewerId === null ? [] : [viewerId];
    return lists.read(
      viewers,
      async (db) =>
        connectionOf(
          await this.visibleFrom(db, snapshot, start?.place ?? 0, { viewerId, count: page.first + 1 }),
          page,
          ({ place }) => cursors.toCursor(FeedKind[feed], `${snapshot.version}:${place}`),
          ({ work }) => work,
        ),
      { committedByMs: Math.max(snapshot.readAtMs, this.refreshedMs()) },
    );
  }

  /** Throws BadUserInput for a bad `first` or `after`. */
  async listFollowing(viewerId: string, args: PageArgs): Promise<Connection<Work>> {
    const { lists, works, cursors } = this.deps;
    const page = readPage(args);
    const after = page.after === null ? null : cursors.toPlace(FeedKind.FOLLOWING, page.after);
    const request = { params: { viewer_id: viewerId }, page: { ...page, after }, fields: noFields };
    return lists.read(
      [viewerId],
      async (db) => {
        const readIds = () => this.following.read(db, request, ({ id }) => id);
        return this.signed(await works.readPage(viewerId, db, readIds));
      },
      { committedByMs: this.refreshedMs() },
    );
  }

  private signed({ edges, nodes, pageInfo }: Connection<Work>): Connection<Work> {
    const sign = (cursor: string) => this.deps.cursors.toCursor(FeedKind.FOLLOWING, cursor);
    const { startCursor, endCursor } = pageInfo;
    return {
      edges: edges.map(({ cursor, node }) => ({ cursor: sign(cursor), node })),
      nodes,
      pageInfo: {
        ...pageInfo,
        startCursor: startCursor === null ? null : sign(startCursor),
        endCursor: endCursor === null ? null : sign(endCursor),
      },
    };
  }

  /** All pages show everything that was committed by then, also those from a replica. */
  private refreshedMs(): number {
    return performance.now() - this.deps.refreshMs;
  }

  private startAfter(feed: RankedFeed, cursor: string): { version: number; place: number } {
    const [, version, place] = placePattern.exec(this.deps.cursors.toPlace(FeedKind[feed], cursor)) ?? [];
    if (version === undefined) throw badCursor();
    return { version: Number(version), place: Number(place) + 1 };
  }

  /** The next works that the viewer may see. Others are passed over, so that a page is full as long as there is more. */
  private async visibleFrom(
    db: Db,
    { ids }: HeldSnapshot,
    start: number,
    { viewerId, count }: { viewerId: string | null; count: number },
  ): Promise<PlacedWork[]> {
    const found: PlacedWork[] = [];
    for (let from = start; from < ids.length && found.length < count; from += count) {
      const candidates = ids.slice(from, from + count);
      const works = await this.deps.works.findMany(viewerId, candidates, db);
      const byId = new Map(works.map((work) => [work.row.id, work]));
      candidates.forEach((id, n) => {
        const work = byId.get(id);
        if (work?.isListed) found.push({ work, place: from + n });
      });
    }
    return found.slice(0, count);
  }
}
