import { type Column, type SQL, sql } from "drizzle-orm";
import { PgDialect, type PgTable } from "drizzle-orm/pg-core";
import type { Queryable } from "./index.js";
import { RowMapper, type RowSource } from "./row-mapper.js";

/** A statement whose SQL text is built once, at startup. `sql.placeholder` marks its parameters. */
export type Prepared<Row> = (db: Queryable, values: Record<string, unknown>) => Promise<Row[]>;

/**
 * For statements of every request: drizzle's query builder would build the SQL text and the mapping of
 * its columns at each call. `toRow` gets the driver's values in the order of the selection.
 */
export function prepare<Row>(statement: SQL, toRow: (values: unknown[]) => Row): Prepared<Row> {
  const query = new PgDialect().sqlToQuery(statement);
  const read = (rows: unknown[][]) => rows.map(toRow);
  return (db, values) =>
    db._.session.prepareQuery(query, undefined, undefined, true, read).execute(values) as Promise<Row[]>;
}

/** Whole rows of one table or view. `tail` holds the clauses after FROM. */
export function prepareSelect<Table extends RowSource>(
  table: Table,
  tail: SQL,
): Prepared<Table["$inferSelect"]> {
  const mapper = RowMapper.of(table);
  return prepare(sql`select ${mapper.selection} from ${table} ${tail}`, (values) => mapper.read(values));
}

/** Whole rows of one table by their ids, in any order, without the ids that have no row. */
export function prepareFindByIds<Table extends PgTable & { id: Column }>(
  table: Table,
  where: SQL = sql`true`,
): (db: Queryable, ids: readonly string[]) => Promise<Table["$inferSelect"][]> {
  const read = prepareSelect(
    table,
    sql`where ${table.id} = any(${sql.placeholder("ids")}::uuid[]) and ${where}`,
  );
  return (db, ids) => read(db, { ids });
}

/** Whether a row with this id exists and belongs to the user. */
export function prepareIsOwner<Table extends PgTable & { id: Column; userId: Column }>(
  table: Table,
  where: SQL = sql`true`,
): (db: Queryable, userId: string, id: string) => Promise<boolean> {
  const read = prepare(
    sql`select from ${table} where ${table.id} = ${sql.placeholder("id")}::uuid
      and ${table.userId} = ${sql.placeholder("userId")}::uuid and ${where}`,
    () => true,
  );
  return async (db, userId, id) => (await read(db, { userId, id })).length > 0;
}

/** Rows from one array parameter per column. `columns` maps the placeholders' names to SQL types. */
export function unnest(columns: Record<string, string>): SQL {
  const arrays = Object.entries(columns).map(
    ([name, type]) => sql`${sql.placeholder(name)}::${sql.raw(type)}[]`,
  );
  return sql`unnest(${sql.join(arrays, sql`, `)})`;
}
