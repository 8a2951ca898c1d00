import { type Column, getTableColumns, getViewSelectedFields, is, type SQL, sql } from "drizzle-orm";
import { type PgTable, PgView } from "drizzle-orm/pg-core";

/** Where rows come from. */
export type RowSource = (PgTable | PgView) & { $inferSelect: object };

export function columnsOf(source: RowSource): Record<string, Column> {
  return is(source, PgView)
    ? (getViewSelectedFields(source) as Record<string, Column>)
    : getTableColumns(source);
}

/** The driver's values of one row, and where this table's begin. */
type RowClass<Row> = new (values: readonly unknown[], from: number) => Row;

/**
 * Turns the driver's values of a table's columns, in one order, into a row as drizzle would make it.
 * Columns that were not read are undefined.
 */
export class RowMapper<Row> {
  private readonly columns: Column[];
  private readonly Row: RowClass<Row>;

  private constructor(all: Record<string, Column>, isRead: (name: string) => boolean) {
    const columns = Object.fromEntries(Object.entries(all).filter(([name]) => isRead(name)));
    this.columns = Object.values(columns);
    this.Row = rowClass(columns) as RowClass<Row>;
  }

  static of<Table extends RowSource>(
    table: Table,
    isRead: (name: string) => boolean = () => true,
  ): RowMapper<Table["$inferSelect"]> {
    return new RowMapper(columnsOf(table), isRead);
  }

  get size(): number {
    return this.columns.length;
  }

  /** Where this column's value is. */
  placeOf(column: Column): number {
    return this.columns.indexOf(column);
  }

  /** Its columns as a statement selects them. */
  get selection(): SQL {
    return sql.join(
      this.columns.map((column) => sql`${column}`),
      sql`, `,
    );
  }

  /** The row whose first value is at `from`. It has getters: spread it, and nothing is left of it. */
  read(values: readonly unknown[], from = 0): Row {
    return new this.Row(values, from);
  }
}

const sameAsDriver = new Set(["PgUUID", "PgText", "PgInteger", "PgBoolean", "PgEnumColumn"]);

/** Getters convert a value when it is used: most rows have columns that are not used, and dates are slow to make. */
function rowClass(columns: Record<string, Column>): RowClass<object> {
  class PlannedRow {
    constructor(
      readonly values: readonly unknown[],
      readonly from: number,
    ) {}
  }
  for (const [n, [name, column]] of Object.entries(columns).entries()) {
    const get = sameAsDriver.has(column.columnType)
      ? function (this: PlannedRow) {
          return this.values[this.from + n];
        }
      : function (this: PlannedRow) {
          const value = this.values[this.from + n];
          return value === null ? null : column.mapFromDriverValue(value);
        };
    Object.defineProperty(PlannedRow.prototype, name, { get, enumerable: true });
  }
  return PlannedRow;
}
