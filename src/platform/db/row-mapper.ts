import { type Column, getTableColumns, getViewSelectedFields, is, type SQL, sql } from "drizzle-orm";
import { type PgTable, PgView } from "drizzle-orm/pg-core";

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
