import { mkdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { buffer } from "node:stream/consumers";
import { eq, sql } from "drizzle-orm";
import sharp from "sharp";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { auditFiles, tidyFiles } from "../../src/cli/stored-files.js";
import { media } from "../../src/modules/media/media.tables.js";
import {
  allKeys,
  getVideoFolder,
  originalKey,
  previewKey,
} from "../../src/modules/videos/files/video-keys.js";
import { videoIngests, videos } from "../../src/modules/videos/videos.tables.js";
import { newUuid, publicId, uuidFromPublicId } from "../../src/platform/ids/ids.js";
import type { Storage } from "../../src/platform/storage/storage.js";
import type { Client } from "../support/client.js";
import { collect } from "../support/collect.js";
import { callCommand } from "../support/command.js";
import { type Product, startProduct } from "../support/product.js";
import { S3Server } from "../support/s3-server.js";
import { create, ended } from "../support/tasks.js";
import { upload } from "../support/upload.js";

let s3: S3Server;
beforeAll(async () => {
  s3 = await S3Server.start();
});
afterAll(() => s3.stop());

const dayMs = 24 * 60 * 60 * 1000;

describe.each(["disk", "S3"])("files on %s", (place) => {
  let product: Product;
  let storage: Storage;
  let ana: Client;
  let video: typeof videos.$inferSelect;
  let mediaId: string;
  let gone: string;
  const tools = () => ({ ...product.app, databaseUrl: product.testDb.url });
  const audit = async (bytes = true) =>
    (await collect(auditFiles(tools(), { bytes }))).map(({ invariant, detail }) => `${invariant}: ${detail}`);

  async function makeVideo(): Promise<string> {
    const { video } = await ended(ana, await create(ana));
    return uuidFromPublicId("video", video?.id as string) as string;
  }

  beforeAll(async () => {
    product = await startProduct({ settings: place === "S3" ? s3.settings() : {} });
    storage = product.app.storage;
    ana = await product.user();
    const id = await makeVideo();
    [video] = (await product.app.db.select().from(videos).where(eq(videos.id, id))) as [typeof video];
    const picture = await sharp({ create: { width: 8, height: 8, channels: 3, background: "#c00" } })
      .png()
      .toBuffer();
    mediaId = uuidFromPublicId("media", (await upload(ana, picture)).id) as string;
    gone = await makeVideo();
    await ana.request(
      "mutation ($input: DeleteVideoInput!) { deleteVideo(input: $input) { deletedVideoId } }",
      {
        input: { videoId: publicId("video", gone) },
      },
    );
  });
  afterAll(() => product.close());

  const type = { contentType: "application/octet-stream" };
  const undo: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const step of undo.splice(0).reverse()) await step();
    expect(await audit()).toEqual([]);
  });

  /** Puts other bytes in a file's place, or none, until the test ends. */
  async function replace(key: string, change: (bytes: Buffer) => Buffer | null): Promise<void> {
    const before = await buffer(await storage.open(key));
    undo.push(() => storage.put(key, before, type));
    const bytes = change(Buffer.from(before));
    if (bytes) await storage.put(key, bytes, type);
    else await storage.delete(key);
  }

  const everyFile = () => [
    ...allKeys(getVideoFolder(video)),
    ...["image.png", "thumbnail-160.webp", "thumbnail-480.webp", "thumbnail-1080.webp"].map(
      (name) => `media/${mediaId}/${name}`,
    ),
  ];

  test("match the rows after a video, an upload and a deletion", async () => {
    expect(everyFile()).toHaveLength(9);
    for (const key of everyFile()) expect(await storage.stat(key), key).not.toBeNull();
    expect(await audit()).toEqual([]);
  });

  test("that are missing are breaches with their row's id", async () => {
    for (const key of everyFile()) await replace(key, () => null);
    const found = await audit(false);
    expect(found).toHaveLength(9);
    for (const key of everyFile())
      expect(found).toContainEqual(
        expect.stringMatching(
          new RegExp(`^every file that a row names is there: (video|media) [0-9a-f-]+: ${key} is missing$`),
        ),
      );
  });

  test("of another size are breaches, without being read", async () => {
    for (const key of everyFile()) await replace(key, (bytes) => Buffer.concat([bytes, Buffer.from("x")]));
    expect(
      (await audit(false)).filter((line) => /^every file is as it was stored: .* bytes/.test(line)),
    ).toHaveLength(9);
  });

  test("in which one bit differs are breaches when their bytes are read", async () => {
    for (const key of everyFile())
      await replace(key, (bytes) => {
        bytes[bytes.length >> 1]! ^= 1;
        return bytes;
      });
    expect(await audit(false)).toEqual([]);
    expect((await audit(true)).filter((line) => line.includes("has the checksum"))).toHaveLength(9);
  });

  test("that differ from a changed row are breaches", async () => {
    const { db } = product.app;
    const restore = { byteSize: video.byteSize, sha256: video.sha256 };
    undo.push(() => db.update(videos).set(restore).where(eq(videos.id, video.id)));
    await db.update(videos).set({ sha256: "0".repeat(64) });
    expect(await audit()).toEqual([
      expect.stringContaining(`video ${video.id}: ${originalKey(getVideoFolder(video))}`),
    ]);
    await db.update(videos).set({ byteSize: 1 });
    expect(await audit(false)).toEqual([expect.stringContaining("bytes instead of 1")]);
  });

  test("without a row are breaches, at any depth below our folders", async () => {
    const strays = [
      `videos/${newUuid()}/clean.mp4`,
      `videos/${video.id}/${newUuid()}/preview.mp4`,
      `videos/${video.id}/${video.ingestId}/extra.mp4`,
      `videos/${gone}/clean.mp4`,
      "videos/stray.mp4",
      `media/${newUuid()}/image.png`,
      `media/${mediaId}/image.jpg`,
    ];
    for (const key of strays) {
      await storage.put(key, Buffer.from("a stray"), type);
      undo.push(() => storage.delete(key));
    }
    const found = await audit(false);
    expect(found).toHaveLength(strays.length);
    for (const key of strays)
      expect(found).toContainEqual(expect.stringContaining(`every file is named by a row: ${key} (7 bytes`));
  });

  test("whose row was deleted, or whose video is marked as deleted, are breaches", async () => {
    const { db } = product.app;
    const [row] = await db.delete(media).where(eq(media.id, mediaId)).returning();
    undo.push(() => db.insert(media).values(row!));
    undo.push(() => db.execute(sql`delete from pgboss.job where name = 'media.discard-upload'`));
    await db.execute(sql`delete from pgboss.job where name = 'media.discard-upload'`);
    expect((await audit(false)).filter((line) => line.includes(`media/${mediaId}/`))).toHaveLength(4);
    await db.update(videos).set({ deletedAt: new Date() }).where(eq(videos.id, video.id));
    undo.push(() => db.update(videos).set({ deletedAt: null }).where(eq(videos.id, video.id)));
    expect((await audit(false)).filter((line) => line.includes(`videos/${video.id}/`))).toHaveLength(5);
  });

  test("that are being written or queued for deletion are not breaches", async () => {
    const { db, jobs } = product.app;
    const ingest = { id: newUuid(), videoId: newUuid() };
    await db.insert(videoIngests).values(ingest);
    undo.push(() => db.delete(videoIngests).where(eq(videoIngests.id, ingest.id)));
    const upload = newUuid();
    const queue = { name: "media.discard-upload" } as Parameters<typeof jobs.enqueueNow>[0];
    await jobs.enqueueNow(queue, [{ payload: { mediaId: upload }, onceKey: upload, delayMs: 3_600_000 }]);
    const keys = [
      originalKey(getVideoFolder({ id: ingest.videoId, ingestId: ingest.id })),
      `media/${upload}/thumbnail-160.webp`,
    ];
    for (const key of keys) {
      await storage.put(key, Buffer.from("x"), type);
      undo.push(() => storage.delete(key));
    }
    expect(await audit(false)).toEqual([]);
  });

  test("of videos from before ingests had ids are found where they were written", async () => {
    const { db } = product.app;
    const old = getVideoFolder({ id: video.id, ingestId: null });
    for (const [n, key] of allKeys(getVideoFolder(video)).entries()) {
      const to = allKeys(old)[n] as string;
      await storage.put(to, await buffer(await storage.open(key)), type);
      undo.push(() => storage.delete(to));
      await replace(key, () => null);
    }
    await db.update(videos).set({ ingestId: null, madeFiles: null }).where(eq(videos.id, video.id));
    const { ingestId, madeFiles } = video;
    undo.push(() => db.update(videos).set({ ingestId, madeFiles }).where(eq(videos.id, video.id)));
    expect(await audit()).toEqual([]);
    const query = "query ($id: ID!) { video(id: $id) { previewUrl thumbnailUrl } }";
    const shown = await ana.request<{ video: Record<string, string> }, unknown>(query, {
      id: publicId("video", video.id),
    });
    for (const url of Object.values(shown.video)) expect((await fetch(url)).status).toBe(200);
    expect(shown.video.previewUrl).toContain(previewKey(old));
  });

  test("without a row that are younger than a day are not deleted by tidy", async () => {
    const key = `videos/${newUuid()}/clean.mp4`;
    await storage.put(key, Buffer.from("x"), type);
    undo.push(() => storage.delete(key));
    expect(await collect(tidyFiles(tools()))).toEqual([{ key, fate: "younger-than-a-day" }]);
    expect(await storage.stat(key)).not.toBeNull();
  });

  if (place === "disk") {
    const skyriff = (...args: string[]) =>
      callCommand({ DATABASE_URL: product.testDb.url, DATA_DIR: product.dataDir }, ...args);

    test("that are young stay, also on a machine whose clock is a day ahead", async () => {
      const key = `videos/${newUuid()}/clean.mp4`;
      await storage.put(key, Buffer.from("x"), type);
      undo.push(() => storage.delete(key));
      vi.useFakeTimers({ now: Date.now() + dayMs + 60_000, toFake: ["Date"] });
      try {
        expect(await collect(tidyFiles(tools()))).toEqual([{ key, fate: "younger-than-a-day" }]);
      } finally {
        vi.useRealTimers();
      }
    });

    test("without a row for a day are removed by the command, and nothing else is", async () => {
      const before = new Date(Date.now() - dayMs - 60_000);
      const write = (key: string) => {
        const path = join(product.dataDir, "storage", key);
        mkdirSync(dirname(path), { recursive: true });
        writeFileSync(path, "a stray");
        utimesSync(path, before, before);
      };
      const strays = [`videos/${newUuid()}/clean.mp4`, `media/${newUuid()}/image.png`, "videos/stray.mp4"];
      for (const key of [...strays, "videos/not ours.mp4"]) write(key);
      undo.push(async () => rmSync(join(product.dataDir, "storage/videos/not ours.mp4")));
      const seen = await skyriff("audit", "--files", "--bytes");
      expect(seen.code).toBe(1);
      expect(seen.stdout.match(/^BREACH every file is named by a row: /gm)).toHaveLength(4);
      const tidied = await skyriff("tidy");
      expect(tidied.code).toBe(0);
      for (const key of strays) {
        expect(tidied.stdout).toContain(`removed ${key}\n`);
        expect(await storage.stat(key)).toBeNull();
      }
      expect(tidied.stdout).toContain("left videos/not ours.mp4");
      expect(tidied.stdout).toContain("Files removed: 3, left: 1.");
      for (const key of everyFile()) expect(await storage.stat(key), key).not.toBeNull();
    });
  }
});
