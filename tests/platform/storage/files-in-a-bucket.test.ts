import { createHash } from "node:crypto";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  DownloadNoWatermarkDocument,
  PublishWorkDocument,
  UnpublishWorkDocument,
} from "../../../src/generated/operations.js";
import type { Client } from "../../support/client.js";
import { runCommand } from "../../support/command.js";
import { type Product, startProduct } from "../../support/product.js";
import { S3Server } from "../../support/s3-server.js";
import { audit, create, credits, ended, readTask } from "../../support/tasks.js";
import { until } from "../../support/until.js";
import { upload } from "../../support/upload.js";

let s3: S3Server;
let product: Product;
beforeAll(async () => {
  s3 = await S3Server.start();
  product = await startProduct({ settings: s3.settings() });
});
afterAll(async () => {
  await product.close();
  await s3.stop();
});

const inBucket = (path: string) => new RegExp(`^${s3.url}/skyriff-tests/files/${path}\\?.*X-Amz-Signature=`);
const statusOf = async (link: string) => (await fetch(link)).status;
const deleteVideo = (client: Client, videoId: string) =>
  client.request("mutation ($id: ID!) { deleteVideo(input: { videoId: $id }) { deletedVideoId } }", {
    id: videoId,
  } as never);
async function finishedVideo(client: Client) {
  const { status, video } = await ended(client, await create(client, { ratio: "RATIO_16_9" }));
  expect(status).toBe("SUCCESS");
  return video!;
}

test("a video is made, watched, bought and deleted, and the bucket serves all its bytes", async () => {
  const ana = await product.user();
  const video = await finishedVideo(ana);
  expect(video.previewUrl).toMatch(inBucket("videos/[0-9a-f-]+/[0-9a-f-]+/preview.mp4"));
  const part = await fetch(video.previewUrl, { headers: { range: "bytes=0-99" } });
  expect([part.status, part.headers.get("content-type")]).toEqual([206, "video/mp4"]);
  expect((await part.arrayBuffer()).byteLength).toBe(100);

  const asked = "query ($id: ID!) { video(id: $id) { previewUrl thumbnailUrl(size: SMALL) } }";
  const again = await ana.request<{ video: { previewUrl: string; thumbnailUrl: string } }, never>(asked, {
    id: video.id,
  } as never);
  expect(again.video.previewUrl).toBe(video.previewUrl);
  const still = await fetch(again.video.thumbnailUrl);
  expect(still.headers.get("content-type")).toBe("image/webp");
  const pixels = await sharp(Buffer.from(await still.arrayBuffer())).metadata();
  expect(pixels).toMatchObject({ format: "webp", width: 160 });

  const input = { videoId: video.id };
  const { downloadNoWatermark: sold } = await ana.request(DownloadNoWatermarkDocument, { input });
  expect(sold.downloadUrl).toMatch(inBucket("videos/[0-9a-f-]+/[0-9a-f-]+/clean.mp4"));
  const clean = await fetch(sold.downloadUrl);
  expect(clean.headers.get("content-disposition")).toContain(`filename="skyriff-${video.id}.mp4"`);
  const bytes = Buffer.from(await clean.arrayBuffer());
  expect(createHash("sha256").update(bytes).digest("hex")).toBe(video.sha256);
  expect(endOf(sold.downloadUrl)).toEqual(new Date(sold.expiresAt));

  // Links of the time before there was a bucket.
  const key = new URL(video.previewUrl).pathname.replace("/skyriff-tests/files/", "");
  const own = product.app.links.sign(key, { expiresAt: new Date(Date.now() + 60_000) });
  const ownPart = await fetch(own, { headers: { range: "bytes=10-19" } });
  expect([ownPart.status, ownPart.headers.get("content-range")?.slice(0, 12)]).toEqual([206, "bytes 10-19/"]);
  expect(own.startsWith(`${product.url}/media/`)).toBe(true);

  expect(existsSync(join(product.dataDir, "storage"))).toBe(false);
  expect(readdirSync(join(product.dataDir, "tmp"))).toEqual([]);

  await deleteVideo(ana, video.id);
  const links = [video.previewUrl, again.video.thumbnailUrl, sold.downloadUrl, own];
  expect(await Promise.all(links.map(statusOf))).toEqual([404, 404, 404, 404]);
});

test("a work's files are copied within the bucket, and its links die with it", async () => {
  const ana = await product.user();
  const { id: videoId, previewUrl: own } = await finishedVideo(ana);
  const input = { videoId, title: "A cat" };
  const { publishWork } = await ana.request(PublishWorkDocument, { input });
  const { id: workId, previewUrl, thumbnailUrl } = publishWork.work;
  expect(previewUrl).toMatch(inBucket("public/[0-9a-f-]+/[0-9a-f-]+/preview.mp4"));
  const [copy, original] = await Promise.all([fetch(previewUrl), fetch(own)]);
  expect([copy.status, copy.headers.get("content-type")]).toEqual([200, "video/mp4"]);
  expect(Buffer.from(await copy.arrayBuffer()).equals(Buffer.from(await original.arrayBuffer()))).toBe(true);
  expect(await statusOf(thumbnailUrl)).toBe(200);
  await ana.request(UnpublishWorkDocument, { input: { workId } });
  expect(await Promise.all([previewUrl, thumbnailUrl, own].map(statusOf))).toEqual([404, 404, 200]);
});

test("an uploaded image is linked, shown as an avatar and sent to the vendor from the bucket", async () => {
  const ana = await product.user();
  const red = { width: 360, height: 640, channels: 3, background: "red" } as const;
  const picture = await sharp({ create: red }).png().toBuffer();
  const fields = "id url thumbnailUrl(size: LARGE)";
  const media = await upload<{ id: string; url: string; thumbnailUrl: string }>(ana, picture, fields);
  expect(media.url).toMatch(inBucket("media/[0-9a-f-]+/image.png"));
  const shown = await sharp(Buffer.from(await (await fetch(media.url)).arrayBuffer())).metadata();
  expect(shown).toMatchObject({ format: "png", width: 360, height: 640 });
  expect(await statusOf(media.thumbnailUrl)).toBe(200);

  const profile =
    "mutation ($id: ID!) { updateProfile(input: { avatarMediaId: $id }) { user { avatarUrl } } }";
  const { updateProfile } = await ana.request<{ updateProfile: { user: { avatarUrl: string } } }, never>(
    profile,
    {
      id: media.id,
    } as never,
  );
  expect(updateProfile.user.avatarUrl).toMatch(inBucket("media/[0-9a-f-]+/thumbnail-480.webp"));
  expect(await statusOf(updateProfile.user.avatarUrl)).toBe(200);

  const task = await create(ana, { prompt: "from the bucket", referenceImageId: media.id });
  expect((await ended(ana, task)).status).toBe("SUCCESS");
  const sent = product.sandbox.control.tasks().find(({ prompt }) => prompt === "from the bucket");
  expect(sent).toMatchObject({ hasPicture: true, timesSeen: 1 });
});

test("while the bucket is unavailable tasks are accepted and nothing is sold, and everything completes when it is back", async () => {
  const ana = await product.user();
  const [kept, doomed] = [await finishedVideo(ana), await finishedVideo(ana)];
  await s3.stopListening();
  const id = await create(ana);
  const sale = { input: { videoId: kept.id, idempotencyKey: "k" } };
  const { errors } = await ana.execute(DownloadNoWatermarkDocument, sale);
  expect(errors?.[0]).toMatchObject({
    message: expect.stringContaining("Nothing was charged"),
    extensions: { code: "INTERNAL_SERVER_ERROR", retryAfterMs: 5_000 },
  });
  expect(await credits(ana)).toEqual({ free: 70, held: 10 });
  await deleteVideo(ana, doomed.id);
  await until("the first try to store the video", () =>
    product.logged.some((line) => line.includes('"ingest-video"') && line.includes("a job failed")),
  );
  expect((await readTask(ana, id)).status).toBe("IN_PROGRESS");

  await s3.listenAgain();
  expect((await ended(ana, id)).status).toBe("SUCCESS");
  await until("the end of the deleted video's link", async () => (await statusOf(doomed.previewUrl)) === 404);
  const { downloadNoWatermark } = await ana.request(DownloadNoWatermarkDocument, sale);
  expect(await statusOf(downloadNoWatermark.downloadUrl)).toBe(200);
  expect(await credits(ana)).toEqual({ free: 64, held: 0 });
});

test("a server whose bucket refuses it logs the reason in one line and exits with 1", async () => {
  const own = { DATABASE_URL: product.testDb.url, DATA_DIR: join(product.dataDir, "second"), PORT: "0" };
  const settings = { ...own, ...s3.settings(), AWS_SECRET_ACCESS_KEY: "wrong" };
  expect(await runCommand(settings, "serve")).toMatchObject({
    code: 1,
    stderr: `The bucket skyriff-tests at ${s3.url} cannot be used: the key is wrong, or has no right to s3:ListBucket.\n`,
  });
});

test("the audit finds no breach at the end", async () => {
  expect(await audit(product)).toEqual([]);
});

/** When a link ends, by what it says itself (AWS Signature Version 4). */
function endOf(link: string): Date {
  const { searchParams } = new URL(link);
  const date = searchParams.get("X-Amz-Date") ?? "";
  const signedAt = date.replace(/(....)(..)(..)T(..)(..)(..)Z/, "$1-$2-$3T$4:$5:$6Z");
  return new Date(Date.parse(signedAt) + Number(searchParams.get("X-Amz-Expires")) * 1000);
}
