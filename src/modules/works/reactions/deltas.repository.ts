import { sql } from "drizzle-orm";
import type { Tx } from "../../../platform/db/index.js";
import { discoverScoreOf } from "../discover-score.js";
import { workStatDeltas, workStats } from "../works.tables.js";

const columns = [
  workStats.likes,
  workStats.favorites,
  workStats.shares,
  workStats.views,
  workStats.tips,
  workStats.tippers,
  workStats.tippedCredits,
  workStats.remixes,
];
const deltasMax = 20_000;

const name = (column: (typeof columns)[number]) => sql.identifier(column.name);
const added = (column: (typeof columns)[number]) => sql`${workStats}.${name(column)} + added.${name(column)}`;

/** Adds the waiting deltas to the counts. Returns the works whose counts have changed. */
export async function addDeltas(tx: Tx): Promise<string[]> {
  const sums = columns.map((column) => sql`sum(${name(column)})::int as ${name(column)}`);
  const changes = columns.map((column) => sql`${name(column)} = ${added(column)}`);
  const score = discoverScoreOf(
    {
      likes: sql`(${added(workStats.likes)})`,
      favorites: sql`(${added(workStats.favorites)})`,
      shares: sql`(${added(workStats.shares)})`,
      tippers: sql`(${added(workStats.tippers)})`,
    },
    sql`${workStats}.published_at`,
  );
  const rows = await tx.execute<{ work_id: string }>(sql`
    with taken as (
      delete from ${workStatDeltas}
      where id in (select id from ${workStatDeltas} order by id limit ${deltasMax})
      returning *
    ),
    added as (select work_id, ${sql.join(sums, sql`, `)} from taken group by work_id)
    update ${workStats} set ${sql.join(changes, sql`, `)}, revision = revision + 1,
      discover_score = case when discover_score is not null then ${score} end
    from added where ${workStats.workId} = added.work_id
    returning ${workStats.workId}`);
  return rows.map(({ work_id }) => work_id);
}
