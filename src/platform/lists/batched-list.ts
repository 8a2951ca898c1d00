import type { Column } from "drizzle-orm";
import { Batcher } from "../async/batcher.js";
import type { Db } from "../db/index.js";
import { columnsOf, type Prepared, type RowSource } from "../db/prepared.js";
import { type Connection, connectionOf, type Page, pageSizeMax } from "../graphql/connection.js";
import type { EagerRelations } from "../graphql/node.js";
import type { RequestedFields } from "../graphql/requested-fields.js";
import {
  columnsFor,
  type ListDefinition,
  type ListFilter,
  type ListPart,
  type ListRow,
  prepareListQuery,
} from "./list-query.js";
import { type SortKey, SortKeys } from "./sort-keys.js";

type Params = Readonly<Record<string, unknown>>;

interface PageRequest {
  /** Values of the list's parameters. */
  params: Params;
  /** The filters that apply, each with the values of its parameters. */
  filters?: Readonly<Record<string, Params | null>>;
  page: Page;
  /** Fields that the nodes are requested with. */
  fields: RequestedFields;
}

/** The values of one row of the statement's requests. */
type RequestValues = Record<string, unknown>;
type Batches<Row> = Batcher<RequestValues, ListRow<Row>[]>;

interface Plan<Row> {
  read: Prepared<ListRow<Row>>;
  /** Pages in one statement. */
  batchSize: number;
  batches: WeakMap<Db, Batches<Row>>;
}

/** Documents differ without end, and each plan stays with every connection. Later documents read whole rows. */
const partialPlansMax = 30;

/** The order of most lists. */
export function newestFirst(...columns: Column[]): SortKey[] {
  return columns.map((column) => ({ column, direction: "desc" }));
}

/**
 * Pages of a list for all callers. Pages that are requested at the same time share one statement, which
 * reads only the columns that the requested fields need, and joined rows along with them.
 */
export class BatchedList<Table extends RowSource, Row = Table["$inferSelect"]> {
  private readonly keys: SortKeys;
  private readonly plans = new Map<string, Plan<Row>>();
  private readonly plansByFields = new WeakMap<RequestedFields, Map<string, Plan<Row>>>();

  constructor(private readonly list: ListDefinition<Table>) {
    this.keys = new SortKeys(list.order);
  }

  /** Throws BadUserInput for a cursor that is not of this list. */
  async read<Node>(
    db: Db,
    { params, filters = {}, page, fields }: PageRequest,
    toNode: (row: Row, eagerRelations: EagerRelations) => Node,
  ): Promise<Connection<Node>> {
    const place = this.keys.placeOf(page.after);
    const given = Object.entries(filters).flatMap(([name, values]) => (values ? [{ name, values }] : []));
    const plan = this.planFor(
      fields,
      given.map(({ name }) => name),
    );
    const batches = plan.batches.get(db) ?? batchesOf(db, plan);
    plan.batches.set(db, batches);
    const afters = Object.fromEntries(place.map((value, n) => [`after_${n}`, value]));
    const values = Object.assign({}, params, ...given.map((filter) => filter.values), afters, {
      size: page.first + 1,
    });
    return connectionOf(
      await batches.add(values),
      page,
      ({ sortValues }) => this.keys.cursorOf(sortValues),
      ({ row, eagerRelations }) => toNode(row, eagerRelations),
    );
  }

  /** A page of nothing, for a request that no row can match. Throws BadUserInput as `read` does. */
  empty<Node>(page: Page): Connection<Node> {
    this.keys.placeOf(page.after);
    return connectionOf<never, Node>(
      [],
      page,
      () => "",
      (row) => row,
    );
  }

  private planFor(fields: RequestedFields, filterNames: readonly string[]): Plan<Row> {
    const byFilters = this.plansByFields.get(fields) ?? new Map<string, Plan<Row>>();
    this.plansByFields.set(fields, byFilters);
    const filterKey = filterNames.join();
    const plan = byFilters.get(filterKey) ?? this.planOf(this.partsFor(fields), filterNames);
    byFilters.set(filterKey, plan);
    return plan;
  }

  private partsFor(fields: RequestedFields): ListPart[] {
    const { table, relations = [], fieldColumns } = this.list;
    const joined = relations.filter(({ field }) => fields.has(field));
    const own = [...fields.names].filter((name) => !joined.some(({ field }) => field === name));
    return [
      { table, columns: columnsFor(table, own, fieldColumns), relation: null },
      ...joined.map((relation) => ({
        table: relation.table,
        columns: columnsFor(relation.table, [...fields.within(relation.field).names], relation.fieldColumns),
        relation,
      })),
    ];
  }

  private planOf(parts: readonly ListPart[], filterNames: readonly string[]): Plan<Row> {
    const key = JSON.stringify([
      filterNames,
      ...parts.map(({ relation, columns }) => [relation?.field, ...columns]),
    ]);
    const found = this.plans.get(key);
    if (found) return found;
    if (this.plans.size >= partialPlansMax && !parts.every(isWhole)) {
      return this.planOf(parts.map(toWhole), filterNames);
    }
    const filters = filterNames.map((name) => this.list.filters?.[name] as ListFilter);
    const plan: Plan<Row> = {
      read: prepareListQuery(this.list, parts, filters),
      batchSize: filters.some(({ isRare }) => isRare) ? 1 : pageSizeMax, // A page of parents, and a page of children of each.
      batches: new WeakMap(),
    };
    this.plans.set(key, plan);
    return plan;
  }
}

function isWhole({ table, columns }: ListPart): boolean {
  return columns.size === Object.keys(columnsOf(table)).length;
}

function toWhole(part: ListPart): ListPart {
  return { ...part, columns: new Set(Object.keys(columnsOf(part.table))) };
}

function batchesOf<Row>(db: Db, { read, batchSize }: Plan<Row>): Batches<Row> {
  return new Batcher({
    run: async (requests) => {
      const pages: ListRow<Row>[][] = requests.map(() => []);
      for (const row of await read(db, toColumns(requests))) pages[row.request]?.push(row);
      return pages;
    },
    concurrency: 2,
    batchSizeMax: batchSize,
  });
}

/** Arrays, so that it is one statement, prepared once, however many pages it reads. */
function toColumns(requests: readonly RequestValues[]): RequestValues {
  const names = Object.keys(requests[0] ?? {});
  return Object.fromEntries(names.map((name) => [name, requests.map((request) => request[name])]));
}
