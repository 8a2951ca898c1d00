import { sql } from "drizzle-orm";
import { expect } from "vitest";
import { BlockDocument, DeleteVideoDocument } from "../../../src/generated/operations.js";
import { workPrefix } from "../../../src/modules/works/works.ids.js";
import { publicId } from "../../../src/platform/ids/ids.js";
import type { Client } from "../../support/client.js";
import type { Product } from "../../support/product.js";
import { seedWorks } from "../../support/seed-works.js";
import { makeRemix } from "../../support/works.js";
import { bansOf, uuidOf } from "../social/social-fixture.js";

/** Two people who like each other's works and follow each other, and a third, whom both follow and who follows both. */
export interface Scene {
  author: Client;
  viewer: Client;
  hub: Client;
  /** The middle one of the author's works, which the viewer likes and has among their favorites. */
  work: string;
  works: string[];
  video: string;
  /** A work of the third, from which the author's are made. */
  source: string;
}

const words = { title: "a title that is hidden", nickname: "hidden nickname" };

export async function newScene(product: Product): Promise<Scene> {
  const [author, viewer, hub] = [await product.user(), await product.user(), await product.user()];
  const works = await seedWorks(product, author.userId, 3);
  const [source] = (await seedWorks(product, hub.userId, 2)) as [string];
  const work = works[1] as string;
  const uuid = workPrefix.toUuid(work) as string;
  const { db, modules } = product.app;
  await db.execute(sql`update works set title = ${words.title} where user_id = ${uuidOf(author)}`);
  await db.execute(sql`update users set nickname = ${words.nickname} where id = ${uuidOf(author)}`);
  const follow = (from: Client, to: Client) => modules.social.service.follow(uuidOf(from), to.userId);
  for (const one of [author, viewer, hub])
    for (const other of [author, viewer, hub]) if (one !== other) await follow(one, other);
  const react = `mutation ($id: ID!) { likeWork(input: { workId: $id }) { work { id } }
    favoriteWork(input: { workId: $id }) { work { id } } }`;
  for (const id of works) await viewer.request(react, { id });
  await payments(product, { author, viewer, source, works, work });
  return { author, viewer, hub, work, works, source, video: publicId("video", uuid) };
}

/** All works of the author are made from the third's. The viewer pays the author, and the author the viewer. */
async function payments(
  product: Product,
  { author, viewer, source, works, work }: Omit<Scene, "hub" | "video">,
): Promise<void> {
  const { db } = product.app;
  const [mine] = (await seedWorks(product, viewer.userId, 1)) as [string];
  const made = [...works.map((id) => [id, source] as const), [mine, work] as const];
  for (const [remix, of] of made) {
    const [id, sourceId] = [workPrefix.toUuid(remix), workPrefix.toUuid(of)];
    await makeRemix(product, id as string, of);
    await db.execute(sql`update works set remix_of = ${sourceId} where id = ${id}`);
    await db.execute(sql`update work_stats set remixes = remixes + 1 where work_id = ${sourceId}`);
    await db.execute(sql`insert into work_lineage values (${id}, 1, ${sourceId}, 'a cat')`);
  }
  await makeRemix(product, await product.seed.task(viewer.userId), work);
  const unlock = "unlockPrompt(input: { workId: $id }) { costCredits }";
  const tip = "tipWork(input: { workId: $id, credits: 10 }) { costCredits }";
  await viewer.request(`mutation ($id: ID!) { ${tip} ${unlock} }`, { id: work });
  // No tip: its points would end with a ban, which changes the order of a feed.
  await author.request(`mutation ($id: ID!) { ${unlock} }`, { id: mine });
  await db.execute(
    sql`update incomes set work_id = ${workPrefix.toUuid(work)} where user_id = ${uuidOf(viewer)}`,
  );
}

export interface Case {
  hide(product: Product, scene: Scene): Promise<unknown>;
  /** The hidden part: the one work, or its author with all works. */
  hides: "work" | "author";
  /** Whether it is hidden from clients that are not logged in, too. */
  fromVisitors: boolean;
  /** Whether the viewer still sees the author by id. */
  showsAuthor?: true;
}

const setStatus =
  (status: string, more = sql``) =>
  ({ app }: Product, { work }: Scene) =>
    app.db.execute(sql`
      update works set status = ${sql.raw(`'${status}'`)}, publication_id = null ${more}
      where id = ${workPrefix.toUuid(work)}`);
const removal = sql`, removed_at = now(), removal_reason = 'a test', status_before_removal = 'PUBLISHED'`;

/** The product ends follows with a block. Here they stay, so that only the rule for what may be seen hides a work. */
async function block({ app: { db } }: Product, from: Client, to: Client): Promise<void> {
  const edges = await db.execute(sql`
    select * from follows where ${uuidOf(from)} in (follower_id, followed_id) and ${uuidOf(to)} in (follower_id, followed_id)`);
  expect(edges).toHaveLength(2);
  await from.request(BlockDocument, { input: { userId: to.userId } });
  for (const { follower_id, followed_id, created_at } of edges)
    await db.execute(sql`insert into follows values (${follower_id}, ${followed_id}, ${created_at})`);
}

export const cases: Record<string, Case> = {
  "an unpublished work": { hide: setStatus("UNPUBLISHED"), hides: "work", fromVisitors: true },
  "a removed work": { hide: setStatus("REMOVED", removal), hides: "work", fromVisitors: true },
  "a deleted work": {
    hide: (_, { author, video }) => author.request(DeleteVideoDocument, { input: { videoId: video } }),
    ...{ hides: "work", fromVisitors: true },
  },
  "a suspended author": {
    hide: (product, { author }) => bansOf(product).ban({ userId: uuidOf(author) }, "a test"),
    ...{ hides: "author", fromVisitors: true },
  },
  "an author who has blocked the viewer": {
    hide: (product, { author, viewer }) => block(product, author, viewer),
    ...{ hides: "author", fromVisitors: false },
  },
  "an author whom the viewer has blocked": {
    hide: (product, { author, viewer }) => block(product, viewer, author),
    ...{ hides: "author", fromVisitors: false, showsAuthor: true },
  },
};
