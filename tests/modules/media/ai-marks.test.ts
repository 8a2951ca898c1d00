import { open, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { deflateSync } from "node:zlib";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { dropMetadata } from "../../../src/modules/media/drop-metadata.js";
import type { MediaService } from "../../../src/modules/media/index.js";
import { imageKey } from "../../../src/modules/media/media-keys.js";
import { readImageMarks } from "../../../src/platform/ai-labels/index.js";
import { temporaryFolder } from "../../support/temporary-folder.js";
import * as marked from "./marked-pictures.js";
import { incoming, MediaFixture } from "./media-fixture.js";

const { labelXmp, picture, segment, trained, withChunks, withSegments, withWebpChunk, xmp } = marked;

let fixture: MediaFixture;
let media: MediaService;
let ana: string;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
  folder = await temporaryFolder();
  fixture = await MediaFixture.open();
  media = await fixture.service();
  ana = await fixture.user();
});
afterAll(async () => {
  await fixture.close();
  await folder.remove();
});

const markOf = async (bytes: Buffer, input?: { isAiGenerated: boolean }) =>
  (await media.upload(ana, incoming(bytes), input)).aiMark;

describe.each(["jpeg", "png", "webp"] as const)("an uploaded %s", (format) => {
  test("without marks is NONE, and DECLARED if the user says so", async () => {
    expect(await markOf(await picture(format))).toBe("NONE");
    expect(await markOf(await picture(format), { isAiGenerated: false })).toBe("NONE");
    expect(await markOf(await picture(format), { isAiGenerated: true })).toBe("DECLARED");
  });

  test("with a label, IPTC's source type or Content Credentials is FOUND, and what is stored has no metadata", async () => {
    const plain = await picture(format);
    const credentials = {
      jpeg: () => withSegments(plain, [segment(0xeb, "JP\0\x01\0\0\0\x01", marked.manifestStore)]),
      png: () => withChunks(plain, [marked.pngChunk("caBX", marked.manifestStore)]),
      webp: () => withWebpChunk(plain, "C2PA", marked.manifestStore),
    };
    const iptc = await picture(format, xmp(`ext:DigitalSourceType="${trained}"`));
    for (const bytes of [await picture(format, labelXmp), iptc, credentials[format]()]) {
      const { aiMark, row } = await media.upload(ana, incoming(bytes));
      expect(aiMark).toBe("FOUND");
      const stored = await (await fixture.storage()).open(imageKey(row.id, row.mimeType));
      const { xmp: kept, exif } = await sharp(Buffer.concat(await stored.toArray())).metadata();
      expect({ kept, exif }).toEqual({});
    }
  });
});

test("the user's word counts more than the metadata", async () => {
  expect(await markOf(await picture("webp", labelXmp), { isAiGenerated: true })).toBe("DECLARED");
});

test("with AI_LABELS=off metadata is not looked at, and the user's word still counts", async () => {
  fixture.labels = "off";
  media = await fixture.service();
  expect(await markOf(await picture("webp", labelXmp))).toBe("NONE");
  expect(await markOf(await picture("webp"), { isAiGenerated: true })).toBe("DECLARED");
  fixture.labels = "on";
  media = await fixture.service();
});

describe("an upload of 10 MiB that is nothing but metadata", () => {
  const size = 10 * 1024 * 1024;
  const filled = (part: Buffer) => [Buffer.alloc(size - (size % part.length), part)];
  const xmpSegment = (content: Buffer | string) => segment(0xe1, "http://ns.adobe.com/xap/1.0/\0", content);
  const inJpeg = (part: Buffer) => (plain: Buffer) => withSegments(plain, filled(part));
  const inPng = (part: Buffer) => (plain: Buffer) => withChunks(plain, filled(part));
  const bomb = deflateSync(Buffer.alloc(7_900_000, " "));

  describe.each<["jpeg" | "png" | "webp", string, (plain: Buffer) => Buffer]>([
    ["jpeg", "the smallest segments", inJpeg(segment(0xe1))],
    ["jpeg", "comments", inJpeg(segment(0xfe))],
    ["jpeg", "packets of XMP", inJpeg(xmpSegment(labelXmp))],
    ["jpeg", "the longest segments", inJpeg(xmpSegment(Buffer.alloc(65_000, "<TC260:AIGC ")))],
    ["png", "the smallest chunks", inPng(marked.pngChunk("tEXt", Buffer.alloc(0)))],
    ["png", "packets of XMP that inflate", inPng(marked.compressedXmp(Buffer.alloc(1_000_000, " ")))],
    [
      "png",
      "texts that inflate",
      inPng(marked.pngChunk("zTXt", Buffer.concat([Buffer.from("a\0\0"), bomb]))),
    ],
    ["webp", "one packet", (plain) => withWebpChunk(plain, "XMP ", Buffer.alloc(size, labelXmp))],
  ])("of a %s, as %s", (format, _, fill) => {
    const path = () => join(folder.path, "upload");
    let plain: Buffer;
    beforeAll(async () => {
      plain = await picture(format);
      await writeFile(path(), fill(plain));
    });

    test("is looked at for marks at most once, in few steps", async () => {
      const handle = await open(path());
      const reads = vi.spyOn(Object.getPrototypeOf(handle) as typeof handle, "read");
      await handle.close();
      try {
        await readImageMarks(path());
        const lengths = reads.mock.calls.map((call) => (call as unknown[])[2] as number);
        expect(lengths.length).toBeGreaterThan(0);
        expect(lengths.length).toBeLessThan(2_500);
        expect(lengths.reduce((sum, length) => sum + length, 0)).toBeLessThan(1.5 * size);
      } finally {
        reads.mockRestore();
      }
    });

    // libvips skips the metadata of a WebP, and reads that of the others before it starts.
    test.runIf(format !== "webp")("is gone before libvips reads the file", async () => {
      const bare = join(folder.path, "bare");
      await writeFile(bare, plain);
      for (const file of [bare, path()]) await dropMetadata(file, `image/${format}`);
      expect((await readFile(path())).equals(await readFile(bare))).toBe(true);
      expect((await readFile(bare)).length).toBeLessThanOrEqual(plain.length);
    });

    test("is taken in as the picture that it is", async () => {
      const { row } = await media.upload(ana, incoming(fill(plain)));
      expect(row).toMatchObject({ mimeType: `image/${format}`, width: 64, height: 48 });
    });
  });

  test.each(["jpeg", "png"] as const)("of a %s leaves its profile and orientation", async (format) => {
    const path = join(folder.path, "photo");
    const photo = sharp(await picture("png"))
      .withMetadata({ orientation: 6 })
      .withIccProfile("p3")
      .toFormat(format);
    const plain = await photo.toBuffer();
    await writeFile(path, await photo.withXmp(labelXmp).toBuffer());
    await dropMetadata(path, `image/${format}`);
    const { icc, orientation, xmp: packet } = await sharp(path).metadata();
    expect({ icc, orientation, packet }).toEqual({
      ...{ icc: (await sharp(plain).metadata()).icc, orientation: 6, packet: undefined },
    });
    expect(icc?.length).toBeGreaterThan(100);
  });

  test.each(["jpeg", "png", "webp"] as const)(
    "of a %s that is cut short anywhere is no trouble",
    async (format) => {
      const path = join(folder.path, "short");
      const whole = await picture(format, labelXmp);
      for (let length = 0; length < whole.length; length += 23) {
        await writeFile(path, whole.subarray(0, length));
        await dropMetadata(path, `image/${format}`);
        expect((await readFile(path)).length).toBeLessThanOrEqual(length);
      }
    },
  );
});
