import { asc, type Column, eq, sql } from "drizzle-orm";
import { alias } from "drizzle-orm/pg-core";
import type { Queryable } from "../../../platform/db/index.js";
import { isAnyOf } from "../../../platform/db/prepared.js";
import { users } from "../../accounts/accounts.tables.js";
import { works } from "../works.tables.js";
import { workLineage } from "./remixes.tables.js";

/** A work that another one was made from. Ids are bare UUIDs. */
export interface LineageRow {
  /** How many steps back; the original keeps its true distance. */
  level: number;
  workId: string;
  authorId: string;
  /** As it was when the remix was published. */
  title: string;
  presentTitle: string;
  /** Its author is suspended, or an operator removed it: it gets no share of fees. */
  isPassedOver: boolean;
}

const isPassedOver = ({ status }: { status: Column }) =>
  sql<boolean>`(${status} = 'REMOVED' or ${users.bannedAt} is not null)`;

/** Levels that are kept and paid: the nearest ones and always the original. */
export const levelsMax = 5;

/** The nearest levels and the original, of all levels in their order. */
export function cutLevels<Level>(levels: readonly Level[]): Level[] {
  if (levels.length <= levelsMax) return [...levels];
  return [...levels.slice(0, levelsMax - 1), ...levels.slice(-1)];
}

/** The lineages of works, the direct source first, by the works' bare UUIDs. Originals are absent. */
export async function lineagesOf(
  db: Queryable,
  workIds: readonly string[],
): Promise<Map<string, LineageRow[]>> {
  const source = alias(works, "source");
  const rows = await db
    .select({
      ofWork: workLineage.workId,
      level: workLineage.level,
      workId: source.id,
      authorId: source.userId,
      title: workLineage.title,
      presentTitle: source.title,
      isPassedOver: isPassedOver(source),
    })
    .from(workLineage)
    .innerJoin(source, eq(source.id, workLineage.sourceId))
    .innerJoin(users, eq(users.id, source.userId))
    .where(isAnyOf(workLineage.workId, workIds))
    .orderBy(asc(workLineage.level));
  return Map.groupBy(rows, ({ ofWork }) => ofWork);
}

/** A work and its lineage as the levels of a remix of it: the work is level 0. */
export async function levelsOf(db: Queryable, workId: string): Promise<LineageRow[]> {
  const [source] = await db
    .select({
      level: sql<number>`0`,
      workId: works.id,
      authorId: works.userId,
      title: works.title,
      presentTitle: works.title,
      isPassedOver: isPassedOver(works),
    })
    .from(works)
    .innerJoin(users, eq(users.id, works.userId))
    .where(eq(works.id, workId));
  if (!source) throw new Error(`there is no work ${workId}`);
  return [source, ...((await lineagesOf(db, [workId])).get(workId) ?? [])];
}

/**
 * CTEs that store the works that new works were made from, with the titles of this moment: the same levels as `cutLevels`
 * keeps. They read the new works from the CTE `added`.
 */
export const insertLineages = sql`
  levels as (
    select added.id as work_id, 1 as level, added.remix_of as source_id from added where added.remix_of is not null
    union all
    select added.id, l.level + 1, l.source_id from added join ${workLineage} l on l.work_id = added.remix_of
  ),
  ranked_levels as (
    select *, row_number() over (partition by work_id order by level) as nth, count(*) over (partition by work_id) as count
    from levels
  ),
  lineages as (
    insert into ${workLineage} (work_id, level, source_id, title)
    select l.work_id, l.level, l.source_id, ${works.title}
    from ranked_levels l join ${works} on ${works.id} = l.source_id
    where l.nth < ${sql.raw(String(levelsMax))} or l.nth = l.count
  )`;

/** The users and works that the fee of a remix is divided over, the direct source first. `payerId` is null for a stranger. */
export function paidLevels(levels: readonly LineageRow[], payerId: string | null): LineageRow[] {
  return cutLevels(levels).filter(({ authorId, isPassedOver }) => !isPassedOver && authorId !== payerId);
}
