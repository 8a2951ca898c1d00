import { and, asc, count, desc, eq, getTableColumns, isNotNull, isNull, sql } from "drizzle-orm";
import { isAnyOf, type Queryable, type Tx } from "../../platform/db.js";
import type { Page } from "../../platform/graphql/connection.js";
import type { VideoRow } from "./videos.repository.js";
import { videos } from "./videos.tables.js";

/** How many videos each project has, deleted ones left out. Projects without any are left out. */
export async function countVideosByProject(
  db: Queryable,
  projects: readonly { id: string; userId: string }[],
): Promise<Map<string, number>> {
  const projectIds = projects.map(({ id }) => id);
  const userIds = [...new Set(projects.map(({ userId }) => userId))];
  const rows = await db
    .select({ projectId: videos.projectId, videos: count() })
    .from(videos)
    .where(
      and(
        isAnyOf(videos.userId, userIds),
        isAnyOf(videos.projectId, projectIds),
        isNotNull(videos.projectId),
        isNull(videos.deletedAt),
      ),
    )
    .groupBy(videos.projectId);
  return new Map(rows.map((row) => [row.projectId as string, row.videos]));
}

/** A page of one project's videos. */
export interface ProjectPage extends Page {
  userId: string;
  projectId: string;
}

/** Later than every video: what a first page comes after. */
const end = { createdAt: "infinity", id: "ffffffff-ffff-ffff-ffff-ffffffffffff" };

/**
 * A page of each project's videos, newest first, all in one statement and in the order asked for: each
 * with at least one more than it has, if there are more.
 */
export async function pagesOfProjects(db: Queryable, pages: readonly ProjectPage[]): Promise<VideoRow[][]> {
  const column = (of: (page: ProjectPage) => string) => sql.param(pages.map(of));
  // Arrays, so that it is one statement, prepared once, however many projects they are of.
  const asked = sql`unnest(${column((page) => page.userId)}::uuid[], ${column((page) => page.projectId)}::uuid[],
      ${column(({ after }) => after?.createdAt.toISOString() ?? end.createdAt)}::text[]::timestamptz[],
      ${column(({ after }) => after?.id ?? end.id)}::uuid[])
    with ordinality as asked(user_id, project_id, after_at, after_id, nth)`;
  const page = db
    .select()
    .from(videos)
    .where(
      and(
        eq(videos.userId, sql`asked.user_id`),
        eq(videos.projectId, sql`asked.project_id`),
        isNull(videos.deletedAt),
        sql`(${videos.createdAt}, ${videos.id}) < (asked.after_at, asked.after_id)`,
      ),
    )
    .orderBy(desc(videos.createdAt), desc(videos.id))
    .limit(Math.max(...pages.map(({ first }) => first)) + 1)
    .as("page");
  const rows = await db
    .select({ nth: sql<number>`asked.nth::int`, ...page._.selectedFields })
    .from(asked)
    .crossJoinLateral(page)
    .orderBy(sql`asked.nth`, desc(page.createdAt), desc(page.id));
  const found: VideoRow[][] = pages.map(() => []);
  for (const { nth, ...row } of rows) found[nth - 1]?.push(row as VideoRow);
  return found;
}

/** Moves those of the videos that are the user's own and not deleted, and tells which these are. */
export async function moveToProject(
  tx: Tx,
  userId: string,
  ids: readonly string[],
  projectId: string | null,
): Promise<VideoRow[]> {
  const own = and(isAnyOf(videos.id, ids), eq(videos.userId, userId), isNull(videos.deletedAt));
  // Locked in the order of their ids: two moves of the same videos must not wait for each other.
  const locked = tx.select({ id: videos.id }).from(videos).where(own).orderBy(asc(videos.id)).for("update");
  const rows = await locked;
  if (rows.length < ids.length) return [];
  return tx.update(videos).set({ projectId }).where(own).returning(getTableColumns(videos));
}
