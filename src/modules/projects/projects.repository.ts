import { and, eq, isNull } from "drizzle-orm";
import type { Queryable } from "../../platform/db/index.js";
import { prepareFindByIds, prepareIsOwner } from "../../platform/db/prepared.js";
import { projects } from "./projects.tables.js";

/** A project as the database has it. Ids are bare UUIDs. */
export type ProjectRow = typeof projects.$inferSelect;

export const isLiveProject = isNull(projects.deletedAt);

export async function insertProject(db: Queryable, row: Omit<ProjectRow, "deletedAt">): Promise<ProjectRow> {
  const [inserted] = await db.insert(projects).values(row).returning();
  return inserted as ProjectRow;
}

/** Of any user, without deleted ones. The caller looks whose they are. */
export const projectsByIds = prepareFindByIds(projects, isLiveProject);

/** Whether this is a project of this user's that is not deleted. */
export const ownsProject = prepareIsOwner(projects, isLiveProject);

export type ProjectChange = Partial<Pick<ProjectRow, "name" | "description" | "updatedAt" | "deletedAt">>;

/** Null when the user has no such project, or not any more. */
export async function updateProject(
  db: Queryable,
  userId: string,
  id: string,
  change: ProjectChange,
): Promise<ProjectRow | null> {
  const [row] = await db
    .update(projects)
    .set(change)
    .where(and(eq(projects.id, id), eq(projects.userId, userId), isLiveProject))
    .returning();
  return row ?? null;
}
