import {
  type Column,
  getTableColumns,
  getViewSelectedFields,
  is,
  type SQL,
  type SQLWrapper,
  sql,
} from "drizzle-orm";
import { PgDialect, type PgTable, PgView } from "drizzle-orm/pg-core";
import type { Queryable } from "./index.js";

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
    sql`where ${table.id} = any(${arrayOf(sql.placeholder("ids"), "uuid")}) and ${where}`,
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

/**
 * An array parameter. PostgreSQL looks into a parameter that it is given, expects fewer rows of a short array than of one
 * it does not know, and so plans the statement again at each call. Into the result of a subquery it does not look.
 */
export function arrayOf(parameter: SQLWrapper, type: string): SQL {
  return sql`array(select unnest(${parameter}::${sql.raw(type)}[]))`;
}

/** `column in (uuids)` with one parameter, so that all lists share one prepared statement. */
export function isAnyOf(column: Column, uuids: readonly string[]): SQL {
  return sql`${column} = any(${arrayOf(sql.param([...uuids]), "uuid")})`;
}

/** Rows from one array parameter per column. `columns` maps the placeholders' names to SQL types. */
export function unnest(columns: Record<string, string>): SQL {
  const arrays = Object.entries(columns).map(([name, type]) => arrayOf(sql.placeholder(name), type));
  return sql`unnest(${sql.join(arrays, sql`, `)})`;
}

/** A table or view that rows are read from. */
export type RowSource = (PgTable | PgView) & { $inferSelect: object };

export function columnsOf(source: RowSource): Record<string, Column> {
  return is(source, PgView)
    ? (getViewSelectedFields(source) as Record<string, Column>)
    : getTableColumns(source);
}

/** Types that the driver reads exactly as drizzle does. */
const unconvertedTypes = new Set(["PgUUID", "PgText", "PgInteger", "PgBoolean", "PgEnumColumn"]);

/** Converts the driver's values of a table's columns into the row that drizzle would make of them. */
export class RowMapper<Row> {
  private readonly names: readonly string[];
  private readonly columns: readonly Column[];
  private readonly conversions: readonly (((value: unknown) => unknown) | null)[];

  private constructor(columns: Record<string, Column>, isRead: (name: string) => boolean) {
    this.names = Object.keys(columns).filter(isRead);
    this.columns = this.names.map((name) => columns[name] as Column);
    this.conversions = this.columns.map((column) =>
      unconvertedTypes.has(column.columnType) ? null : (value) => column.mapFromDriverValue(value),
    );
  }

  /** Columns that are not read are undefined in the rows. */
  static of<Table extends RowSource>(
    table: Table,
    isRead: (name: string) => boolean = () => true,
  ): RowMapper<Table["$inferSelect"]> {
    return new RowMapper(columnsOf(table), isRead);
  }

  get size(): number {
    return this.columns.length;
  }

  /** The column's position among the values. */
  indexOf(column: Column): number {
    return this.columns.indexOf(column);
  }

  /** The columns, in the order in which `read` expects their values. */
  get selection(): SQL {
    return sql.join(
      this.columns.map((column) => sql`${column}`),
      sql`, `,
    );
  }

  /** The row whose first value is at index `from`. */
  read(values: readonly unknown[], from = 0): Row {
    const row: Record<string, unknown> = {};
    for (let n = 0; n < this.names.length; n++) {
      const value = values[from + n];
      const convert = this.conversions[n];
      row[this.names[n] as string] = convert && value !== null ? convert(value) : value;
    }
    return row as Row;
  }
}
