import { type Column, getTableColumns, type SQL, sql } from "drizzle-orm";
import { PgDialect, type PgTable } from "drizzle-orm/pg-core";
import type { Queryable } from "../db.js";

type Values = Record<string, unknown>;

/**
 * Whole rows of one table by a statement that is written once, at the start. drizzle would write it,
 * and look up what each column is, at every call; this is for what is read at every request.
 *
 * `tail` is what follows FROM, with `sql.placeholder` for what changes.
 */
export function plannedRows<Table extends PgTable>(
  table: Table,
  tail: SQL,
): (db: Queryable, values: Values) => Promise<Table["$inferSelect"][]> {
  const columns = Object.entries<Column>(getTableColumns(table));
  const names = sql.join(
    columns.map(([, column]) => sql`${column}`),
    sql`, `,
  );
  const query = new PgDialect().sqlToQuery(sql`select ${names} from ${table} ${tail}`);
  const toRow = rowReader(columns);
  const read = (rows: unknown[][]) => rows.map(toRow);
  return (db, values) =>
    db._.session.prepareQuery(query, undefined, undefined, true, read).execute(values) as Promise<
      Table["$inferSelect"][]
    >;
}

/** As the driver hands it over, except where drizzle's column has something of its own to do. */
function rowReader(columns: [string, Column][]): (row: unknown[]) => Values {
  const readers = columns.map(([name, column]) => {
    const asIs = ["PgUUID", "PgText", "PgInteger", "PgBoolean", "PgEnumColumn"].includes(column.columnType);
    return { name, read: asIs ? null : (value: unknown) => column.mapFromDriverValue(value) };
  });
  return (row) => {
    const read: Values = {};
    for (const [n, reader] of readers.entries()) {
      const value = row[n];
      read[reader.name] = value === null || reader.read === null ? value : reader.read(value);
    }
    return read;
  };
}
