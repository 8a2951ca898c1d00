import { randomBytes } from "node:crypto";
import { mkdir, readdir, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { buffer, text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Storage, StoredFileMissing } from "../../src/platform/storage/storage.js";
import { collect } from "../support/collect.js";
import { S3Server } from "../support/s3-server.js";
import { storageAt } from "../support/storage-at.js";
import { temporaryFolder } from "../support/temporary-folder.js";

const type = { contentType: "video/mp4" };

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let s3: S3Server;
beforeAll(async () => {
  folder = await temporaryFolder();
  s3 = await S3Server.start();
});
afterAll(async () => {
  await s3.stop();
  await folder.remove();
});

/** Every driver that STORAGE_URL can name keeps the same promises. */
const drivers = [
  { name: "disk", settings: () => ({ STORAGE_URL: `file:${folder.path}/storage` }) },
  { name: "S3", settings: () => s3.settings("some/prefix") },
];

describe.each(drivers)("the storage on $name", ({ settings }) => {
  let storage: Storage;
  beforeAll(async () => {
    storage = await storageAt(settings());
  });

  test("returns the bytes that were put, from a buffer and from a stream", async () => {
    const bytes = randomBytes(3_000_000);
    await storage.put("videos/one/buffer.mp4", bytes, type);
    await storage.put("videos/one/stream.mp4", Readable.from(chunksOf(bytes, 65_000)), type);
    for (const key of ["videos/one/buffer.mp4", "videos/one/stream.mp4"]) {
      expect((await storage.stat(key))?.byteSize).toBe(bytes.length);
      expect((await buffer(await storage.open(key))).equals(bytes)).toBe(true);
    }
  });

  test("opens a range that includes both ends", async () => {
    await storage.put("part.mp4", Buffer.from("0123456789"), type);
    expect(await text(await storage.open("part.mp4", { start: 2, end: 5 }))).toBe("2345");
    expect(await text(await storage.open("part.mp4", { start: 9, end: 9 }))).toBe("9");
  });

  test("keeps the tag of a file that is not touched and changes it when it is replaced", async () => {
    await storage.put("tagged.mp4", Buffer.from("first"), type);
    const first = await storage.stat("tagged.mp4");
    expect(first?.etag).toMatch(/^"[^"]+"$/);
    expect(await storage.stat("tagged.mp4")).toEqual(first);
    await storage.put("tagged.mp4", Buffer.from("second time"), type);
    expect((await storage.stat("tagged.mp4"))?.etag).not.toBe(first?.etag);
    expect(await text(await storage.open("tagged.mp4"))).toBe("second time");
  });

  test("returns null or rejects for a missing file, and deletes it without an error", async () => {
    expect(await storage.stat("nothing/here.mp4")).toBeNull();
    await expect(storage.open("nothing/here.mp4")).rejects.toThrow(StoredFileMissing);
    await storage.delete("nothing/here.mp4");
    await storage.put("gone.mp4", Buffer.from("x"), type);
    await storage.delete("gone.mp4");
    expect(await storage.stat("gone.mp4")).toBeNull();
  });

  test("lists all files of a folder, also more than a page of them, and none of another", async () => {
    const keys = Array.from({ length: 1_050 }, (_, n) => `listed/${n % 7}/${n}/file.mp4`);
    for (let at = 0; at < keys.length; at += 50)
      await Promise.all(keys.slice(at, at + 50).map((key) => storage.put(key, Buffer.from(key), type)));
    await storage.put("listed-too.mp4", Buffer.from("x"), type);
    const listed = await collect(storage.list("listed"));
    expect(listed.map(({ key }) => key).toSorted()).toEqual(keys.toSorted());
    expect(listed.every(({ key, byteSize }) => byteSize === key.length)).toBe(true);
    expect(Math.abs(Date.now() - (listed[0]?.modifiedAt.getTime() ?? 0))).toBeLessThan(600_000);
    expect(await collect(storage.list("nothing"))).toEqual([]);
  });

  test("leaves the old file unchanged if a write fails", async () => {
    await storage.put("kept.mp4", Buffer.from("the old one"), type);
    const broken = async function* () {
      yield Buffer.alloc(100_000);
      throw new Error("the line went dead");
    };
    await expect(storage.put("kept.mp4", Readable.from(broken()), type)).rejects.toThrow(
      "the line went dead",
    );
    expect(await text(await storage.open("kept.mp4"))).toBe("the old one");
    await expect(storage.put("never.mp4", Readable.from(broken()), type)).rejects.toThrow();
    expect(await storage.stat("never.mp4")).toBeNull();
  });

  test("never shows a partial file during a write", async () => {
    const slow = new Readable({ read() {} });
    const written = storage.put("slow.mp4", slow, type);
    slow.push(Buffer.alloc(500_000));
    expect(await storage.stat("slow.mp4")).toBeNull();
    slow.push(null);
    await written;
    expect((await storage.stat("slow.mp4"))?.byteSize).toBe(500_000);
  });

  test("two writers of one key leave one complete file", async () => {
    const each = [1, 2, 3, 4].map((n) => Buffer.alloc(400_000, n));
    await Promise.all(
      each.map((bytes) => storage.put("raced.mp4", Readable.from(chunksOf(bytes, 10_000)), type)),
    );
    const left = await buffer(await storage.open("raced.mp4"));
    expect(each.some((bytes) => bytes.equals(left))).toBe(true);
  });

  test.each([
    "../outside.mp4",
    "videos/../../outside.mp4",
    "/etc/passwd",
    "videos//double.mp4",
    ".incoming/x",
    "videos/.hidden",
    "a\\b",
    "nul\0.mp4",
    "sp ace",
    "%2e%2e/x",
    "videos/",
    "",
    "x".repeat(400),
  ])("refuses the key %j whatever is asked for", async (key) => {
    await expect(storage.put(key, Buffer.from("x"), type)).rejects.toThrow("not a storage key");
    await expect(storage.stat(key)).rejects.toThrow("not a storage key");
    await expect(storage.open(key)).rejects.toThrow("not a storage key");
    await expect(storage.delete(key)).rejects.toThrow("not a storage key");
    await expect(storage.linkTo(key, { expiresAt: new Date() })).rejects.toThrow("not a storage key");
  });

  test("links to a file by an absolute address", async () => {
    const link = await storage.linkTo("part.mp4", { expiresAt: new Date(Date.now() + 60_000) });
    expect(URL.canParse(link)).toBe(true);
    expect(link).toContain("part.mp4");
  });
});

describe("the storage on disk after a crash", () => {
  test("deletes old partial files, except those that another process is writing", async () => {
    const folder = await temporaryFolder();
    const incoming = join(folder.path, ".incoming");
    await mkdir(incoming, { recursive: true });
    for (const name of ["old", "fresh"]) await writeFile(join(incoming, name), "half");
    const anHourAgo = new Date(Date.now() - 3_600_000);
    await utimes(join(incoming, "old"), anHourAgo, anHourAgo);
    await storageAt({ STORAGE_URL: `file:${folder.path}` });
    expect(await readdir(incoming)).toEqual(["fresh"]);
    await folder.remove();
  });

  test("leaves no temporary file, whether a write succeeds or fails", async () => {
    const folder = await temporaryFolder();
    const storage = await storageAt({ STORAGE_URL: `file:${folder.path}` });
    await storage.put("good.mp4", Buffer.from("x"), type);
    const bad = new Readable({ read: () => bad.destroy(new Error("cut")) });
    await expect(storage.put("bad.mp4", bad, type)).rejects.toThrow("cut");
    expect(await readdir(join(folder.path, ".incoming"))).toEqual([]);
    await folder.remove();
  });
});

function* chunksOf(bytes: Buffer, size: number) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
