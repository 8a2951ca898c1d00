import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { workPrefix } from "../../../src/modules/works/works.ids.js";
import { newUuid } from "../../../src/platform/ids/ids.js";
import { type Product, startProduct } from "../../support/product.js";
import { seedWorks } from "../../support/seed-works.js";
import { statementsDuring } from "../../support/statements.js";

let product: Product;
let [author, fan, payer, blocked] = ["", "", "", ""];
let [shown, hidden] = ["", ""];
beforeAll(async () => {
  product = await startProduct({ worker: false });
  const { seed, app } = product;
  [author, fan, payer, blocked] = (
    await Promise.all([seed.user(), seed.user(), seed.user(), seed.user()])
  ).map(({ id }) => id) as [string, string, string, string];
  [shown, hidden] = (await seedWorks(product, author, 2)).map((id) => workPrefix.toUuid(id) as string) as [
    string,
    string,
  ];
  await app.db.execute(
    sql`update works set status = 'UNPUBLISHED', publication_id = null where id = ${hidden}`,
  );
  for (const viewer of [fan, author, blocked])
    await app.db.execute(sql`insert into work_likes values (${shown}, ${viewer}, clock_timestamp())`);
  await app.db.execute(sql`insert into work_favorites values (${shown}, ${payer}, clock_timestamp())`);
  await app.db.execute(sql`
    insert into prompt_unlocks (id, work_id, user_id, author_id, title, credits, created_at)
    values (${newUuid()}, ${shown}, ${payer}, ${author}, 'A cat', 5, clock_timestamp())`);
  await app.db.execute(sql`insert into blocks values (${author}, ${blocked}, clock_timestamp())`);
});
afterAll(() => product?.close());

test("viewers who ask for a work in the same moment share a row, and each has only what they did and may see", async () => {
  const { reader } = product.app.modules.works;
  const viewers = { author, fan, payer, blocked, stranger: newUuid(), visitor: null, again: fan };
  const answers: Record<string, unknown> = {};
  const statements = await statementsDuring(async () => {
    await Promise.all(
      Object.entries(viewers).map(async ([name, viewer]) => {
        const found = await reader.findMany(viewer, [hidden, shown, hidden]);
        answers[name] = found.map(({ row, viewer: { viewerId, liked, favorited, unlocked }, isOwn }) => [
          row.id === shown ? "shown" : "hidden",
          ...[viewerId === viewer, liked, favorited, unlocked, isOwn],
        ]);
      }),
    );
  });
  expect(answers).toEqual({
    author: [
      ["hidden", true, false, false, false, true],
      ["shown", true, true, false, false, true],
      ["hidden", true, false, false, false, true],
    ],
    fan: [["shown", true, true, false, false, false]],
    payer: [["shown", true, false, true, true, false]],
    blocked: [],
    stranger: [["shown", true, false, false, false, false]],
    visitor: [["shown", true, false, false, false, false]],
    again: [["shown", true, true, false, false, false]],
  });
  expect(statements.filter((text) => text.includes("waiting_work_counts"))).toHaveLength(1);
});
