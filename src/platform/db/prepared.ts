import { type Column, type SQL, sql } from "drizzle-orm";
import { PgDialect, type PgTable } from "drizzle-orm/pg-core";
import type { Queryable } from "./index.js";
import { RowMapper, type RowSource } from "./row-mapper.js";

/** A statement that is written once, at the start: `sql.placeholder` stands for what changes. */
export type Prepared<Row> = (db: Queryable, values: Record<string, unknown>) => Promise<Row[]>;

/**
 * drizzle would write a statement, and look up what each of its columns is, at every call; this is for
 * what is read at every request. `toRow` gets the driver's values in the order of the selection.
 */
export function prepare<Row>(statement: SQL, toRow: (values: unknown[]) => Row): Prepared<Row> {
  const query = new PgDialect().sqlToQuery(statement);
  const read = (rows: unknown[][]) => rows.map(toRow);
  return (db, values) =>
    db._.session.prepareQuery(query, undefined, undefined, true, read).execute(values) as Promise<Row[]>;
}

/** Whole rows of one table or view. `tail` is what follows FROM. */
export function prepareSelect<Table extends RowSource>(
  table: Table,
  tail: SQL,
): Prepared<Table["$inferSelect"]> {
  const shape = RowMapper.of(table);
  return prepare(sql`select ${shape.selection} from ${table} ${tail}`, (values) => shape.read(values));
}

/** Whole rows of one table by their ids, in no order; what is not there is left out. */
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

/** Whether the row of an id is there and this user's. */
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

/** Rows from arrays, one for each column: placeholders of the columns' names, by the columns' types. */
export function unnest(columns: Record<string, string>): SQL {
  const arrays = Object.entries(columns).map(
    ([name, type]) => sql`${sql.placeholder(name)}::${sql.raw(type)}[]`,
  );
  return sql`unnest(${sql.join(arrays, sql`, `)})`;
}
