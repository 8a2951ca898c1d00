import { and, eq, isNull } from "drizzle-orm";
import type { Queryable } from "../../platform/db/index.js";
import { prepareFindByIds, prepareIsOwner } from "../../platform/db/prepared.js";
import { projects } from "./projects.tables.js";

/** A row of `projects`. Ids are bare UUIDs. */
export type ProjectRow = typeof projects.$inferSelect;

export const isLiveProject = isNull(projects.deletedAt);

export async function insertProject(db: Queryable, row: Omit<ProjectRow, "deletedAt">): Promise<ProjectRow> {
  const [inserted] = await db.insert(projects).values(row).returning();
  return inserted as ProjectRow;
}

/** Projects of any user, without deleted ones. The caller must check the owner. */
export const projectsByIds = prepareFindByIds(projects, isLiveProject);

/** True if the user owns the project and it is not deleted. */
export const ownsProject = prepareIsOwner(projects, isLiveProject);

export type ProjectChange = Partial<Pick<ProjectRow, "name" | "description" | "updatedAt" | "deletedAt">>;

/** Null if the project does not exist, is deleted or belongs to another user. */
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
