import { and, desc, eq, isNull, sql } from "drizzle-orm";
import { plannedRows } from "../../platform/db/planned-rows.js";
import type { Db, Queryable } from "../../platform/db.js";
import type { Page } from "../../platform/graphql/connection.js";
import { projects } from "./projects.tables.js";

/** A project as the database has it. Ids are bare UUIDs. */
export type ProjectRow = typeof projects.$inferSelect;

const isLive = isNull(projects.deletedAt);

export async function insertProject(db: Queryable, row: Omit<ProjectRow, "deletedAt">): Promise<ProjectRow> {
  const [inserted] = await db.insert(projects).values(row).returning();
  return inserted as ProjectRow;
}

/** Of any user, without deleted ones. The caller looks whose they are. */
export function projectsByIds(db: Db, ids: readonly string[]): Promise<ProjectRow[]> {
  return byIds(db, { ids });
}

const byIds = plannedRows(
  projects,
  sql`where ${projects.id} = any(${sql.placeholder("ids")}::uuid[]) and ${isLive}`,
);

/** Whether this is a project of this user's that is not deleted. */
export async function ownsProject(db: Queryable, userId: string, id: string): Promise<boolean> {
  const found = await db
    .select({ id: projects.id })
    .from(projects)
    .where(and(eq(projects.id, id), eq(projects.userId, userId), isLive));
  return found.length > 0;
}

/** A user's projects, newest first: one more than the page has, to tell whether there are more. */
export function listProjects(db: Queryable, userId: string, page: Page): Promise<ProjectRow[]> {
  const { after } = page;
  return db
    .select()
    .from(projects)
    .where(
      and(
        eq(projects.userId, userId),
        isLive,
        after
          ? sql`(${projects.createdAt}, ${projects.id}) < (${after.createdAt.toISOString()}::timestamptz, ${after.id}::uuid)`
          : undefined,
      ),
    )
    .orderBy(desc(projects.createdAt), desc(projects.id))
    .limit(page.first + 1);
}

export type ProjectChange = Partial<Pick<ProjectRow, "name" | "description" | "updatedAt" | "deletedAt">>;

/** Null when the user has no such project, or not any more. */
export async function changeProject(
  db: Queryable,
  userId: string,
  id: string,
  change: ProjectChange,
): Promise<ProjectRow | null> {
  const [row] = await db
    .update(projects)
    .set(change)
    .where(and(eq(projects.id, id), eq(projects.userId, userId), isLive))
    .returning();
  return row ?? null;
}
