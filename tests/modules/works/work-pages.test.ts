import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { favoriteWorks } from "../../../src/modules/works/reads/work-lists.js";
import { workPrefix } from "../../../src/modules/works/works.ids.js";
import { type Product, startProduct } from "../../support/product.js";
import { requestedFields } from "../../support/requested-fields.js";
import { seedWorks } from "../../support/seed-works.js";

let product: Product;
let viewerId: string;
let works: string[];
beforeAll(async () => {
  product = await startProduct({ worker: false });
  const [viewer, author] = [await product.seed.user(), await product.seed.user()];
  viewerId = viewer.id;
  works = (await seedWorks(product, author.id, 9)).map((id) => workPrefix.toUuid(id) as string);
  await product.app.db.execute(sql`
    insert into work_favorites select id, ${viewerId}, published_at from works`);
});
afterAll(() => product.close());

const takeOut = (id: string) =>
  product.app.db.execute(
    sql`update works set status = 'UNPUBLISHED', publication_id = null where id = ${id}`,
  );

async function favorites(first: number, takenOutMeanwhile: string[][], after: string | null = null) {
  const { db, modules } = product.app;
  const list = favoriteWorks();
  const request = { params: { viewer_id: viewerId }, page: { first, after }, fields: requestedFields("id") };
  const page = await modules.works.reader.readPage(viewerId, db, async () => {
    const ids = await list.read(db, request, ({ id }) => id);
    for (const id of takenOutMeanwhile.shift() ?? []) await takeOut(id);
    return ids;
  });
  return { ids: page.nodes.map(({ row }) => row.id), ...page.pageInfo };
}

test("a page stays full if works are taken out after their ids were read", async () => {
  const page = await favorites(2, [[works[0] as string], [works[1] as string]]);
  expect(page).toMatchObject({ ids: works.slice(2, 4), hasNextPage: true });
  expect(await favorites(7, [])).toMatchObject({ ids: works.slice(2), hasNextPage: false });
});

test("a page whose works are taken out whenever it is read leads on to the next one", async () => {
  const page = await favorites(
    1,
    [2, 3, 4, 5, 6].map((n) => [works[n] as string]),
  );
  expect(page).toMatchObject({ ids: [], hasNextPage: true });
  expect(await favorites(5, [], page.endCursor)).toMatchObject({ ids: works.slice(7), hasNextPage: false });
});
