import { createHash, randomBytes } from "node:crypto";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  type StoreLimits,
  storeOriginal as storeLabeled,
} from "../../../src/modules/videos/files/store-original.js";
import { originalKey } from "../../../src/modules/videos/files/video-keys.js";
import { Keyring } from "../../../src/platform/crypto/keyring.js";
import { DiskStorage } from "../../../src/platform/storage/disk.storage.js";
import { MediaLinks } from "../../../src/platform/storage/media-links.js";
import { temporaryFolder } from "../../support/temporary-folder.js";

const links = new MediaLinks(
  new Keyring(["a secret of at least thirty-two bytes"]),
  () => "http://here.test",
);
const bytes = randomBytes(2_000_000);
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let storage: DiskStorage;
beforeAll(async () => {
  folder = await temporaryFolder();
  storage = await DiskStorage.open(join(folder.path, "storage"), links);
});
afterAll(() => folder.remove());

const limits: StoreLimits = { bytesMax: 10_000_000, announcedBytes: null, timeLimitMs: 30_000 };
const store = (folder: string, body: Readable, limits: StoreLimits) =>
  storeLabeled(storage, folder, body, limits, null);
const whole = () => Readable.from([bytes.subarray(0, 900_000), bytes.subarray(900_000)]);
/** Emits its first half. The test decides about the rest. */
function half(then: (stream: Readable) => void): Readable {
  let given = false;
  const stream: Readable = new Readable({
    read() {
      if (given) return then(stream);
      given = true;
      stream.push(bytes.subarray(0, 1_000_000));
    },
  });
  return stream;
}

test("stores the bytes unchanged and returns their length and checksum", async () => {
  const result = await store("whole", whole(), { ...limits, announcedBytes: bytes.length });
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  expect(result).toMatchObject({
    kind: "stored",
    folder: "whole",
    byteSize: bytes.length,
    sha256,
    label: null,
  });
  expect((await buffer(await storage.open(originalKey("whole")))).equals(bytes)).toBe(true);
});

test.each([
  ["an error of the connection", () => half((s) => s.destroy(new Error("ECONNRESET"))), {}, "ECONNRESET"],
  [
    "a connection closed without an end",
    () => half((s) => s.destroy()),
    {},
    "the connection closed before the last byte",
  ],
  ["an end before the announced length", whole, { announcedBytes: bytes.length + 1 }, "were announced"],
  ["more than was announced", whole, { announcedBytes: bytes.length - 1 }, "were announced"],
  ["a sender that stops sending", () => half(() => {}), { timeLimitMs: 200 }, "took too long"],
  [
    "a stream that was closed before its start",
    () => whole().destroy(),
    {},
    "the connection closed before the first byte",
  ],
] as const)("%s is cut-short, and nothing is stored", async (_, body, changed, detail) => {
  const stream = body();
  const result = await store("cut", stream, { ...limits, ...changed });
  expect(result).toMatchObject({ kind: "cut-short", detail: expect.stringContaining(detail) });
  expect(await storage.stat(originalKey("cut"))).toBeNull();
  expect(stream.destroyed).toBe(true);
});

test.each([
  ["announced to be", { bytesMax: 1_500_000, announcedBytes: bytes.length }],
  ["found to be", { bytesMax: 1_500_000, announcedBytes: null }],
])("a file %s too large is rejected, and nothing is stored", async (_, changed) => {
  const stream = whole();
  const result = await store("large", stream, { ...limits, ...changed });
  expect(result).toEqual({ kind: "too-large", bytesMax: 1_500_000 });
  expect(await storage.stat(originalKey("large"))).toBeNull();
  expect(stream.destroyed).toBe(true);
});

test("a file of exactly the maximum size is stored", async () => {
  const result = await store("exact", whole(), { ...limits, bytesMax: bytes.length });
  expect(result.kind).toBe("stored");
});

test("an endless stream is closed at the limit", async () => {
  let given = 0;
  const endless = new Readable({
    read() {
      given += 100_000;
      this.push(Buffer.alloc(100_000));
    },
  });
  expect((await store("endless", endless, limits)).kind).toBe("too-large");
  expect(given).toBeLessThan(limits.bytesMax + 1_000_000);
});

test("a failure of the storage is thrown", async () => {
  const root = join(folder.path, "broken");
  const broken = await DiskStorage.open(root, links);
  await rm(root, { recursive: true });
  await writeFile(root, "a file where the folder should be");
  const stream = whole();
  await expect(storeLabeled(broken, "any", stream, limits, null)).rejects.toThrow(/EEXIST|ENOTDIR/);
  expect(stream.destroyed).toBe(true);
});
