import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  BlockDocument,
  DeleteVideoDocument,
  FavoriteWorkDocument,
  LikeWorkDocument,
  UnpublishWorkDocument,
  UpdateWorkDocument,
  WorkChangedDocument,
  type WorkChangedSubscription,
} from "../../../src/generated/operations.js";
import { relationsChanged } from "../../../src/modules/social/index.js";
import { workPrefix } from "../../../src/modules/works/works.ids.js";
import { newUuid, publicId } from "../../../src/platform/ids/ids.js";
import type { Client } from "../../support/client.js";
import { type Product, startProduct } from "../../support/product.js";
import { until } from "../../support/until.js";
import { publish, publishableVideo } from "../../support/works.js";
import { bansOf, uuidOf } from "../social/social-fixture.js";

let product: Product;
let ana: Client;
beforeAll(async () => {
  product = await startProduct();
  ana = await product.user();
});
afterAll(() => product.close());

type State = WorkChangedSubscription["workChanged"];

/** The messages that one client gets over its WebSocket. */
interface Watch {
  states: State[];
  /** Times of arrival, in ms. */
  times: number[];
  isOver(): boolean;
  close(): Promise<void>;
}

/** Resolves once the first state has arrived. The client's socket is its own. */
async function watch(client: Client, workId: string): Promise<Watch> {
  const own = client.token ? client.sameUser() : product.client();
  const [states, times]: [State[], number[]] = [[], []];
  let isOver = false;
  const results = own.subscribe(WorkChangedDocument, { workId });
  const reading = (async () => {
    for await (const { data, errors } of results) {
      if (errors || !data) throw new Error(JSON.stringify(errors));
      states.push(data.workChanged);
      times.push(performance.now());
    }
    isOver = true;
  })();
  reading.catch(() => {});
  await until("the first state", () => states.length > 0);
  return { states, times, isOver: () => isOver, close: () => own.disconnect() };
}

const last = ({ states }: Watch) => states.at(-1) as State;
const update = (workId: string, title: string) =>
  ana.request(UpdateWorkDocument, { input: { workId, title } });

test("sends the work at once, then after changes of the work and of its counts, also without a login", async () => {
  const { id: workId } = await publish(product, ana, { title: "first" });
  const fan = await product.user();
  const watches = await Promise.all([ana, fan, product.client()].map((client) => watch(client, workId)));
  for (const { states } of watches) expect(states).toMatchObject([{ title: "first", likeCount: 0 }]);
  await update(workId, "second");
  for (const each of watches) await until("the title", () => last(each).title === "second");
  await fan.request(LikeWorkDocument, { input: { workId } });
  await fan.request(FavoriteWorkDocument, { input: { workId } });
  for (const each of watches) {
    await until("the counts", () => last(each).likeCount === 1 && last(each).favoriteCount === 1);
    await each.close();
  }
});

test("sends a work that changes all the time at most once a second, and its last state", async () => {
  const { id: workId } = await publish(product, ana);
  const watches = await Promise.all([ana, product.client()].map((client) => watch(client, workId)));
  const begin = performance.now();
  for (let n = 1; performance.now() - begin < 4_000; n++) await update(workId, `title ${n}`);
  await update(workId, "the last");
  for (const { states, times, close, isOver } of watches) {
    await until("the last", () => states.at(-1)?.title === "the last");
    // The first state comes with the subscription, the next with the first change.
    const pauses = times.slice(2).map((time, n) => time - (times[n + 1] as number));
    expect(Math.min(...pauses)).toBeGreaterThan(700);
    expect(pauses.length).toBeGreaterThan(1);
    expect(isOver()).toBe(false);
    await close();
  }
});

test("three hundred viewers of one work see each other's likes, each at most once a second, and all end with it", async () => {
  const { id: workId } = await publish(product, ana);
  const viewers: Client[] = [];
  while (viewers.length < 300)
    viewers.push(...(await Promise.all(Array.from({ length: 20 }, () => product.user()))));
  const watches = await Promise.all(viewers.map((viewer) => watch(viewer, workId)));
  const begin = performance.now();
  await Promise.all(viewers.map((viewer) => viewer.request(LikeWorkDocument, { input: { workId } })));
  for (const each of watches) await until("all likes", () => last(each).likeCount === 300);
  const seconds = (performance.now() - begin) / 1_000;
  for (const { states } of watches) expect(states.length).toBeLessThanOrEqual(seconds + 3);
  await ana.request(UnpublishWorkDocument, { input: { workId } });
  for (const each of watches) await until("the end", () => each.isOver());
  await Promise.all(watches.map(({ close }) => close()));
});

describe("ends when the viewer can no longer see the work:", () => {
  /** A work of a new author's, and how it is hidden from the viewer. */
  const ways: Record<string, (author: Client, viewer: Client, workId: string) => Promise<unknown>> = {
    "unpublished by its author": (author, _, workId) =>
      author.request(UnpublishWorkDocument, { input: { workId } }),
    "its author is suspended": async (author) => {
      await bansOf(product).ban({ userId: uuidOf(author) }, "a test");
      product.app.bus.publish(relationsChanged, { userIds: [uuidOf(author)] });
    },
    "its author blocks the viewer": (author, viewer) =>
      author.request(BlockDocument, { input: { userId: viewer.userId } }),
    "the viewer blocks its author": (author, viewer) =>
      viewer.request(BlockDocument, { input: { userId: author.userId } }),
    "an event of its removal is lost": (_, __, workId) =>
      product.app.db.execute(sql`
        update works set status = 'UNPUBLISHED', publication_id = null where id = ${workPrefix.toUuid(workId)}`),
  };

  test.each(Object.entries(ways))("%s", async (_, hide) => {
    const [author, viewer] = [await product.user(), await product.user()];
    const { id: workId } = await publish(product, author);
    const [ofViewer, ofVisitor] = [await watch(viewer, workId), await watch(product.client(), workId)];
    await hide(author, viewer, workId);
    await until("the end", () => ofViewer.isOver());
    expect(ofViewer.states).toHaveLength(1);
    const isVisible = (await product
      .client()
      .request("query ($id: ID!) { work(id: $id) { id } }", { id: workId })) as {
      work: object | null;
    };
    if (isVisible.work === null) await until("the visitor's end", () => ofVisitor.isOver());
    else expect(ofVisitor.isOver()).toBe(false);
    await Promise.all([ofViewer.close(), ofVisitor.close()]);
  });
});

test("goes on for the author while the work is out, shows it come back at once, and ends when it is deleted", async () => {
  const videoId = await publishableVideo(product, ana);
  const { id: workId } = await publish(product, ana, { videoId });
  const watched = await watch(ana, workId);
  await ana.request(UnpublishWorkDocument, { input: { workId } });
  await until("UNPUBLISHED", () => last(watched).status === "UNPUBLISHED");
  await update(workId, "while it is out");
  await until("the title", () => last(watched).title === "while it is out");
  await publish(product, ana, { videoId, title: "back" });
  await until("PUBLISHED", () => last(watched).status === "PUBLISHED" && last(watched).title === "back");
  await ana.request(DeleteVideoDocument, { input: { videoId } });
  await until("the end", () => watched.isOver());
  await watched.close();
});

test("a lost event is caught up within some seconds", async () => {
  const { id: workId } = await publish(product, ana);
  const watched = await watch(product.client(), workId);
  await product.app.db.execute(sql`
    update works set title = 'unannounced', revision = revision + 1 where id = ${workPrefix.toUuid(workId)}`);
  await until("the title", () => last(watched).title === "unannounced");
  await watched.close();
});

test("a work that cannot be seen is NOT_FOUND in the same words as one that does not exist", async () => {
  const { id: workId } = await publish(product, ana);
  await ana.request(UnpublishWorkDocument, { input: { workId } });
  const errorOf = async (id: string) => {
    const client = product.client();
    try {
      return await client.subscribe(WorkChangedDocument, { workId: id }).next();
    } catch (errors) {
      return errors;
    } finally {
      await client.disconnect();
    }
  };
  const expected = await errorOf(publicId("work", newUuid()));
  expect(expected).toMatchObject({
    value: { errors: [{ extensions: { code: "NOT_FOUND", field: "workId" } }] },
  });
  for (const id of [workId, "work_x", "x"]) expect(await errorOf(id)).toEqual(expected);
});
