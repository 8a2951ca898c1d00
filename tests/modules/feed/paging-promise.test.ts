import { sql } from "drizzle-orm";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { FeedKind } from "../../../src/generated/operations.js";
import { workPrefix } from "../../../src/modules/works/works.ids.js";
import { communityBreachesOf } from "../../support/audit.js";
import type { Client } from "../../support/client.js";
import { type Product, startProduct } from "../../support/product.js";
import { uuidOf } from "../social/social-fixture.js";
import { FeedOracle } from "./feed-oracle.js";
import { feedPage } from "./feed-pages.js";
import { type Act, anyAct, newTown, perform, type Town } from "./town.js";

/** `PAGING_RUNS=500` tries as many random histories of each kind. */
const runs = Number(process.env.PAGING_RUNS ?? 6);
const timeout = 3_600_000;

let product: Product;
let town: Town;
beforeAll(async () => {
  product = await startProduct({ settings: { FEED_REFRESH_MS: "0", WORKS_PER_DAY: "1000000" } });
  town = await newTown(product);
});
afterAll(async () => {
  expect(await communityBreachesOf(product.app.db)).toEqual([]);
  await product.close();
});

interface Reader {
  client: Client;
  id: string | null;
}
const readers = (): Reader[] => [
  ...town.readers.map((client) => ({ client, id: uuidOf(client) })),
  { client: town.visitor, id: null },
];
const now = () => FeedOracle.read(product.app.db);
const kindsFor = ({ id }: Reader): FeedKind[] =>
  id === null ? ["DISCOVER", "HOT"] : ["DISCOVER", "HOT", "FOLLOWING"];

/** A chain of pages, and what has to come. */
class ExactChain {
  private order: string[] = [];
  private cursor: string | null = null;
  private place = 0;
  isBegun = false;

  constructor(
    private readonly reader: Reader,
    private readonly kind: FeedKind,
  ) {}

  /** Reads the next page and compares it, work by work. */
  async readPage(first: number): Promise<void> {
    const oracle = await now();
    if (!this.isBegun) Object.assign(this, { order: oracle.order(this.kind), place: 0, cursor: null });
    // FOLLOWING has the keys of works for places, so it also shows what has been followed or brought back since.
    const rest = this.order.slice(this.place).filter((id) => oracle.shows(this.kind, this.reader.id, id));
    const page = await feedPage(this.reader.client, this.kind, first, this.cursor);
    const context = `${this.kind} for ${this.reader.id}, from place ${this.place}`;
    expect(page.ids, context).toEqual(rest.slice(0, first));
    expect(page.hasNextPage, context).toBe(rest.length > first);
    this.isBegun = page.hasNextPage;
    this.cursor = page.endCursor;
    this.place = this.order.indexOf(page.ids.at(-1) as string) + 1;
  }
}

const anyStep = fc.oneof(
  { weight: 2, arbitrary: fc.record({ act: anyAct }) },
  {
    weight: 3,
    arbitrary: fc.record({ reader: fc.nat(), kind: fc.nat(), first: fc.integer({ min: 1, max: 4 }) }),
  },
);

test(
  "between pages, whatever happens: each page has the next visible works of the first page's order",
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyStep, { minLength: 60, maxLength: 90 }), async (steps) => {
        const chains = readers().map((reader) =>
          kindsFor(reader).map((kind) => new ExactChain(reader, kind)),
        );
        for (const step of steps) {
          if ("act" in step) await perform(town, step.act);
          else {
            const ofReader = chains[step.reader % chains.length] as ExactChain[];
            await ofReader[step.kind % ofReader.length]?.readPage(step.first);
          }
        }
        for (const chain of chains.flat()) while (chain.isBegun) await chain.readPage(3);
      }),
      { numRuns: runs, endOnFailure: true },
    );
  },
  timeout,
);

interface ReadChain {
  reader: Reader;
  kind: FeedKind;
  first: number;
  pages: { ids: string[]; hasNextPage: boolean }[];
}

async function readChain(reader: Reader, kind: FeedKind, first: number): Promise<ReadChain> {
  const pages = [];
  for (let after: string | null = null; ; ) {
    const page = await feedPage(reader.client, kind, first, after);
    pages.push(page);
    if (!page.hasNextPage) return { reader, kind, first, pages };
    after = page.endCursor;
  }
}

async function snapshotsOf(kind: FeedKind): Promise<string[][]> {
  const rows = await product.app.db.execute<{ ids: string[] }>(
    sql`select array_to_json(ids) as ids from feed_snapshots where feed = ${kind} order by version desc limit 200`,
  );
  return rows.map(({ ids }) => ids.map((id) => workPrefix.toPublicId(id)));
}

function isSubsequence(ids: string[], of: string[]): boolean {
  const places = ids.map((id) => of.indexOf(id));
  return places.every((place, n) => place > (places[n - 1] ?? -1));
}

test(
  "during pages, whatever happens: each work that stays visible comes exactly once, in one order, and pages are full",
  async () => {
    let proven = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(anyAct, { minLength: 30, maxLength: 45 }), fc.nat(3), async (acts, n) => {
        const moments = [await now()];
        let isOver = false;
        const acting = (async () => {
          for (let from = 0; from < acts.length; from += 3) {
            await Promise.all(acts.slice(from, from + 3).map((act) => perform(town, act)));
            moments.push(await now());
          }
          isOver = true;
        })();
        const chains: ReadChain[] = [];
        const reading = readers().flatMap((reader) =>
          kindsFor(reader).map(async (kind) => {
            while (!isOver) chains.push(await readChain(reader, kind, 1 + ((n + chains.length) % 4)));
          }),
        );
        await Promise.all([acting, ...reading]);
        moments.push(await now());
        const snapshots = { DISCOVER: await snapshotsOf("DISCOVER"), HOT: await snapshotsOf("HOT") };
        for (const { reader, kind, first, pages } of chains) {
          const ids = pages.flatMap((page) => page.ids);
          const context = `${kind} for ${reader.id}: ${JSON.stringify(pages)}`;
          expect(new Set(ids).size, context).toBe(ids.length);
          for (const page of pages.slice(0, -1)) expect(page.ids.length, context).toBe(first);
          const shownAt = (id: string) => moments.map((moment) => moment.shows(kind, reader.id, id));
          const all = moments.at(-1)?.works.map(({ id }) => id) ?? [];
          const always = all.filter((id) => shownAt(id).every(Boolean) && !isTouched(id, reader));
          proven += always.length;
          expect(
            always.filter((id) => !ids.includes(id)),
            context,
          ).toEqual([]);
          const order = kind === "FOLLOWING" ? [moments.at(-1)?.order(kind) as string[]] : snapshots[kind];
          expect(
            order.some((each) => isSubsequence(ids, each)),
            context,
          ).toBe(true);
        }

        /** Perhaps hidden and shown again, between the moments that were read. */
        function isTouched(id: string, reader: Reader): boolean {
          const author = moments.at(-1)?.works.find((work) => work.id === id)?.authorId as string;
          return acts.some((act) => canHide(act, { id, author, reader }));
        }
      }),
      { numRuns: runs, endOnFailure: true },
    );
    expect(proven).toBeGreaterThan(100);
  },
  timeout,
);

/** Whether the act can hide the work from the reader. */
function canHide(
  { name, who, what }: Act,
  { id, author, reader }: { id: string; author: string; reader: Reader },
): boolean {
  const pick = <T>(list: readonly T[], n: number) => list[n % list.length] as T;
  const authors = [...town.authors.map(uuidOf), ...town.suspendable];
  if (name === "unpublish") return pick(town.videos, what).workId === id;
  if (name === "ban") return pick(town.suspendable, who) === author;
  if (name === "blockReader")
    return uuidOf(pick(town.authors, who)) === author && uuidOf(pick(town.readers, what)) === reader.id;
  const isByReader = uuidOf(pick(town.readers, who)) === reader.id;
  return (name === "block" || name === "unfollow") && isByReader && pick(authors, what) === author;
}
