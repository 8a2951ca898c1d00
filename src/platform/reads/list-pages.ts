import { type Column, type SQL, sql } from "drizzle-orm";
import type { PgTable } from "drizzle-orm/pg-core";
import { CallGroups } from "../call-groups.js";
import { type Planned, planned } from "../db/planned-rows.js";
import { RowShape } from "../db/row-shape.js";
import type { Db } from "../db.js";
import type { Along } from "../graphql/along.js";
import { type Page, pageSizeMax } from "../graphql/connection.js";

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
  fields: ReadonlySet<string>;
}

interface Found<Row> {
  row: Row;
  along: Along;
}

interface PlacedRow<Row> extends Found<Row> {
  nth: number;
}

type Group<Row> = CallGroups<AskedPage, Found<Row>[]>;

interface PlannedPage<Table extends PgTable> {
  read: Planned<PlacedRow<Table["$inferSelect"]>>;
  groups: WeakMap<Db, Group<Table["$inferSelect"]>>;
}

/** Later than everything: what a first page comes after. */
const end = { createdAt: "infinity", id: "ffffffff-ffff-ffff-ffff-ffffffffffff" };

/**
 * Pages of a list, whoever asks: those that are asked for at the same time share one statement, and
 * what their rows point to comes along in it.
 */
export class ListPages<Table extends PgTable> {
  /** By what comes along. */
  private readonly plans = new Map<string, PlannedPage<Table>>();

  constructor(private readonly list: ListOf<Table>) {}

  /** One row more than the page has, to tell whether there are more. */
  read(db: Db, asked: AskedPage): Promise<Found<Table["$inferSelect"]>[]> {
    const companions = this.list.companions.filter(({ field }) => asked.fields.has(field));
    const kind = companions.map(({ field }) => field).join();
    const plan = this.plans.get(kind) ?? { read: this.plan(companions), groups: new WeakMap() };
    this.plans.set(kind, plan);
    const group = plan.groups.get(db) ?? groupOf(db, plan.read);
    plan.groups.set(db, group);
    return group.ask(asked);
  }

  private plan(companions: readonly Companion[]): Planned<PlacedRow<Table["$inferSelect"]>> {
    const { table, where, within } = this.list;
    const own = RowShape.of<Table>(table);
    const joined = companions.map((companion) => ({ ...companion, shape: RowShape.of(companion.table) }));
    const columns = sql.join(
      [own, ...joined.map(({ shape }) => shape)].map(({ selection }) => selection),
      sql`, `,
    );
    const joins = joined.map(({ table, on }) => sql` left join ${table} on ${on}`);
    const inIt = within ? sql`and ${within} = asked.within` : sql``;
    // Named by their places, since two tables may have a column of the same name.
    const size = joined.reduce((sum, { shape }) => sum + shape.size, own.size);
    const places = sql.raw(Array.from({ length: size }, (_, n) => `c${n}`).join());
    const order = [table.createdAt, table.id].map((column) => sql.raw(`c${own.placeOf(column)} desc`));
    const statement = sql`
      select asked.nth::int, page.* from ${askedRows} cross join lateral (
        select ${columns} from ${table} ${sql.join(joins)}
        where ${table.userId} = asked.user_id ${inIt} and ${where}
          and (${table.createdAt}, ${table.id}) < (asked.after_at, asked.after_id)
        order by ${table.createdAt} desc, ${table.id} desc limit asked.size
      ) as page(${places}) order by asked.nth, ${sql.join(order, sql`, `)}`;
    return planned(statement, (values) => {
      const along: Record<string, object | null> = {};
      let from = 1 + own.size;
      for (const { field, table, shape, toNode } of joined) {
        const isThere = values[from + shape.placeOf(table.id)] !== null;
        along[field] = isThere ? toNode(shape.read(values, from) as never) : null;
        from += shape.size;
      }
      return { nth: values[0] as number, row: own.read(values, 1), along };
    });
  }
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
