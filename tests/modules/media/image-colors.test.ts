import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import sharp, { type Sharp } from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { MediaService } from "../../../src/modules/media/index.js";
import type { DiskStorage } from "../../../src/platform/storage/disk.storage.js";
import { barsIn, farthestOff } from "../videos/color-bars.js";
import { incoming, MediaFixture } from "./media-fixture.js";
import { noise, pngChunk, withPngNotes } from "./sample-images.js";

let fixture: MediaFixture;
let storage: DiskStorage;
let service: MediaService;
let ana: string;
beforeAll(async () => {
  fixture = await MediaFixture.open();
  storage = await fixture.storage();
  service = await fixture.service(storage);
  ana = await fixture.user();
});
afterAll(() => fixture.close());

/** The stored image in sRGB. */
async function stored(bytes: Buffer) {
  const made = await service.upload(ana, incoming(bytes));
  const key = new URL(await service.url(made)).pathname.slice("/media/".length);
  const image = Buffer.concat(await (await storage.open(key)).toArray());
  const { icc, gamma } = (await sharp(image).metadata()) as { icc?: Buffer; gamma?: number };
  expect([icc, gamma]).toEqual([undefined, undefined]);
  const { data, info } = await sharp(image)
    .removeAlpha()
    .toColourspace("srgb")
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { rgb: data, width: info.width, height: info.height };
}

const casesFolder = new URL("../../cases/", import.meta.url).pathname;
interface PictureCase {
  file: string;
  width?: number;
  height?: number;
  bars?: number[][];
  tolerance?: number;
  refused?: boolean;
}
const cases = ["14-png-colours", "15-jpeg-without-end"].flatMap((folder) =>
  (JSON.parse(readFileSync(join(casesFolder, folder, "pictures.json"), "utf8")) as PictureCase[]).map(
    (picture) => [picture.file, { ...picture, path: join(casesFolder, folder, picture.file) }] as const,
  ),
);

test.each(cases)("%s is stored with the right colors or rejected", async (_, picture) => {
  const bytes = await readFile(picture.path);
  if (picture.refused) {
    await expect(service.upload(ana, incoming(bytes))).rejects.toMatchObject({ code: "BAD_USER_INPUT" });
    return;
  }
  const seen = await stored(bytes);
  expect(seen).toMatchObject({ width: picture.width, height: picture.height });
  const { bars = [], tolerance } = picture;
  expect(farthestOff(barsIn(seen, bars.length), bars)).toBeLessThanOrEqual(tolerance ?? 0);
});

describe("a PNG's color chunks", () => {
  const plain = (r = 200, g = 60, b = 60, alpha?: number): Sharp =>
    sharp({
      create: { width: 32, height: 32, channels: alpha ? 4 : 3, background: { r, g, b, alpha: alpha ?? 1 } },
    });
  const numbers = (...values: number[]) => {
    const data = Buffer.alloc(values.length * 4);
    for (const [at, value] of values.entries()) data.writeUInt32BE(value, at * 4);
    return data;
  };
  const gama = (value: number) => pngChunk("gAMA", numbers(value));
  const srgbGamut = [31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000];
  const p3Gamut = [31270, 32900, 68000, 32000, 26500, 69000, 15000, 6000];
  const chrm = (gamut: number[]) => pngChunk("cHRM", numbers(...gamut));
  const cicp = (...codes: number[]) => pngChunk("cICP", Buffer.from(codes));
  const srgb = pngChunk("sRGB", Buffer.from([0]));
  const color = async (image: Sharp | Buffer, ...notes: Buffer[]) => {
    const png = Buffer.isBuffer(image) ? image : await image.png().toBuffer();
    const [bar] = barsIn(await stored(withPngNotes(png, notes)), 1);
    return bar as number[];
  };
  const near = (found: number[], wanted: number[], tolerance = 3) => {
    expect(farthestOff([found], [wanted]), `${found} is not ${wanted}`).toBeLessThanOrEqual(tolerance);
  };
  const [asP3, asLinear] = [
    [217, 42, 52],
    [229, 133, 133],
  ] as [number[], number[]];

  test.each([
    ["a palette", () => plain().png({ palette: true })],
    ["lines in seven passes", () => plain().png({ progressive: true })],
    ["transparency", () => plain(200, 60, 60, 0.5)],
    ["16 bits", () => plain().toColourspace("rgb16")],
    ["16 bits and transparency", () => plain(200, 60, 60, 0.5).toColourspace("rgb16")],
  ])("are applied with %s", async (_, image) => {
    near(await color(image(), gama(100_000)), asLinear);
    near(await color(image(), cicp(12, 13, 0, 1)), asP3);
  });

  test.each([
    ["8 bits", "b-w"],
    ["16 bits", "grey16"],
  ])("are applied in gray of %s", async (_, space) => {
    const grey = plain(128, 128, 128).toColourspace(space);
    near(await color(grey.clone(), gama(100_000)), [188, 188, 188]);
    near(await color(grey.clone(), cicp(12, 13, 0, 1)), [128, 128, 128]);
    near(await color(grey.clone()), [128, 128, 128]);
  });

  test("take precedence in the order cICP, iCCP, sRGB, gAMA and cHRM", async () => {
    const image = await plain().png().toBuffer();
    const profiled = await sharp(image, { ignoreIcc: true }).withIccProfile("p3").png().toBuffer();
    // Its pixels were converted, so it looks like the plain one as long as its profile is applied.
    near(await color(profiled), [200, 60, 60]);
    near(await color(profiled, srgb, gama(100_000)), [200, 60, 60]);
    near(await color(profiled, cicp(1, 13, 0, 1)), [185, 71, 65]);
    near(await color(image, srgb, gama(100_000), chrm(p3Gamut)), [200, 60, 60]);
    near(await color(image, cicp(1, 13, 0, 1), gama(100_000)), [200, 60, 60]);
    near(await color(image, gama(100_000), chrm(srgbGamut)), asLinear);
    near(await color(image, gama(45_455), chrm(p3Gamut)), [219, 37, 49]);
    near(await color(image, chrm(p3Gamut)), asP3);
    near(await color(image, gama(45_455), chrm(srgbGamut)), [200, 60, 60], 0);
  });

  test("for BT.2020, HDR and narrow range are applied", async () => {
    near(await color(plain(180, 80, 70), cicp(9, 13, 0, 1)), [219, 51, 65]);
    const white = await color(plain(148, 148, 148), cicp(9, 16, 0, 1));
    expect(Math.min(...white)).toBeGreaterThan(205);
    expect(Math.max(...(await color(plain(191, 191, 191), cicp(9, 18, 0, 1))))).toBeGreaterThan(215);
    near(await color(plain(16 + 110, 16 + 110, 235), cicp(1, 13, 0, 0)), [128, 128, 255]);
  });

  test.each([
    ["a gamma of nothing", () => [gama(0)]],
    ["a gamut without area", () => [chrm([31270, 32900, 10, 10, 10, 10, 10, 10])]],
    ["a white that is none", () => [chrm([31270, 0, ...p3Gamut.slice(2)])]],
    ["undefined codes", () => [cicp(2, 2, 0, 1)]],
    ["a matrix, which RGB cannot have", () => [cicp(9, 13, 9, 1)]],
    ["too few numbers", () => [pngChunk("cHRM", Buffer.alloc(8)), pngChunk("cICP", Buffer.alloc(1))]],
    ["the brightness of a screen", () => [pngChunk("mDCV", Buffer.alloc(24, 1))]],
  ])("with %s are ignored", async (_, notes) => {
    near(await color(plain(), ...notes()), [200, 60, 60], 0);
  });
});

test("a 16-bit PNG with a profile keeps its colors", async () => {
  const red = sharp({ create: { width: 8, height: 8, channels: 3, background: { r: 200, g: 60, b: 60 } } });
  const deep = await red.toColourspace("rgb16").withIccProfile("p3").png().toBuffer();
  expect(farthestOff(barsIn(await stored(deep), 1), [[200, 60, 60]])).toBeLessThan(4);
});

test.each(["jpeg", "webp", "png"] as const)("a %s in P3 looks the same in sRGB", async (format) => {
  const red = sharp({ create: { width: 64, height: 64, channels: 3, background: { r: 200, g: 60, b: 60 } } });
  const wide = await red.withIccProfile("p3").toFormat(format, { quality: 100 }).toBuffer();
  const numbers = await sharp(wide, { ignoreIcc: true }).raw().toBuffer();
  expect(numbers[0]).toBeLessThan(190);
  expect(farthestOff(barsIn(await stored(wide), 1), [[200, 60, 60]])).toBeLessThan(6);
});

describe("a JPEG", () => {
  const end = Buffer.from([0xff, 0xd9]);
  const jpeg = (options = {}) => noise("jpeg").then((image) => sharp(image).jpeg(options).toBuffer());
  const kinds = [
    ["plain", {}],
    ["progressive", { progressive: true }],
    ["of best codes", { optimiseCoding: true, quality: 100 }],
  ] as const;

  test.each(kinds)("(%s) without its end marker is the same picture", async (_, options) => {
    const whole = await jpeg(options);
    const [one, other] = [await stored(whole), await stored(whole.subarray(0, -2))];
    expect(one.rgb.equals(other.rgb)).toBe(true);
    expect((await stored(whole.subarray(0, -1))).rgb.equals(one.rgb)).toBe(true);
    expect((await stored(Buffer.concat([whole, Buffer.alloc(3_000, "junk")]))).rgb.equals(one.rgb)).toBe(
      true,
    );
  });

  test.each(kinds)("(%s) with any missing pixels is rejected", async (_, options) => {
    const whole = await jpeg(options);
    for (const missing of [20, 1_000, Math.floor(whole.length / 2), whole.length - 700]) {
      const cut = whole.subarray(0, -missing);
      const zeros = Buffer.concat([cut, Buffer.alloc(missing)]);
      for (const broken of [cut, ...(missing >= 1_000 ? [zeros] : [])]) {
        const refusal = service.upload(ana, incoming(broken));
        await expect(refusal, `${missing}`).rejects.toMatchObject({ code: "BAD_USER_INPUT" });
      }
    }
  });

  test("with half of its end marker, or all of it, is accepted", async () => {
    const path = join(casesFolder, "15-jpeg-without-end/no-eoi.jpg");
    expect(await stored(Buffer.concat([await readFile(path), Buffer.from([0xff])]))).toMatchObject({
      width: 320,
    });
    expect(await stored(Buffer.concat([await readFile(path), end]))).toMatchObject({ width: 320 });
  });

  test("with several pictures yields the first", async () => {
    const [first, second] = await Promise.all(
      ["red", "blue"].map((background) =>
        sharp({ create: { width: 64, height: 48, channels: 3, background } })
          .jpeg()
          .toBuffer(),
      ),
    );
    const [bar] = barsIn(await stored(Buffer.concat([first as Buffer, second as Buffer])), 1);
    expect(bar?.[0]).toBeGreaterThan(240);
  });
});
