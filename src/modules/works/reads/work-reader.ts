import { type SQL, sql } from "drizzle-orm";
import { RowLoader } from "../../../platform/async/batcher.js";
import type { Db } from "../../../platform/db/index.js";
import { prepare, RowMapper, unnest } from "../../../platform/db/prepared.js";
import type { Connection } from "../../../platform/graphql/connection.js";
import { users } from "../../accounts/accounts.tables.js";
import { User } from "../../accounts/index.js";
import { promptUnlocks } from "../payments/payments.tables.js";
import { workFavorites, workLikes } from "../reactions/reactions.tables.js";
import { joinAuthor, visibleWork } from "../visibility.js";
import { Work, type WorkCounts } from "../works.graphql.js";
import { workStats, works } from "../works.tables.js";

/** A work as one viewer sees it. `id` is the key that it was loaded by. */
interface ViewedWork {
  id: string;
  work: Work;
}

const pageAttemptsMax = 5;

const workColumns = RowMapper.of(works);
const authorColumns = RowMapper.of(users);

/** Counts with the deltas that are not added yet, so that users see their own reactions at once. */
const counts = ["likes", "favorites", "shares", "views", "tips", "remixes"] as const;
const countColumns = sql.join(
  counts.map((name) => sql`${workStats[name]} + coalesce(waiting.${sql.identifier(name)}, 0)`),
  sql`, `,
);

// With OFFSET 0, PostgreSQL looks up each row. Without, it may read a whole table, planned while the table was small.
const isViewers = (table: typeof workLikes | typeof workFavorites | typeof promptUnlocks) =>
  sql`${table.workId} = ${works.id} and ${table.userId} = request.viewer_id`;
const hasReacted = (table: typeof workLikes | typeof workFavorites) =>
  sql`exists (select from ${table} where ${isViewers(table)} offset 0)`;
const hasUnlocked = sql`exists (
  select from ${promptUnlocks} where ${isViewers(promptUnlocks)} and ${promptUnlocks.reversedAt} is null offset 0)`;
const waitingCounts = sql.join(
  counts.map((name) => sql`waiting.${sql.identifier(name)}`),
  sql`, `,
);

/** A viewer of a work: the place of their key, from 1, and what they did with the work. */
type View = [place: number, liked: boolean, favorited: boolean, unlocked: boolean];

/** Each work comes once, with all its viewers, because the requests of a moment often ask for the same works. */
function prepareRead(where: SQL): (db: Db, keys: readonly string[]) => Promise<ViewedWork[]> {
  const read = prepare(
    sql`select ${workStats.revision}, ${countColumns}, ${workColumns.selection}, ${authorColumns.selection},
      json_agg(json_build_array(request.place, ${hasReacted(workLikes)}, ${hasReacted(workFavorites)}, ${hasUnlocked}))
    from ${unnest({ works: "uuid", viewers: "uuid" })} with ordinality as request(work_id, viewer_id, place)
    join ${works} on ${works.id} = request.work_id
    ${joinAuthor}
    join ${workStats} on ${workStats.workId} = ${works.id}
    left join waiting_work_counts(${sql.placeholder("works")}::uuid[]) waiting on waiting.work_id = ${works.id}
    where ${where}
    group by ${works.id}, ${users.id}, ${workStats.workId}, ${waitingCounts}`,
    (values) => {
      const revision = values[0] as number;
      const numbers = Object.fromEntries(counts.map((name, n) => [name, values[n + 1]]));
      const workAt = 1 + counts.length;
      return {
        row: workColumns.read(values, workAt),
        counts: { ...(numbers as Omit<WorkCounts, "revision">), revision },
        author: User.of(authorColumns.read(values, workAt + workColumns.size)),
        views: values.at(-1) as View[],
      };
    },
  );
  return async (db, keys) => {
    const found = await read(db, { works: keys.map(workOf), viewers: keys.map(viewerOf) });
    return found.flatMap(({ row, counts, author, views }) =>
      views.map(([place, liked, favorited, unlocked]) => {
        const id = keys[place - 1] as string;
        const viewer = { author, viewerId: viewerOf(id), liked, favorited, unlocked };
        return { id, work: new Work(row, counts, viewer) };
      }),
    );
  };
}

const readWorks = prepareRead(visibleWork(sql`request.viewer_id`));
const readPaidWorks = prepareRead(sql`true`);

/**
 * Reads works by id for viewers: everything that the type Work shows, in one statement for all requests of a moment.
 * `viewerId` is null without a login. Lists pass the database that they read from.
 */
export class WorkReader {
  private readonly loaders = new WeakMap<Db, RowLoader<ViewedWork>>();
  private readonly paidWorks: RowLoader<ViewedWork>;

  constructor(private readonly primary: Db) {
    this.paidWorks = new RowLoader((keys) => readPaidWorks(primary, keys));
  }

  /** Null if the viewer may not see it. */
  async find(viewerId: string | null, workId: string): Promise<Work | null> {
    return (await this.findMany(viewerId, [workId]))[0] ?? null;
  }

  /**
   * For the answer to a payment: also a work that has gone since it was paid for. Otherwise the payer would hear that
   * there is no such work, although they were charged.
   */
  async findPaid(payerId: string, workId: string): Promise<Work> {
    const found = await this.paidWorks.load(keyOf(payerId, workId));
    if (!found) throw new Error(`there is no work ${workId}`);
    return found.work;
  }

  /** In the order of the ids, without those that the viewer may not see. */
  async findMany(viewerId: string | null, workIds: readonly string[], db = this.primary): Promise<Work[]> {
    const found = await this.loaderOf(db).loadMany(workIds.map((id) => keyOf(viewerId, id)));
    return found.map(({ work }) => work);
  }

  /**
   * A page of ids as a page of works. If a work has disappeared since the ids were read, both are read again, so that
   * the page is full as long as there is more.
   */
  async readPage(
    viewerId: string | null,
    db: Db,
    readIds: () => Promise<Connection<string>>,
  ): Promise<Connection<Work>> {
    for (let attempt = 1; ; attempt++) {
      const page = await readIds();
      const found = await this.findMany(viewerId, page.nodes, db);
      const works = new Map(found.map((work) => [work.row.id, work]));
      const edges = page.edges.flatMap(({ cursor, node }) => {
        const work = works.get(node);
        return work ? [{ cursor, node: work }] : [];
      });
      if (edges.length === page.edges.length || attempt === pageAttemptsMax)
        return { edges, nodes: edges.map(({ node }) => node), pageInfo: page.pageInfo };
    }
  }

  private loaderOf(db: Db): RowLoader<ViewedWork> {
    const loader = this.loaders.get(db) ?? new RowLoader<ViewedWork>((keys) => readWorks(db, keys));
    this.loaders.set(db, loader);
    return loader;
  }
}

function keyOf(viewerId: string | null, workId: string): string {
  return `${workId}${viewerId ?? ""}`;
}

const uuidLength = 36;
const workOf = (key: string): string => key.slice(0, uuidLength);
const viewerOf = (key: string): string | null => key.slice(uuidLength) || null;
