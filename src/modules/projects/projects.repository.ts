import { and, eq, isNull, sql } from "drizzle-orm";
import { planned, plannedRows } from "../../platform/db/planned-rows.js";
import type { Db, Queryable } from "../../platform/db.js";
import { projects } from "./projects.tables.js";

/** A project as the database has it. Ids are bare UUIDs. */
export type ProjectRow = typeof projects.$inferSelect;

export const isLive = isNull(projects.deletedAt);

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

const ownedProject = planned(
  sql`select from ${projects} where ${projects.id} = ${sql.placeholder("id")}::uuid
    and ${projects.userId} = ${sql.placeholder("userId")}::uuid and ${isLive}`,
  () => true,
);

/** Whether this is a project of this user's that is not deleted. */
export async function ownsProject(db: Queryable, userId: string, id: string): Promise<boolean> {
  return (await ownedProject(db, { userId, id })).length > 0;
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
