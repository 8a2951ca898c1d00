import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pino } from "pino";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ThumbnailName, thumbnailNames } from "../../../src/modules/media/index.js";
import { renderStill } from "../../../src/modules/videos/files/make-stills.js";
import type { StoredOriginal } from "../../../src/modules/videos/files/store-original.js";
import {
  type OriginalVideo,
  VideoFiles,
  type VideoLabels,
} from "../../../src/modules/videos/files/video-files.service.js";
import { originalKey, previewKey, stillKey } from "../../../src/modules/videos/files/video-keys.js";
import { toAiLabel, type Video, VideosService } from "../../../src/modules/videos/index.js";
import { aiLabelsSettings } from "../../../src/platform/ai-labels/ai-labels.config.js";
import { createLabel, formatLabel, madeByAi, readFileMarks } from "../../../src/platform/ai-labels/index.js";
import { loadSigner, readCredentials, signContent } from "../../../src/platform/content-credentials/index.js";
import { Keyring } from "../../../src/platform/crypto/keyring.js";
import { Ffmpeg } from "../../../src/platform/ffmpeg/ffmpeg.js";
import { TempDirs } from "../../../src/platform/files/temp-dirs.js";
import { DiskStorage } from "../../../src/platform/storage/disk.storage.js";
import { digestBytes } from "../../../src/platform/storage/file-digest.js";
import { MediaLinks } from "../../../src/platform/storage/media-links.js";
import { readPackets, readTags } from "../../platform/ai-labels/sample-mp4.js";
import { type CertificateFiles, issueCertificate } from "../../support/certificates.js";
import { temporaryFolder } from "../../support/temporary-folder.js";
import { ffmpegPath, makeSample, type Picture, pictureAt, type Sample } from "./sample-video.js";

const mark = { ownerShortId: "k3x9q2ab", date: new Date("2026-03-04T23:00:00Z") };
const limits = { bytesMax: 50_000_000, announcedBytes: null, timeLimitMs: 30_000, contentId: "vid_01" };
const label = formatLabel(createLabel({ name: "SkyRiff", contentId: "vid_01" }));

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let storage: DiskStorage;
let files: VideoFiles;
/** Warnings and errors, one JSON line each. */
const logged: string[] = [];
const inFolder = (name: string) => join(folder.path, name);

beforeAll(async () => {
  folder = await temporaryFolder();
  const links = new MediaLinks(
    new Keyring(["a secret of at least thirty-two bytes"]),
    () => "http://here.test",
  );
  storage = await DiskStorage.open(inFolder("storage"), links);
  files = await openFiles({});
});
afterAll(() => folder.remove());

async function openFiles(values: Partial<VideoLabels> | null): Promise<VideoFiles> {
  const labels = values && { producer: "SkyRiff", text: "AI生成", signer: null, ...values };
  const tempDirs = await TempDirs.open(inFolder("scratch"));
  const ffmpeg = new Ffmpeg(await ffmpegPath(), 2);
  const logger = pino({ level: "warn" }, { write: (line: string) => void logged.push(line) });
  return new VideoFiles({ storage, logger, ffmpeg, tempDirs, ffmpegTimeLimitMs: 60_000, labels });
}

async function storeSample(id: string, sample: Sample = {}, into = files) {
  const path = await makeSample(inFolder(`${id}.mp4`), { size: "180x320", seconds: 1, ...sample });
  const stored = await into.storeOriginal(id, createReadStream(path), limits);
  if (stored.kind !== "stored") throw new Error(JSON.stringify(stored));
  return { path, stored };
}

async function open(stored: StoredOriginal, by = files): Promise<OriginalVideo> {
  const metadata = await by.probe(stored.folder, stored.signed ? null : stored);
  if (metadata.kind !== "video") throw new Error(metadata.detail);
  return { ...stored, metadata };
}

async function make(stored: StoredOriginal, by = files) {
  const original = await open(stored, by);
  const made = await Promise.all([by.makePreview(original, mark), by.makeStills(original, mark)]);
  return made.map((result) => {
    if (result.kind !== "made") throw new Error(JSON.stringify(result));
    return result.files;
  });
}

describe("the files of a video", () => {
  test("all carry the label, and their digests are those of the labeled files", async () => {
    const { path, stored } = await storeSample("upright");
    const clean = await readFile(storage.localPath(originalKey("upright")));
    expect(stored).toMatchObject({ ...digestBytes(clean), label: { ContentProducer: "SkyRiff" } });
    expect(await readTags(clean)).toMatchObject({ AIGC: label });
    expect(await readPackets(clean)).toEqual(await readPackets(await readFile(path)));

    const [previews, stills] = await make(stored);
    const preview = await readFile(storage.localPath(previewKey("upright")));
    expect(previews).toEqual({ "preview.mp4": digestBytes(preview) });
    expect(await readTags(preview)).toMatchObject({ AIGC: label });
    for (const size of thumbnailNames) {
      const still = storage.localPath(stillKey("upright", size));
      expect(await readFileMarks(still)).toEqual({
        label,
        madeByAi: true,
        c2pa: false,
        mimeType: "image/webp",
        isBroken: false,
      });
      const { xmpAsString = "" } = await sharp(still).metadata();
      expect(xmpAsString).toContain('xmlns:TC260="http://www.tc260.org.cn/ns/AIGC/1.0/"');
      expect(xmpAsString).toContain(`<TC260:AIGC>${label}</TC260:AIGC>`);
      expect(xmpAsString).toContain(
        "<Iptc4xmpExt:DigitalSourceType>http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia<",
      );
      expect(Object.values(stills ?? {})).toContainEqual(digestBytes(await readFile(still)));
    }
  });

  test("keep the label of the vendor, in clean file, preview and stills", async () => {
    const vendor = { Label: "1", ContentProducer: "Vendor", ProduceID: "v-9" };
    const options = ["-movflags", "+use_metadata_tags", "-metadata", `AIGC=${JSON.stringify(vendor)}`];
    const { stored } = await storeSample("vendors", { options });
    expect(stored.label).toMatchObject({ ...vendor, ContentPropagator: "SkyRiff", PropagateID: "vid_01" });
    expect(toAiLabel(stored)).toEqual({ producer: "Vendor", contentId: "v-9", signed: false });
    await make(stored);
    const expected = formatLabel(stored.label ?? createLabel({ name: "", contentId: "" }));
    for (const key of [originalKey("vendors"), previewKey("vendors"), stillKey("vendors", "SMALL")])
      expect(await readFileMarks(storage.localPath(key))).toMatchObject({ label: expected });
  });

  test("are as they were with AI_LABELS=off", async () => {
    const unlabeled = await openFiles(null);
    const { path, stored } = await storeSample("off", {}, unlabeled);
    expect(stored).toMatchObject({ label: null, edits: [], ...digestBytes(await readFile(path)) });
    expect(toAiLabel(stored)).toBeNull();
    const service = new VideosService({ showsAiLabels: false } as ConstructorParameters<
      typeof VideosService
    >[0]);
    const row = { aiLabel: { producer: "SkyRiff", contentId: "vid_01", signed: false } };
    expect(service.aiLabel({ row } as Video, "en")).toBeNull();
    expect(await service.loadAiLabels(["any"])).toEqual(new Map());
    await make(stored, unlabeled);
    expect(await readTags(await readFile(storage.localPath(previewKey("off"))))).not.toHaveProperty("AIGC");
    expect(await readFileMarks(storage.localPath(stillKey("off", "LARGE")))).toMatchObject({ label: null });
  });
});

describe("with a certificate", () => {
  const claim = { generator: { name: "Vendor", version: "1" }, title: "v-9", digitalSourceType: madeByAi };
  const mimeType = "video/mp4";
  let certificate: CertificateFiles;
  let signing: VideoFiles;
  beforeAll(async () => {
    certificate = await issueCertificate(folder.path);
    const signer = loadSigner(certificate.certificateFile, certificate.keyFile, new Date());
    signing = await openFiles({ signer });
  });

  test("the clean file is signed, and the vendor's own credentials are its ingredient", async () => {
    const path = await makeSample(inFolder("plain.mp4"), { size: "180x320", seconds: 1 });
    const signer = loadSigner(certificate.certificateFile, certificate.keyFile, new Date());
    const plain = { bytes: await readFile(path), mimeType };
    const vendors = await signContent(plain, { ...claim, ingredient: null }, signer);
    const stored = await signing.storeOriginal("signed", Readable.from([vendors]), limits);
    if (stored.kind !== "stored") throw new Error(JSON.stringify(stored));
    const key = storage.localPath(originalKey("signed"));
    // The label has changed the file, so the vendor's credentials alone do not fit it any more.
    expect(await readCredentials({ bytes: await readFile(key), mimeType }, certificate.root)).toBe("invalid");

    const signed = await signing.sign(stored);
    const bytes = await readFile(key);
    expect(signed).toMatchObject({ signed: true, ...digestBytes(bytes) });
    expect(toAiLabel(signed)).toEqual({ producer: "SkyRiff", contentId: "vid_01", signed: true });
    expect(await readCredentials({ bytes, mimeType }, certificate.root)).toBe("trusted");
    expect(await readTags(bytes)).toMatchObject({ AIGC: label });
    expect(await readPackets(bytes)).toEqual(await readPackets(vendors));
    expect(bytes.includes("c2pa.ingredient")).toBe(true);
    expect(bytes.includes("ingredient.validation") || bytes.includes("bmffHash.match")).toBe(true);
    await make(signed, signing);
  });

  test("a file that is too large or cannot be signed stays labeled and unsigned, with a warning", async () => {
    const { stored } = await storeSample("large", {}, signing);
    const before = await readFile(storage.localPath(originalKey("large")));
    expect(await signing.sign({ ...stored, byteSize: 50 * 1024 * 1024 + 1 })).toMatchObject({
      signed: false,
    });
    expect(logged.splice(0)).toEqual([
      expect.stringMatching(/over 52428800 bytes.*without Content Credentials/),
    ]);
    const good = loadSigner(certificate.certificateFile, certificate.keyFile, new Date());
    const broken = { ...good, sign: () => good.sign(Buffer.from("another claim")) };
    expect(await (await openFiles({ signer: broken })).sign(stored)).toEqual(stored);
    expect(logged.splice(0)).toEqual([expect.stringMatching(/without Content Credentials/)]);
    expect(await readFile(storage.localPath(originalKey("large")))).toEqual(before);
    expect(await signing.sign(stored)).toMatchObject({ signed: true });
  });
});

describe("a file is not taken in", () => {
  test("if no label can be written into it, and nothing is stored", async () => {
    const path = await makeSample(inFolder("two.mp4"), { seconds: 1 });
    const twice = [await readFile(path), Buffer.from("\0\0\0\x08moov", "latin1")];
    const stored = await files.storeOriginal("two", Readable.from(twice), limits);
    expect(stored).toEqual({ kind: "cannot-label", detail: "it has two indexes" });
    expect(await storage.stat(originalKey("two"))).toBeNull();
  });

  test("if its label cannot be read back, or its packets are not those of the vendor's file", async () => {
    const { stored } = await storeSample("checked");
    expect(await files.probe("checked", stored)).toMatchObject({ kind: "video" });
    const other = stored.label && { ...stored.label, ProduceID: "vid_02" };
    expect(await files.probe("checked", { ...stored, label: other })).toEqual({
      ...{ kind: "not-a-video", detail: "its label cannot be read back" },
    });
    await moveBack("checked");
    expect(await files.probe("checked", stored)).toEqual({
      ...{ kind: "not-a-video", detail: "the label changed its packets" },
    });
  });

  test("also if it is too large to be checked in memory", async () => {
    const sound = ["-c:a", "pcm_s24le", "-ac", "2", "-ar", "48000", "-f", "mov"];
    const { stored } = await storeSample("long", { size: "64x64", seconds: 130, options: sound });
    expect(stored.byteSize).toBeGreaterThan(33 * 1024 * 1024);
    expect(await files.probe("long", stored)).toMatchObject({ kind: "video" });
    await moveBack("long");
    expect(await files.probe("long", stored)).toMatchObject({ detail: "the label changed its packets" });
  });

  /** Makes an index whose first position has not moved with the media data. */
  async function moveBack(id: string): Promise<void> {
    const bytes = await readFile(storage.localPath(originalKey(id)));
    const at = bytes.indexOf("stco") + 12;
    bytes.writeUInt32BE(bytes.readUInt32BE(at) - 8, at);
    await storage.put(originalKey(id), bytes);
  }
});

const shapes = [
  { name: "portrait", width: 720, height: 1280, film: "black" },
  { name: "landscape", width: 1280, height: 720, film: "white" },
  { name: "square", width: 720, height: 720, film: "black" },
] as const;

describe.each(shapes)("the visible label of a $name picture", ({ name, width, height, film }) => {
  test.each(thumbnailNames)(
    "is legible in the still %s, on dark and light, and leaves the captions free",
    async (size) => {
      const dark = await still(size, 0);
      expectGlyphs(corner(dark, "left"));
      const light = await still(size, 255);
      expectGlyphs(plateOnWhite(corner(light, "left")));
      expect(extremes(lower(dark)).brightest).toBeLessThan(8);
      expect(extremes(lower(light)).darkest).toBeGreaterThan(247);
    },
  );

  async function still(size: ThumbnailName, brightness: number): Promise<Picture> {
    const frame = { rgb: Buffer.alloc(width * height * 3, brightness), width, height };
    const text = { ...mark, aiLabel: "AI生成" };
    return readPicture(await renderStill(frame, size, { text, xmp: null }));
  }

  test(`is in an upper corner of the preview all the time, on ${film}`, async () => {
    const half = [width / 2, height / 2] as const;
    const picture = `color=${film}:s=${half.join("x")}:r=8`;
    const { stored } = await storeSample(name, { picture, seconds: 6, sound: false });
    expect(await files.makePreview(await open(stored), mark)).toMatchObject({ kind: "made" });
    const path = storage.localPath(previewKey(name));
    const sides = { 0: "left", 2.2: "left", 2.6: "right", 5.2: "left" } as const;
    for (const [second, side] of Object.entries(sides)) {
      const frame = await pictureAt(path, Number(second), ...half);
      expectGlyphs(film === "black" ? corner(frame, side) : plateOnWhite(corner(frame, side)));
      const { darkest, brightest } = extremes(lower(frame));
      expect(brightest - darkest).toBeLessThan(24);
    }
  });
});

describe("a label that is as long as the settings allow", () => {
  const upright = { width: 720, height: 1280 };
  const stillOf = async (aiLabel: string, size: ThumbnailName, { width, height }: typeof upright) => {
    const frame = { rgb: Buffer.alloc(width * height * 3), width, height };
    return readPicture(await renderStill(frame, size, { text: { ...mark, aiLabel }, xmp: null }));
  };
  const texts = ["Generated by AI", "人工智能生成合成内容", "WWWWWWWWWWWWWWWWWWWW"];

  test.each(texts)("%s fits an upright picture of every size, and leaves the captions free", async (text) => {
    expect(aiLabelsSettings.parse({ AI_LABEL_TEXT: text }).AI_LABEL_TEXT).toBe(text);
    for (const size of thumbnailNames) {
      const picture = await stillOf(text, size, upright);
      const margin = Math.floor(picture.width * 0.02);
      const edge = part(picture, { x: picture.width - margin, y: 0, width: margin, height: picture.height });
      expect(extremes(edge).brightest).toBeLessThan(8);
      expect(extremes(lower(picture)).brightest).toBeLessThan(8);
      const { rows, shortSide } = part(picture, { ...picture, x: 0, y: 0, height: picture.height / 2 });
      const [line] = runs(rows.map((row) => row.some((brightness) => brightness > 110)));
      expect((line?.end ?? 0) - (line?.start ?? 0)).toBeGreaterThanOrEqual(shortSide * 0.05);
    }
  });

  test.each(texts)("%s is smaller in a picture that has less room than its letters", async (text) => {
    for (const size of thumbnailNames) {
      const picture = await stillOf(text, size, { width: 64, height: 2048 });
      expect(extremes(part(picture, { ...picture, x: 0, y: 0 })).brightest).toBeGreaterThan(60);
    }
  });
});

async function readPicture(webp: Buffer): Promise<Picture> {
  const { data, info } = await sharp(webp).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  return { rgb: data, width: info.width, height: info.height };
}

/** A part of a picture, in brightness of the green channel by rows. `shortSide` is that of the whole picture. */
interface Part {
  rows: number[][];
  shortSide: number;
}

/** The upper third and half of the width. */
function corner(picture: Picture, side: "left" | "right"): Part {
  const half = Math.floor(picture.width / 2);
  return part(picture, {
    x: side === "left" ? 0 : half,
    width: half,
    y: 0,
    height: Math.floor(picture.height / 3),
  });
}

/** The lower quarter, where players and authors put captions. */
function lower(picture: Picture): Part {
  const height = Math.floor(picture.height / 4);
  return part(picture, { x: 0, width: picture.width, y: picture.height - height, height });
}

function part(picture: Picture, area: { x: number; y: number; width: number; height: number }): Part {
  const rows = Array.from({ length: area.height }, (_, y) =>
    Array.from(
      { length: area.width },
      (_, x) => picture.rgb[((area.y + y) * picture.width + area.x + x) * 3 + 1] ?? 0,
    ),
  );
  return { rows, shortSide: Math.min(picture.width, picture.height) };
}

function extremes({ rows }: Part): { darkest: number; brightest: number } {
  return {
    darkest: Math.min(...rows.map((row) => Math.min(...row))),
    brightest: Math.max(...rows.map((row) => Math.max(...row))),
  };
}

/** The first line of the mark is A, I, 生 and 成, each at least 5 % of the short side high. */
function expectGlyphs({ rows, shortSide }: Part): void {
  const { darkest, brightest } = extremes({ rows, shortSide });
  expect(brightest - darkest).toBeGreaterThan(90);
  const isBright = (brightness: number) => brightness > darkest + (brightest - darkest) * 0.45;
  const [line] = runs(rows.map((row) => row.some(isBright)));
  if (!line) throw new Error("there is no label");
  const inLine = rows.slice(line.start, line.end);
  const columns = Array.from({ length: rows[0]?.length ?? 0 }, (_, x) =>
    inLine.some((row) => isBright(row[x] ?? 0)),
  );
  const glyphs = runs(columns).map(({ start, end }) => {
    const filled = inLine.map((row) => row.slice(start, end).some(isBright));
    return filled.lastIndexOf(true) - filled.indexOf(true) + 1;
  });
  expect(glyphs.length).toBeGreaterThanOrEqual(shortSide >= 200 ? 4 : 3);
  expect(Math.min(...glyphs)).toBeGreaterThanOrEqual(shortSide * 0.05);
}

/** The inside of the plate on a white picture, without its round corners. */
function plateOnWhite({ rows, shortSide }: Part): Part {
  const isDark = (brightness: number) => brightness < 190;
  const columns = Array.from({ length: rows[0]?.length ?? 0 }, (_, x) =>
    rows.some((row) => isDark(row[x] ?? 0)),
  );
  const [high, wide] = [runs(rows.map((row) => row.some(isDark)))[0], runs(columns)[0]];
  if (!high || !wide) throw new Error("there is no plate");
  const corner = Math.round(Math.max(12, shortSide * 0.072) * 0.3);
  const inside = rows.slice(high.start + corner, high.end - corner);
  return { rows: inside.map((row) => row.slice(wide.start + corner, wide.end - corner)), shortSide };
}

/** Where a list is true, from `start` to before `end`. */
function runs(list: boolean[]): { start: number; end: number }[] {
  const found: { start: number; end: number }[] = [];
  for (const [at, is] of list.entries()) {
    const last = found.at(-1);
    if (is && last?.end === at) last.end = at + 1;
    else if (is) found.push({ start: at, end: at + 1 });
  }
  return found;
}
