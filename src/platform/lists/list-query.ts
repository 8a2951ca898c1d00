import { type Column, type SQL, sql } from "drizzle-orm";
import type { PgTable } from "drizzle-orm/pg-core";
import { arrayOf, columnsOf, type Prepared, prepare, RowMapper, type RowSource } from "../db/prepared.js";
import type { EagerRelations } from "../graphql/node.js";
import { type SortKey, SortKeys } from "./sort-keys.js";

/** The columns that a node's fields are answered from, for each field that is not a column of the same name. */
export type FieldColumns = Readonly<Record<string, readonly string[]>>;

/** A row that each row of a list may point to: read by the list's own statement if its field is requested. */
export interface JoinedRelation {
  /** The field of the list's nodes that shows it. */
  field: string;
  table: PgTable & { id: Column };
  /** At most one row. */
  on: SQL;
  fieldColumns: FieldColumns;
  toNode(row: never): object;
}

/** A condition that only some requests have. */
export interface ListFilter {
  /** Names and SQL types of its parameters. */
  params: Readonly<Record<string, string>>;
  where: SQL;
  /** Rows that match may be rare, so such a page can read for long. It runs alone, and no other page waits for it. */
  isRare?: boolean;
}

/**
 * A sorted list of rows. Its conditions name the parameters of the request for a page as
 * `request.<name>`: whose rows it lists, and whose eyes they are for, is said there.
 */
export interface ListDefinition<Table extends RowSource> {
  table: Table;
  /** Joins that all pages need, for example of the likes by which a list of works is sorted. */
  joins?: SQL;
  /** Names and SQL types of the parameters that every request has. */
  params: Readonly<Record<string, string>>;
  where: SQL;
  filters?: Readonly<Record<string, ListFilter>>;
  order: readonly SortKey[];
  relations?: readonly JoinedRelation[];
  /** Without it, whole rows are read. */
  fieldColumns?: FieldColumns;
}

/** A table of the statement, and those of its columns that are read. */
export interface ListPart {
  table: RowSource;
  columns: ReadonlySet<string>;
  relation: JoinedRelation | null;
}

/** One row of a page. */
export interface ListRow<Row> {
  /** Which of the requests it is for, from 0. */
  request: number;
  /** The values that the list is sorted by. */
  sortValues: readonly unknown[];
  row: Row;
  eagerRelations: EagerRelations;
}

/** The statement that reads a page for each request: these columns of these tables, with these filters. */
export function prepareListQuery<Table extends RowSource, Row>(
  list: ListDefinition<Table>,
  parts: readonly ListPart[],
  filters: readonly ListFilter[],
): Prepared<ListRow<Row>> {
  const keys = new SortKeys(list.order);
  const shapes = parts.map((part) => RowMapper.of(part.table, (name) => part.columns.has(name)));
  const columns = [...keys.columns, ...shapes.map(({ selection }) => selection)];
  const joins = parts.map(({ relation: to }) => (to ? sql` left join ${to.table} on ${to.on}` : sql``));
  const conditions = [list.where, ...filters.map(({ where }) => where), keys.isAfter];
  const params = Object.assign({}, list.params, ...filters.map((filter) => filter.params), keys.params, {
    size: "int",
  });
  // Named by their places, since two tables may have a column of the same name.
  const places = Array.from(
    { length: keys.size + shapes.reduce((sum, { size }) => sum + size, 0) },
    (_, n) => `c${n}`,
  );
  const statement = sql`
    select request.position::int, page.* from ${requestRows(params)}
      with ordinality as request(${sql.raw([...Object.keys(params), "position"].join())})
    cross join lateral (
      select ${sql.join(columns, sql`, `)} from ${list.table} ${list.joins ?? sql``} ${sql.join(joins)}
      where ${sql.join(conditions, sql` and `)}
      order by ${keys.orderBy()} limit request.size
    ) as page(${sql.raw(places.join())})
    order by request.position, ${keys.orderBy(places.slice(0, keys.size).map((place) => sql.raw(`page.${place}`)))}`;
  const [own] = shapes as [RowMapper<Row>];
  const rowFrom = 1 + keys.size;
  const readRelations = relationReader(parts, shapes, rowFrom);
  return prepare(statement, (values) => ({
    request: (values[0] as number) - 1,
    sortValues: values.slice(1, rowFrom),
    row: own.read(values, rowFrom),
    eagerRelations: readRelations(values),
  }));
}

/** Each parameter is an array of texts: drivers differ in how they write arrays of instants. */
function requestRows(params: Readonly<Record<string, string>>): SQL {
  const arrays = Object.entries(params).map(
    ([name, type]) => sql`${arrayOf(sql.placeholder(name), "text")}::${sql.raw(type)}[]`,
  );
  return sql`unnest(${sql.join(arrays, sql`, `)})`;
}

/** How joined rows are read from the driver's values. */
function relationReader(parts: readonly ListPart[], shapes: readonly RowMapper<unknown>[], rowFrom: number) {
  let from = rowFrom;
  const joined = shapes.flatMap((shape, n) => {
    const [start, relation] = [from, parts[n]?.relation];
    from += shape.size;
    return relation ? [{ ...relation, shape, start, idAt: start + shape.indexOf(relation.table.id) }] : [];
  });
  return (values: readonly unknown[]): EagerRelations => {
    const relations: Record<string, object | null> = {};
    for (const { field, toNode, shape, start, idAt } of joined) {
      relations[field] = values[idAt] === null ? null : toNode(shape.read(values, start) as never);
    }
    return relations;
  };
}

/** The columns that these fields are answered from, and the id; without declared columns, all of them. */
export function columnsFor(
  table: RowSource,
  fields: readonly string[],
  fieldColumns: FieldColumns | undefined,
): ReadonlySet<string> {
  const all = new Set(Object.keys(columnsOf(table)));
  if (!fieldColumns) return all;
  const needed = fields.flatMap((field) => {
    const columns = fieldColumns[field] ?? (all.has(field) ? [field] : field === "__typename" ? [] : null);
    if (!columns) throw new Error(`no columns are declared for the field ${field}`);
    return columns;
  });
  return new Set(["id", ...needed]);
}
