import { eq, sql } from "drizzle-orm";
import sharp from "sharp";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type MediaService, mediaJobs, ownsMedia } from "../../../src/modules/media/index.js";
import { media } from "../../../src/modules/media/media.tables.js";
import { newUuid, publicId } from "../../../src/platform/ids/ids.js";
import type { DiskStorage } from "../../../src/platform/storage/disk.storage.js";
import type { Storage } from "../../../src/platform/storage/storage.js";
import { incoming, MediaFixture } from "./media-fixture.js";
import {
  animation,
  formats,
  imageAs,
  noise,
  padded,
  photo,
  pngBomb,
  pngThatClaims,
} from "./sample-images.js";

let fixture: MediaFixture;
let storage: DiskStorage;
let service: MediaService;
let ana: string;
beforeAll(async () => {
  fixture = await MediaFixture.open();
  storage = await fixture.storage();
  service = await fixture.service(storage);
});
afterAll(() => fixture.close());
beforeEach(async () => {
  ana = await fixture.user();
});

async function storedImage(key: string): Promise<Buffer> {
  return Buffer.concat(await (await storage.open(key)).toArray());
}

async function mediaOf(userId: string) {
  return fixture.db.select().from(media).where(eq(media.userId, userId));
}

describe("an uploaded image", () => {
  test.each(formats)("%s keeps its format, and is complete once its row exists", async (format) => {
    const made = await service.upload(ana, incoming(await imageAs(format, 640, 480)));
    expect(made).toMatchObject({ mimeType: `image/${format}`, width: 640, height: 480 });
    expect(await mediaOf(ana)).toEqual([made.row]);
    const key = new URL(await service.url(made)).pathname.slice("/media/".length);
    const bytes = await storedImage(key);
    expect(bytes.length).toBe(made.byteSize);
    expect(await sharp(bytes).metadata()).toMatchObject({ format, width: 640, height: 480 });
  });

  test.each(formats)(
    "%s is turned upright and tells nothing of where and by whom it was made",
    async (format) => {
      const original = await photo(format);
      expect((await sharp(original).metadata()).exif?.includes("Phone maker")).toBe(true);
      const made = await service.upload(ana, incoming(original));
      expect(made).toMatchObject({ width: 300, height: 400 });
      const bytes = await storedImage(`media/${made.row.id}/image.${format.replace("jpeg", "jpg")}`);
      const { exif, orientation, icc, xmp } = await sharp(bytes).metadata();
      expect({ exif, orientation, icc, xmp }).toEqual({});
      expect(bytes.includes("Phone maker")).toBe(false);
      // Orientation 6 is a quarter turn clockwise: the left side is on top afterwards.
      const [red = 0, , blue = 0] = await sharp(bytes)
        .extract({ left: 0, top: 0, width: 300, height: 100 })
        .removeAlpha()
        .raw()
        .toBuffer();
      expect(red).toBeGreaterThan(200);
      expect(blue).toBeLessThan(60);
    },
  );

  test("loses data appended to the file", async () => {
    const trojan = Buffer.concat([await imageAs("png"), Buffer.from("<script>alert(1)</script>")]);
    const made = await service.upload(ana, incoming(trojan));
    expect((await storedImage(`media/${made.row.id}/image.png`)).includes("script")).toBe(false);
  });

  test("is detected by content, however small the chunks of the stream are", async () => {
    const made = await service.upload(ana, incoming(await imageAs("webp"), 1));
    expect(made.mimeType).toBe("image/webp");
  });

  test("keeps its transparency", async () => {
    const glass = sharp({ create: { width: 64, height: 64, channels: 4, background: "#ff000040" } });
    const made = await service.upload(ana, incoming(await glass.png().toBuffer()));
    for (const name of ["image.png", "thumbnail-160.webp"]) {
      const { data, info } = await sharp(await storedImage(`media/${made.row.id}/${name}`))
        .raw()
        .toBuffer({ resolveWithObject: true });
      expect(info.channels).toBe(4);
      expect(Math.abs((data[3] ?? 0) - 0x40)).toBeLessThan(3);
    }
  });

  test("in 8-bit gray, 16 bits or CMYK becomes one that browsers display", async () => {
    const shades = await sharp(await imageAs("png"))
      .toColourspace("b-w")
      .png()
      .toBuffer();
    const deep = await sharp(await imageAs("png"))
      .toColourspace("rgb16")
      .png()
      .toBuffer();
    const ink = await sharp(await imageAs("png"))
      .toColourspace("cmyk")
      .jpeg()
      .toBuffer();
    for (const odd of [shades, deep, ink]) {
      const made = await service.upload(ana, incoming(odd));
      const { space, depth } = await sharp(
        await storedImage(`media/${made.row.id}/image.${made.mimeType === "image/png" ? "png" : "jpg"}`),
      ).metadata();
      expect(["srgb", "b-w"]).toContain(space);
      expect(depth).toBe("uchar");
    }
  });

  test("with an animation keeps the first frame", async () => {
    const made = await service.upload(ana, incoming(await animation(5, 64)));
    expect(made).toMatchObject({ mimeType: "image/webp", width: 64, height: 64 });
    const stored = await storedImage(`media/${made.row.id}/image.webp`);
    expect((await sharp(stored).metadata()).pages ?? 1).toBe(1);
  });

  test("has thumbnails with exact long sides", async () => {
    const shapes = [
      [2000, 1000, { SMALL: [160, 80], MEDIUM: [480, 240], LARGE: [1080, 540] }],
      [50, 100, { SMALL: [80, 160], MEDIUM: [240, 480], LARGE: [540, 1080] }],
    ] as const;
    for (const [width, height, sizes] of shapes) {
      const made = await service.upload(ana, incoming(await imageAs("jpeg", width, height)));
      for (const [size, [w, h]] of Object.entries(sizes)) {
        const link = new URL(await service.thumbnailUrl(made, size as "SMALL"));
        const bytes = await storedImage(link.pathname.slice("/media/".length));
        expect(await sharp(bytes).metadata()).toMatchObject({ format: "webp", width: w, height: h });
      }
    }
  });

  test("has the same URLs all day, so that browsers cache it", async () => {
    const made = await service.upload(ana, incoming(await imageAs("jpeg")));
    const ask = async () => [await service.url(made), await service.thumbnailUrl(made, "LARGE")];
    const morning = await ask();
    const before = fixture.now;
    fixture.now = new Date("2026-03-04T23:59:59.999Z");
    expect(await ask()).toEqual(morning);
    fixture.now = before;
  });
});

describe("a rejected file leaves no files", () => {
  const refused = async (bytes: Buffer) => {
    const before = await fixture.storedKeys();
    const error = await service.upload(ana, incoming(bytes)).catch((e: unknown) => e);
    expect(await mediaOf(ana)).toEqual([]);
    expect(await fixture.storedKeys()).toEqual(before);
    expect(await fixture.scratchFiles()).toEqual([]);
    return error as { code?: string; name?: string };
  };

  test.each([
    ["text", Buffer.from("just a text, and not an image")],
    ["nothing", Buffer.alloc(0)],
    ["two bytes of a JPEG", Buffer.from([0xff, 0xd8])],
    ["an SVG", Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')],
    ["a GIF", Buffer.from("GIF89a\x01\0\x01\0\0\0\0;", "latin1")],
    ["a RIFF that is sound", Buffer.from("RIFF\x24\0\0\0WAVEfmt ", "latin1")],
  ])("%s is UNSUPPORTED_MEDIA_TYPE", async (_what, bytes) => {
    expect(await refused(bytes)).toMatchObject({ code: "UNSUPPORTED_MEDIA_TYPE" });
  });

  test.each(formats)("a %s truncated anywhere is BAD_USER_INPUT", async (format) => {
    const whole = await noise(format);
    for (const part of [0.01, 0.3, 0.9, 0.99]) {
      const cut = whole.subarray(0, Math.floor(whole.length * part));
      expect(await refused(cut), `${part}`).toMatchObject({ code: "BAD_USER_INPUT" });
    }
  });

  test("a valid header followed by garbage is BAD_USER_INPUT", async () => {
    for (const head of [[0xff, 0xd8, 0xff], [...Buffer.from("\x89PNG\r\n\x1a\n", "latin1")]]) {
      const bytes = padded(Buffer.from(head), 5_000).fill(7, head.length);
      expect(await refused(bytes)).toMatchObject({ code: "BAD_USER_INPUT" });
    }
  });

  test.each([
    [50_000, 50_000],
    [7_072, 7_072],
    [50_000_001, 1],
  ])("a PNG that claims %i x %i pixels is not decoded", async (width, height) => {
    expect(await refused(await pngThatClaims(width, height))).toMatchObject({ name: "TooManyPixels" });
  });

  test("a small file with hundreds of millions of pixels is not decoded", async () => {
    const bomb = pngBomb(20_000);
    expect(bomb.length).toBeLessThan(100_000);
    const startedAt = performance.now();
    expect(await refused(bomb)).toMatchObject({ name: "TooManyPixels", code: "BAD_USER_INPUT" });
    expect(performance.now() - startedAt).toBeLessThan(3_000);
  });

  test("an animation with too many pixels in all frames is not decoded", async () => {
    const bomb = await animation(51, 1000);
    expect(bomb.length).toBeLessThan(1_000_000);
    expect(await refused(bomb)).toMatchObject({ name: "TooManyPixels", code: "BAD_USER_INPUT" });
  });
});

describe("an upload that dies between its files and its row", () => {
  test("is cleaned up by the job that was queued first", async () => {
    const failing: Storage = Object.assign(Object.create(storage) as Storage, {
      put: async (key: string, body: Buffer) => {
        if (key.includes("thumbnail-480")) throw new Error("the disk is full");
        await storage.put(key, body);
      },
    });
    const before = await fixture.storedKeys();
    const dying = await fixture.service(failing);
    await expect(dying.upload(ana, incoming(await imageAs("png")))).rejects.toThrow("the disk is full");
    const left = (await fixture.storedKeys()).filter((key) => !before.includes(key));
    expect(left.length).toBe(2);
    const mediaId = left[0]?.split("/")[1] as string;
    const planned = await fixture.db.execute<{ dueInMin: number }>(
      sql`select extract(epoch from start_after - created_on)::int / 60 as "dueInMin"
        from pgboss.job where name = 'media.discard-upload' and data->>'mediaId' = ${mediaId}`,
    );
    expect([...planned]).toEqual([{ dueInMin: expect.toSatisfy((min: number) => min >= 59 && min <= 60) }]);
    const [handler] = mediaJobs(service);
    await handler?.run({ mediaId });
    await handler?.run({ mediaId });
    expect(await fixture.storedKeys()).toEqual(before);
  });

  test("is not mistaken for a complete one", async () => {
    const made = await service.upload(ana, incoming(await imageAs("png")));
    const before = await fixture.storedKeys();
    await service.discardUnfinished(made.row.id);
    expect(await fixture.storedKeys()).toEqual(before);
    expect(before.filter((key) => key.includes(made.row.id)).length).toBe(4);
  });

  test("fails if it took so long that the job may already have deleted its files", async () => {
    const slow: Storage = Object.assign(Object.create(storage) as Storage, {
      put: async (key: string, body: Buffer) => {
        fixture.now = new Date(fixture.now.getTime() + 10 * 60_000);
        await storage.put(key, body);
      },
    });
    const dying = await fixture.service(slow);
    await expect(dying.upload(ana, incoming(await imageAs("png")))).rejects.toThrow("took too long");
    expect(await mediaOf(ana)).toEqual([]);
  });
});

describe("an image", () => {
  test("is null for other users", async () => {
    const bo = await fixture.user();
    const made = await service.upload(ana, incoming(await imageAs("jpeg")));
    expect((await service.findByPublicId(ana, made.id))?.row).toMatchObject(made.row);
    expect(await service.findByPublicId(bo, made.id)).toBeNull();
    expect(await service.findByPublicId(ana, publicId("task", made.row.id))).toBeNull();
    expect(await service.findByPublicId(ana, "media_' or 1=1 --")).toBeNull();
    expect(await ownsMedia(fixture.db, ana, made.row.id)).toBe(true);
    expect(await ownsMedia(fixture.db, bo, made.row.id)).toBe(false);
    expect(await ownsMedia(fixture.db, ana, newUuid())).toBe(false);
  });

  test("is public as an avatar, and absent if it does not exist", async () => {
    const made = await service.upload(ana, incoming(await imageAs("jpeg")));
    const urls = await service.loadAvatarUrls([made.row.id, newUuid()]);
    expect([...urls.keys()]).toEqual([made.row.id]);
    expect(urls.get(made.row.id)).toBe(await service.thumbnailUrl(made, "MEDIUM"));
  });

  test("is sent to vendors as the sanitized file with a neutral name", async () => {
    const made = await service.upload(ana, incoming(await photo("jpeg")));
    const sent = await service.openForVendor(made.row.id);
    expect(sent).toMatchObject({ fileName: "image.jpg", mimeType: "image/jpeg" });
    expect(sent?.bytes.equals(await storedImage(`media/${made.row.id}/image.jpg`))).toBe(true);
    expect(await service.openForVendor(newUuid())).toBeNull();
  });
});
