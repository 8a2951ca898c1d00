import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  DeleteVideoDocument,
  FeedDocument,
  MyWorksDocument,
  PublishWorkDocument,
  UnpublishWorkDocument,
  UpdateWorkDocument,
  WorkDocument,
} from "../../../src/generated/operations.js";
import type { Client } from "../../support/client.js";
import { type Product, startProduct } from "../../support/product.js";
import { audit } from "../../support/tasks.js";
import { until } from "../../support/until.js";
import { publish, publishableVideo } from "../../support/works.js";

let product: Product;
let ana: Client;
let bo: Client;
beforeAll(async () => {
  product = await startProduct({ settings: { FEED_REFRESH_MS: "0", WORKS_PER_DAY: "1000" } });
  [ana, bo] = [await product.user(), await product.user()];
});
afterAll(() => product.close());

async function statusOf(url: string): Promise<number> {
  const response = await fetch(url);
  await response.body?.cancel();
  return response.status;
}

describe("publishWork", () => {
  test("shows a video to everybody, also to clients that are not logged in", async () => {
    const work = await publish(product, ana, { title: "  A cat  ", description: "on grass" });
    expect(work).toMatchObject({
      title: "A cat",
      status: "PUBLISHED",
      author: { id: ana.userId },
      prompt: { state: "OWN", priceCredits: 5 },
      remixable: true,
      remixFeeCredits: 2,
      likeCount: 0,
    });
    expect(work.shareUrl).toBe(`${product.url}/works/${work.id}`);
    for (const client of [bo, product.client()]) {
      const { work: seen } = await client.request(WorkDocument, { id: work.id });
      expect(seen).toMatchObject({
        id: work.id,
        description: "on grass",
        prompt: { state: "LOCKED", text: null },
      });
      expect(await statusOf(seen?.previewUrl as string)).toBe(200);
      expect(await statusOf(seen?.thumbnailUrl as string)).toBe(200);
      const { feed } = await client.request(FeedDocument, {});
      expect(feed.nodes.map(({ id }) => id)).toContain(work.id);
    }
  });

  test("an open prompt is readable by everybody", async () => {
    const work = await publish(product, ana, { promptPriceCredits: 0 });
    const { work: seen } = await bo.request(WorkDocument, { id: work.id });
    expect(seen?.prompt).toMatchObject({
      state: "OPEN",
      priceCredits: 0,
      length: [...(seen?.prompt.text ?? "")].length,
    });
    expect(seen?.prompt.text).not.toBeNull();
  });

  test("publishes a video once, also if twenty calls come at once", async () => {
    const videoId = await publishableVideo(product, ana);
    const input = { videoId, title: "Once" };
    const results = await Promise.all(
      Array.from({ length: 20 }, () => ana.execute(PublishWorkDocument, { input })),
    );
    expect(results.filter(({ data }) => data)).toHaveLength(1);
    const refusals = results.flatMap(({ errors }) => errors ?? []);
    expect(refusals.map(({ extensions }) => [extensions.code, extensions.reason])).toEqual(
      Array.from({ length: 19 }, () => ["CONFLICT", "ALREADY_PUBLISHED"]),
    );
  });

  test("refuses what is not the viewer's own video, and input out of range", async () => {
    const videoId = await publishableVideo(product, ana);
    const codeOf = (client: Client, input: object) =>
      client.errorCode(PublishWorkDocument, { input: { videoId, title: "x", ...input } as never });
    expect(await codeOf(bo, {})).toBe("NOT_FOUND");
    expect(await codeOf(ana, { videoId: "video_x" })).toBe("NOT_FOUND");
    expect(await codeOf(ana, { title: "  " })).toBe("BAD_USER_INPUT");
    expect(await codeOf(ana, { title: "x".repeat(201) })).toBe("BAD_USER_INPUT");
    expect(await codeOf(ana, { description: "x".repeat(2001) })).toBe("BAD_USER_INPUT");
    expect(await codeOf(ana, { promptPriceCredits: 101 })).toBe("BAD_USER_INPUT");
    expect(await codeOf(ana, { promptPriceCredits: -1 })).toBe("BAD_USER_INPUT");
    expect(await codeOf(ana, { remixFeeCredits: 101 })).toBe("BAD_USER_INPUT");
    expect(await codeOf(product.client(), {})).toBe("UNAUTHENTICATED");
  });
});

describe("unpublishWork", () => {
  test("takes the work out of sight at once, and its links die", async () => {
    const work = await publish(product, ana);
    const links = [work.previewUrl, work.thumbnailUrl];
    expect(await Promise.all(links.map(statusOf))).toEqual([200, 200]);
    const { unpublishWork } = await ana.request(UnpublishWorkDocument, { input: { workId: work.id } });
    expect(unpublishWork.work.status).toBe("UNPUBLISHED");
    expect(await Promise.all(links.map(statusOf))).toEqual([404, 404]);
    expect((await bo.request(WorkDocument, { id: work.id })).work).toBeNull();
    const { work: own } = await ana.request(WorkDocument, { id: work.id });
    expect(own).toMatchObject({ status: "UNPUBLISHED" });
    expect(await statusOf(own?.previewUrl as string)).toBe(200);
    const again = await ana.request(UnpublishWorkDocument, { input: { workId: work.id } });
    expect(again.unpublishWork.work.status).toBe("UNPUBLISHED");
    expect(await bo.errorCode(UnpublishWorkDocument, { input: { workId: work.id } })).toBe("NOT_FOUND");
  });

  test("publishing the video again brings the work back with new links and its old time", async () => {
    const videoId = await publishableVideo(product, ana);
    const work = await publish(product, ana, { videoId, description: "first" });
    await ana.request(UnpublishWorkDocument, { input: { workId: work.id } });
    const back = await publish(product, ana, { videoId, title: "Back" });
    expect(back).toMatchObject({ id: work.id, title: "Back", publishedAt: work.publishedAt });
    expect(back.previewUrl).not.toBe(work.previewUrl);
    expect(await statusOf(back.previewUrl)).toBe(200);
    expect((await bo.request(WorkDocument, { id: work.id })).work).toMatchObject({ description: "" });
  });
});

test("updateWork changes what it names, and only for the author", async () => {
  const work = await publish(product, ana);
  const update = (client: Client, input: object) =>
    client.execute(UpdateWorkDocument, { input: { workId: work.id, ...input } });
  expect((await update(ana, { title: "New" })).data?.updateWork.work).toMatchObject({
    title: "New",
    remixFeeCredits: 2,
  });
  expect(
    (await update(ana, { remixable: false, promptPriceCredits: 0 })).data?.updateWork.work,
  ).toMatchObject({
    title: "New",
    remixable: false,
    prompt: { priceCredits: 0 },
  });
  expect((await update(bo, { title: "Stolen" })).errors?.[0]?.extensions.code).toBe("NOT_FOUND");
});

test("deleting a video takes its work out for good", async () => {
  const videoId = await publishableVideo(product, ana);
  const work = await publish(product, ana, { videoId });
  await ana.request(DeleteVideoDocument, { input: { videoId } });
  for (const client of [ana, bo])
    expect((await client.request(WorkDocument, { id: work.id })).work).toBeNull();
  await until("dead links", async () => (await statusOf(work.previewUrl)) === 404);
  const { myWorks } = await ana.request(MyWorksDocument, { first: 100 });
  expect(myWorks.nodes.map(({ id }) => id)).not.toContain(work.id);
  expect(await ana.errorCode(PublishWorkDocument, { input: { videoId, title: "x" } })).toBe("NOT_FOUND");
});

test("the audit finds nothing", async () => {
  const breaches = (await audit(product)) as { invariant: string }[];
  expect(breaches.filter(({ invariant }) => /work/.test(invariant))).toEqual([]);
});
