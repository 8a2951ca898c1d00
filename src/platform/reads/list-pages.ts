import { type Column, getTableColumns, type SQL, sql } from "drizzle-orm";
import type { PgTable } from "drizzle-orm/pg-core";
import { CallGroups } from "../call-groups.js";
import { type Planned, planned } from "../db/planned-rows.js";
import { RowShape } from "../db/row-shape.js";
import type { Db } from "../db.js";
import type { Along } from "../graphql/along.js";
import type { AskedFields } from "../graphql/asked-fields.js";
import { type Connection, connectionOf, cursorOf, type Page, pageSizeMax } from "../graphql/connection.js";

/** What a row of a list points to: read by the list's own statement when it is asked for. */
export interface Companion {
  /** The field of the list's nodes that shows it. */
  field: string;
  table: PgTable & { id: Column };
  /** Which row it is, if there is one; never more. */
  on: SQL;
  toNode(row: never): object;
}

/** A list that is sorted newest first by (createdAt, id), of one user's own rows. */
interface ListOf<Table> {
  table: Table & { id: Column; userId: Column; createdAt: Column };
  /** May name the page that is asked for: `asked.user_id`, `asked.within`. */
  where: SQL;
  /** The list is of those rows that have one value here. */
  within?: Column;
  companions: readonly Companion[];
}

/** Ids are bare UUIDs. */
interface AskedPage {
  userId: string;
  within?: string;
  page: Page;
  /** Fields that the nodes are asked for. */
  fields: AskedFields;
}

interface Found<Row> {
  row: Row;
  along: Along;
}

interface PlacedRow<Row> extends Found<Row> {
  nth: number;
}

type Group<Row> = CallGroups<AskedPage, Found<Row>[]>;

interface PlannedPage<Row> {
  read: Planned<PlacedRow<Row>>;
  groups: WeakMap<Db, Group<Row>>;
}

/** A table of the statement, and those of its columns that are read. */
interface Part {
  table: PgTable;
  columns: ReadonlySet<string>;
  companion: Companion | null;
}

/** Documents differ without end, and each plan stays with every connection. What comes after reads whole rows. */
const plansMax = 30;

/** Later than everything: what a first page comes after. */
const end = { createdAt: "infinity", id: "ffffffff-ffff-ffff-ffff-ffffffffffff" };

/**
 * Pages of a list, whoever asks: those that are asked for at the same time share one statement, and
 * what their rows point to comes along in it. Read is what is asked for.
 */
export class ListPages<Table extends PgTable, Row = Table["$inferSelect"]> {
  private readonly byParts = new Map<string, PlannedPage<Row>>();
  private readonly byFields = new WeakMap<AskedFields, PlannedPage<Row>>();

  constructor(private readonly list: ListOf<Table>) {}

  async read<Node>(
    db: Db,
    asked: AskedPage,
    toNode: (row: Row, along: Along) => Node,
  ): Promise<Connection<Node>> {
    const plan = this.planFor(asked.fields);
    const group = plan.groups.get(db) ?? groupOf(db, plan.read);
    plan.groups.set(db, group);
    return connectionOf(
      await group.ask(asked),
      asked.page,
      ({ row }) => cursorOf(row as { id: string; createdAt: Date }),
      ({ row, along }) => toNode(row, along),
    );
  }

  private planFor(fields: AskedFields): PlannedPage<Row> {
    const plan = this.byFields.get(fields) ?? this.planOf(this.partsShowing(fields));
    this.byFields.set(fields, plan);
    return plan;
  }

  private partsShowing(fields: AskedFields): Part[] {
    const { table, companions } = this.list;
    const along = companions.filter(({ field }) => fields.has(field));
    const others = new Set(along.map(({ field }) => field));
    const own = [...fields.names].filter((name) => !others.has(name));
    return [
      { table, columns: columnsShowing(table, [...own, "createdAt"]), companion: null },
      ...along.map((companion) => ({
        table: companion.table,
        columns: columnsShowing(companion.table, [...fields.within(companion.field).names]),
        companion,
      })),
    ];
  }

  private planOf(parts: readonly Part[]): PlannedPage<Row> {
    const kind = JSON.stringify(parts.map(({ companion, columns }) => [companion?.field, ...columns]));
    const known = this.byParts.get(kind);
    if (known) return known;
    if (this.byParts.size >= plansMax && !parts.every(isWhole)) return this.planOf(parts.map(whole));
    const plan: PlannedPage<Row> = { read: this.plan(parts), groups: new WeakMap() };
    this.byParts.set(kind, plan);
    return plan;
  }

  private plan(parts: readonly Part[]): Planned<PlacedRow<Row>> {
    const { table, where, within } = this.list;
    const shapes = parts.map((part) => RowShape.of(part.table, (name) => part.columns.has(name)));
    const [own] = shapes as [RowShape<Row>];
    const columns = sql.join(
      shapes.map(({ selection }) => selection),
      sql`, `,
    );
    const joins = parts.map(({ companion: to }) => (to ? sql` left join ${to.table} on ${to.on}` : sql``));
    const inIt = within ? sql`and ${within} = asked.within` : sql``;
    // Named by their places, since two tables may have a column of the same name.
    const size = shapes.reduce((sum, shape) => sum + shape.size, 0);
    const places = sql.raw(Array.from({ length: size }, (_, n) => `c${n}`).join());
    const order = [table.createdAt, table.id].map((column) => sql.raw(`c${own.placeOf(column)} desc`));
    const statement = sql`
      select asked.nth::int, page.* from ${askedRows} cross join lateral (
        select ${columns} from ${table} ${sql.join(joins)}
        where ${table.userId} = asked.user_id ${inIt} and ${where}
          and (${table.createdAt}, ${table.id}) < (asked.after_at, asked.after_id)
        order by ${table.createdAt} desc, ${table.id} desc limit asked.size
      ) as page(${places}) order by asked.nth, ${sql.join(order, sql`, `)}`;
    const readAlong = alongReader(parts, shapes);
    return planned(statement, (values) => ({
      nth: values[0] as number,
      row: own.read(values, 1),
      along: readAlong(values),
    }));
  }
}

function columnsOf(table: PgTable): string[] {
  return Object.keys(getTableColumns(table));
}

function isWhole({ table, columns }: Part): boolean {
  return columns.size === columnsOf(table).length;
}

function whole(part: Part): Part {
  return { ...part, columns: new Set(columnsOf(part.table)) };
}

/** The columns of these names and the id; all of them where one is no column, since it may need any. */
function columnsShowing(table: PgTable, fields: readonly string[]): ReadonlySet<string> {
  const all = columnsOf(table);
  const shown = new Set(["id", ...fields.filter((field) => field !== "__typename")]);
  const isPlain = [...shown].every((field) => all.includes(field));
  return new Set(all.filter((name) => !isPlain || shown.has(name)));
}

/** How what came along is read from the driver's values of a row. */
function alongReader(parts: readonly Part[], shapes: readonly RowShape<unknown>[]) {
  let from = 1;
  const joined = shapes.flatMap((shape, n) => {
    const [start, companion] = [from, parts[n]?.companion];
    from += shape.size;
    return companion ? [{ ...companion, shape, start, idAt: start + shape.placeOf(companion.table.id) }] : [];
  });
  return (values: readonly unknown[]): Along => {
    const along: Record<string, object | null> = {};
    for (const { field, toNode, shape, start, idAt } of joined) {
      along[field] = values[idAt] === null ? null : toNode(shape.read(values, start) as never);
    }
    return along;
  };
}

function groupOf<Row>(db: Db, read: Planned<PlacedRow<Row>>): Group<Row> {
  return new CallGroups({
    run: async (calls) => {
      const found: Found<Row>[][] = calls.map(() => []);
      for (const placed of await read(db, valuesOf(calls))) found[placed.nth - 1]?.push(placed);
      return found;
    },
    underWayMax: 2,
    sizeMax: pageSizeMax, // A page of projects, and a page of videos of each.
  });
}

/** Arrays, so that it is one statement, prepared once, however many pages it reads. */
const askedRows = (() => {
  const { placeholder } = sql;
  return sql`unnest(${placeholder("userIds")}::uuid[], ${placeholder("withins")}::uuid[],
    ${placeholder("afterAts")}::text[]::timestamptz[], ${placeholder("afterIds")}::uuid[], ${placeholder("sizes")}::int[])
    with ordinality as asked(user_id, within, after_at, after_id, size, nth)`;
})();

function valuesOf(pages: readonly AskedPage[]): Record<string, unknown> {
  return {
    userIds: pages.map(({ userId }) => userId),
    withins: pages.map(({ within }) => within ?? null),
    afterAts: pages.map(({ page }) => page.after?.createdAt.toISOString() ?? end.createdAt),
    afterIds: pages.map(({ page }) => page.after?.id ?? end.id),
    sizes: pages.map(({ page }) => page.first + 1),
  };
}
