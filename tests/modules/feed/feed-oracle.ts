import { sql } from "drizzle-orm";
import type { FeedKind } from "../../../src/generated/operations.js";
import { workPrefix } from "../../../src/modules/works/works.ids.js";
import type { Db } from "../../../src/platform/db/index.js";

interface WorkState {
  id: string;
  uuid: string;
  authorId: string;
  publishedAtMs: number;
  isPublished: boolean;
  likes: number;
  favorites: number;
}

const dayMs = 86_400_000;
const pair = (from: string, to: string) => `${from}>${to}`;

/** The works that the feeds must show, computed from the rows of a moment without any of the product's code. */
export class FeedOracle {
  private constructor(
    readonly works: WorkState[],
    private readonly banned: ReadonlySet<string>,
    private readonly blocks: ReadonlySet<string>,
    private readonly follows: ReadonlySet<string>,
    private readonly nowMs: number,
  ) {}

  static async read(db: Db): Promise<FeedOracle> {
    // One statement, so that all is of one moment.
    const rows = await db.execute<{ state: RowsOfAMoment }>(sql`select json_build_object(
      'works', (select coalesce(json_agg(json_build_object('uuid', id, 'authorId', user_id,
          'publishedAtMs', floor(extract(epoch from published_at) * 1000 + 0.5), 'isPublished', status = 'PUBLISHED' and deleted_at is null,
          'likes', (select count(*) from work_likes l where l.work_id = w.id and l.user_id <> w.user_id),
          'favorites', (select count(*) from work_favorites f where f.work_id = w.id and f.user_id <> w.user_id))), '[]') from works w),
      'banned', (select coalesce(json_agg(id), '[]') from users where banned_at is not null),
      'blocks', (select coalesce(json_agg(blocker_id || '>' || blocked_id), '[]') from blocks),
      'follows', (select coalesce(json_agg(follower_id || '>' || followed_id), '[]') from follows),
      'nowMs', extract(epoch from clock_timestamp()) * 1000) as state`);
    const [{ state }] = rows as unknown as [{ state: RowsOfAMoment }];
    const { works, banned, blocks, follows, nowMs } = state;
    return new FeedOracle(
      works.map((work) => ({ ...work, id: workPrefix.toPublicId(work.uuid) })),
      ...([new Set(banned), new Set(blocks), new Set(follows), nowMs] as const),
    );
  }

  /** Ids in the feed's order, whoever may see them. */
  order(kind: FeedKind): string[] {
    return this.sorted(kind).map(({ id }) => id);
  }

  /** Whether the feed shows the work to this reader (a bare UUID; null: not logged in). */
  shows(kind: FeedKind, readerId: string | null, id: string): boolean {
    const work = this.works.find((each) => each.id === id);
    if (!work?.isPublished || this.banned.has(work.authorId)) return false;
    if (readerId === null) return kind !== "FOLLOWING";
    const isBlocked =
      this.blocks.has(pair(readerId, work.authorId)) || this.blocks.has(pair(work.authorId, readerId));
    return !isBlocked && (kind !== "FOLLOWING" || this.follows.has(pair(readerId, work.authorId)));
  }

  /** Works of the reader's feed, in order. */
  feed(kind: FeedKind, readerId: string | null): string[] {
    return this.order(kind).filter((id) => this.shows(kind, readerId, id));
  }

  private sorted(kind: FeedKind): WorkState[] {
    const published = this.works.filter(
      ({ isPublished, authorId }) => isPublished && !this.banned.has(authorId),
    );
    const byTime = (a: WorkState, b: WorkState) =>
      b.publishedAtMs - a.publishedAtMs || (a.uuid < b.uuid ? 1 : -1);
    if (kind === "FOLLOWING") return this.works.toSorted(byTime);
    if (kind === "HOT")
      return published
        .filter(({ publishedAtMs }) => this.nowMs - publishedAtMs < dayMs)
        .toSorted((a, b) => b.likes - a.likes || byTime(a, b));
    const score = ({ likes, favorites, publishedAtMs }: WorkState) =>
      Math.log2(1 + likes + 2 * favorites) + publishedAtMs / dayMs;
    return published.toSorted((a, b) =>
      Math.abs(score(a) - score(b)) < 1e-9 ? byTime(a, b) : score(b) - score(a),
    );
  }
}

interface RowsOfAMoment {
  works: Omit<WorkState, "id">[];
  banned: string[];
  blocks: string[];
  follows: string[];
  nowMs: number;
}
