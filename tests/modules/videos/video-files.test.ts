import { createReadStream } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { pino } from "pino";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { deleteVideoFiles } from "../../../src/modules/videos/files/delete-video-files.js";
import { probeVideo } from "../../../src/modules/videos/files/probe-video.js";
import { type OriginalVideo, VideoFiles } from "../../../src/modules/videos/files/video-files.service.js";
import { allKeys, originalKey, previewKey, stillKey } from "../../../src/modules/videos/files/video-keys.js";
import { Keyring } from "../../../src/platform/crypto/keyring.js";
import { Ffmpeg } from "../../../src/platform/ffmpeg/ffmpeg.js";
import { TempDirs } from "../../../src/platform/files/temp-dirs.js";
import { DiskStorage } from "../../../src/platform/storage/disk.storage.js";
import { digestStream } from "../../../src/platform/storage/file-digest.js";
import { MediaLinks } from "../../../src/platform/storage/media-links.js";
import type { Storage } from "../../../src/platform/storage/storage.js";
import { temporaryFolder } from "../../support/temporary-folder.js";
import { differences, ffmpegPath, makeSample, pictureAt } from "./sample-video.js";

const links = new MediaLinks(
  new Keyring(["a secret of at least thirty-two bytes"]),
  () => "http://here.test",
);
const text = { ownerShortId: "k3x9q2ab", date: new Date("2026-03-04T23:00:00Z") };
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let storage: DiskStorage;
let files: VideoFiles;

const inFolder = (name: string) => join(folder.path, name);
async function filesOn(where: Storage, ffmpegTimeLimitMs = 60_000): Promise<VideoFiles> {
  const scratch = await TempDirs.open(inFolder("scratch"));
  return new VideoFiles({
    storage: where,
    ffmpeg: new Ffmpeg(await ffmpegPath(), 1),
    tempDirs: scratch,
    ffmpegTimeLimitMs,
    labels: null,
    logger: pino({ level: "silent" }),
  });
}
async function put(videoId: string, path: string): Promise<string> {
  await storage.put(originalKey(videoId), createReadStream(path));
  return videoId;
}
const stored = (videoId: string, sample: Parameters<typeof makeSample>[1]) =>
  makeSample(inFolder(`${videoId}.mp4`), sample).then((path) => put(videoId, path));

/** The stored original with its probed metadata. */
async function seen(videoId: string): Promise<OriginalVideo> {
  const facts = await files.probe(videoId);
  if (facts.kind !== "video") throw new Error(`${videoId}: ${facts.detail}`);
  return { folder: videoId, metadata: facts, label: null };
}

beforeAll(async () => {
  folder = await temporaryFolder();
  storage = await DiskStorage.open(inFolder("storage"), links);
  files = await filesOn(storage);
  await stored("upright", {});
});
afterAll(() => folder.remove());

describe("the metadata of a stored file", () => {
  test("is read from the file itself", async () => {
    const facts = await files.probe("upright");
    expect(facts).toMatchObject({
      kind: "video",
      width: 180,
      height: 320,
      videoCodec: "avc",
      audioCodec: "mp4a.40.2",
    });
    expect(facts.kind === "video" && Math.abs(facts.durationMs - 2000)).toBeLessThan(50);
  });

  test("is for the upright picture, without an audio track if there is none", async () => {
    await stored("turned", { sound: false });
    await storage.put(originalKey("turned"), turned(await readFile(inFolder("turned.mp4"))));
    const upright = { kind: "video", width: 320, height: 180, audioCodec: null };
    expect(await files.probe("turned")).toMatchObject(upright);
    await files.makePreview(await seen("turned"), text);
    expect(await probeVideo(storage, previewKey("turned"))).toMatchObject(upright);
  });

  test("is found with the index at the end of the file", async () => {
    await stored("late-index", { options: ["-movflags", "0"] });
    const bytes = await readFile(inFolder("late-index.mp4"));
    expect(bytes.indexOf("moov")).toBeGreaterThan(bytes.indexOf("mdat"));
    expect((await files.probe("late-index")).kind).toBe("video");
  });

  test.each([
    ["nothing", () => Buffer.alloc(0)],
    ["a page", () => Buffer.from("<html><body>Not found</body></html>")],
    ["noise", () => Buffer.alloc(300_000, "\x9c\x01video")],
    [
      "a picture",
      () =>
        sharp({ create: { width: 9, height: 9, channels: 3, background: "red" } })
          .png()
          .toBuffer(),
    ],
    ["sound alone", async () => readFile(await soundAlone())],
    ["the first half of a video", async () => halfOf("upright.mp4", 0.5)],
    ["a video without its last frames", async () => halfOf("upright.mp4", 0.97)],
    ["a video whose index was cut off", async () => halfOf("late-index.mp4", 0.5)],
    ["a video of absurd length", async () => withLength(await readFile(inFolder("upright.mp4")))],
  ] as const)("%s is not a video, which is a result and not an exception", async (_, bytes) => {
    await storage.put(originalKey("no-video"), await bytes());
    expect((await files.probe("no-video")).kind).toBe("not-a-video");
  });

  test("cannot be read from a missing file", async () => {
    await expect(files.probe("nowhere")).rejects.toThrow("there is no file");
  });
});

describe("a preview", () => {
  const preview = (videoId: string) => storage.localPath(previewKey(videoId));

  test("plays in browsers and starts before it is fully loaded", async () => {
    const made = await files.makePreview(await seen("upright"), text);
    expect(made).toEqual({
      kind: "made",
      files: { "preview.mp4": await digestStream(await storage.open(previewKey("upright"))) },
    });
    expect(await probeVideo(storage, previewKey("upright"))).toMatchObject({
      ...{ kind: "video", width: 180, height: 320, videoCodec: "avc", audioCodec: "mp4a.40.2" },
    });
    const bytes = await readFile(preview("upright"));
    expect(bytes.indexOf("moov")).toBeGreaterThan(0);
    expect(bytes.indexOf("moov")).toBeLessThan(bytes.indexOf("mdat"));
  });

  test.each(["black", "white"])(
    "is marked, on %s too, at changing places and nowhere else",
    async (color) => {
      const id = await stored(color, { picture: `color=${color}:s=360x640:r=10`, seconds: 6, sound: false });
      await files.makePreview(await seen(id), text);
      const placesAt = async (atSec: number) => {
        const [clean, marked] = await Promise.all(
          [inFolder(`${id}.mp4`), preview(id)].map((path) => pictureAt(path, atSec, 360, 640)),
        );
        const fields = differences(clean!, marked!, 16, 4);
        const all = fields.flat().map((difference, at) => ({ difference, at }));
        return all.filter(({ difference }) => difference > 4).map(({ at }) => at);
      };
      const [early, middle, late] = [await placesAt(1), await placesAt(3.5), await placesAt(5.5)];
      for (const places of [early, middle, late]) {
        expect(places.length).toBeGreaterThanOrEqual(3);
        expect(places.length).toBeLessThanOrEqual(20);
        // In both halves at once, so that no half is without a mark.
        expect(places.some((at) => at < 32) && places.some((at) => at >= 32)).toBe(true);
      }
      expect(middle).not.toEqual(early);
      expect(late).not.toEqual(middle);
    },
  );

  test.each([
    [640, 360],
    [360, 640],
    [360, 360],
  ])(
    "of %i x %i pixels and its stills have no marks at the foot, where captions are",
    async (width, height) => {
      const picture = `color=gray:s=${width}x${height}:r=4`;
      const id = await stored(`foot-${width}x${height}`, { picture, seconds: 9, sound: false });
      await files.makePreview(await seen(id), text);
      await files.makeStills(await seen(id), text);
      const clean = await pictureAt(inFolder(`${id}.mp4`), 0, width, height);
      const atTheFoot = (marked: typeof clean) => differences(clean, marked, 20, 1).slice(13).flat();
      for (const atSec of [1, 3.5, 6, 8.5]) {
        const marked = await pictureAt(preview(id), atSec, width, height);
        expect(Math.max(...atTheFoot(marked))).toBeLessThan(1);
      }
      const still = await sharp(storage.localPath(stillKey(id, "LARGE")))
        .resize(width, height, { fit: "fill" })
        .removeAlpha()
        .raw()
        .toBuffer();
      expect(Math.max(...atTheFoot({ rgb: still, width, height }))).toBeLessThan(2.5);
    },
  );

  test("has at most 1280 pixels on its long side, even sides, and no audio if the original has none", async () => {
    await stored("wide", { size: "1922x1080", seconds: 1, sound: false });
    await files.makePreview(await seen("wide"), text);
    const facts = await probeVideo(storage, previewKey("wide"));
    expect(facts).toMatchObject({ width: 1280, height: 720, audioCodec: null });
  });

  test("has its audio re-encoded if browsers may not play the vendor's", async () => {
    await stored("mp3", { options: ["-c:a", "libmp3lame"] });
    expect(await files.probe("mp3")).toMatchObject({ audioCodec: "mp3" });
    expect((await files.makePreview(await seen("mp3"), text)).kind).toBe("made");
    expect(await probeVideo(storage, previewKey("mp3"))).toMatchObject({ audioCodec: "mp4a.40.2" });
  });

  test("has the colors of the original, with color tags", async () => {
    const bt709 = ["-color_primaries", "bt709", "-color_trc", "bt709", "-colorspace", "bt709"];
    const plain = { picture: "color=0x30a060:s=320x320:r=10", sound: false };
    for (const [id, options] of [
      ["tagged", bt709],
      ["untagged", []],
    ] as const) {
      await stored(id, { ...plain, options: [...options] });
      await files.makePreview(await seen(id), text);
      expect(await probeVideo(storage, previewKey(id))).toMatchObject({
        colors: { primaries: "bt709", transfer: "bt709", matrix: "bt709", fullRange: false },
      });
      const paths = [inFolder(`${id}.mp4`), preview(id)];
      const [clean, marked] = await Promise.all(paths.map((path) => pictureAt(path, 1, 320, 320)));
      const middle = (160 * 320 + 160) * 3;
      for (const channel of [0, 1, 2]) {
        const [before, after] = [clean, marked].map((picture) => picture?.rgb[middle + channel] as number);
        expect(Math.abs((before as number) - (after as number))).toBeLessThanOrEqual(3);
      }
    }
  });

  test("made again replaces the first one", async () => {
    const before = await storage.stat(previewKey("upright"));
    expect((await files.makePreview(await seen("upright"), { ...text, ownerShortId: "another1" })).kind).toBe(
      "made",
    );
    expect((await storage.stat(previewKey("upright")))?.etag).not.toBe(before?.etag);
  });

  test("that times out or is aborted is a result", async () => {
    const hurried = await filesOn(storage, 1);
    expect((await hurried.makePreview(await seen("upright"), text)).kind).toBe("timed-out");
    expect((await hurried.makeStills(await seen("upright"), text)).kind).toBe("timed-out");
    expect(await files.makePreview(await seen("upright"), text, AbortSignal.abort())).toEqual({
      kind: "aborted",
    });
  });

  test("fails if part of the video cannot be decoded", async () => {
    await stored("damaged", { seconds: 4, sound: false });
    const bytes = await readFile(inFolder("damaged.mp4"));
    const start = bytes.indexOf("mdat") + 4;
    // All bytes except those of the first and last frame.
    bytes.fill(0, start + Math.floor((bytes.length - start) * 0.1), bytes.length - 2000);
    await storage.put(originalKey("damaged"), bytes);
    expect((await files.probe("damaged")).kind).toBe("video");
    expect(["not-a-video", "failed"]).toContain((await files.makePreview(await seen("damaged"), text)).kind);
  });
});

describe("stills", () => {
  const still = (videoId: string, size: "SMALL" | "MEDIUM" | "LARGE") =>
    readFile(storage.localPath(stillKey(videoId, size)));

  test("are WebP pictures of 160, 480 and 1080 pixels on the long side", async () => {
    expect(await files.makeStills(await seen("upright"), text)).toMatchObject({ kind: "made" });
    for (const [size, width, height] of [
      ["SMALL", 90, 160],
      ["MEDIUM", 270, 480],
      ["LARGE", 608, 1080],
    ] as const) {
      const facts = await sharp(await still("upright", size)).metadata();
      expect(facts).toMatchObject({ format: "webp", width, height });
    }
  });

  test.each([
    ["SMALL", 160, 160],
    ["LARGE", 1080, 1080],
  ] as const)("are marked in size %s", async (size, width, height) => {
    await stored("grey", { picture: "color=gray:s=320x320:r=10", sound: false });
    await files.makeStills(await seen("grey"), text);
    const rgb = await sharp(await still("grey", size))
      .removeAlpha()
      .raw()
      .toBuffer();
    const plain = Buffer.alloc(rgb.length, rgb.subarray(0, 3));
    const fields = differences({ rgb, width, height }, { rgb: plain, width, height }, 2, 2).flat();
    const [topLeft = 0, topRight = 0, bottomLeft = 0, bottomRight = 0] = fields;
    expect(topLeft + topRight).toBeGreaterThan(0.5);
    expect(bottomLeft + bottomRight).toBeGreaterThan(0.5);
  });

  test("are not black if the video begins dark", async () => {
    const picture = "testsrc2=s=320x180:r=10,drawbox=c=black:t=fill:enable='lt(t,1.5)'";
    await stored("dark", { picture, seconds: 4, sound: false });
    await files.makeStills(await seen("dark"), text);
    const { channels } = await sharp(await still("dark", "MEDIUM")).stats();
    expect(Math.max(...channels.map(({ mean }) => mean))).toBeGreaterThan(60);
  });

  test("are made even of an entirely dark video", async () => {
    await stored("black", { picture: "color=black:s=320x180:r=10", seconds: 1, sound: false });
    expect(await files.makeStills(await seen("black"), text)).toMatchObject({ kind: "made" });
  });
});

test("a storage without local files gives the same results", async () => {
  const remote: Storage = {
    put: (key, body) => storage.put(key, body),
    copy: (copies) => storage.copy(copies),
    stat: (key) => storage.stat(key),
    open: (key, range) => storage.open(key, range),
    list: (folder) => storage.list(folder),
    delete: (key) => storage.delete(key),
    linkTo: (key, options) => storage.linkTo(key, options),
  };
  const distant = await filesOn(remote);
  await stored("distant", {});
  expect((await distant.makePreview(await seen("distant"), text)).kind).toBe("made");
  expect((await distant.makeStills(await seen("distant"), text)).kind).toBe("made");
});

test("deleting removes every file of a video and can be repeated", async () => {
  await stored("doomed", { seconds: 1 });
  await files.makePreview(await seen("doomed"), text);
  await files.makeStills(await seen("doomed"), text);
  const present = () => Promise.all(allKeys("doomed").map((key) => storage.stat(key)));
  expect((await present()).every(Boolean)).toBe(true);
  await deleteVideoFiles(storage, "doomed");
  await deleteVideoFiles(storage, "doomed");
  expect((await present()).some(Boolean)).toBe(false);
});

test("the temporary folder is empty after success and failure", async () => {
  expect(await readdir(inFolder("scratch"))).toEqual([]);
});

async function soundAlone(): Promise<string> {
  return makeSample(inFolder("sound.mp4"), { options: ["-vn"] });
}

async function halfOf(name: string, part: number): Promise<Buffer> {
  const bytes = await readFile(inFolder(name));
  return bytes.subarray(0, Math.floor(bytes.length * part));
}

/** Increases every frame's duration in the index, so that two seconds become hours. */
function withLength(bytes: Buffer): Buffer {
  const mediaHeader = bytes.indexOf("mdhd");
  bytes.writeUInt32BE(1, mediaHeader + 4 + 12);
  return bytes;
}

/** Writes a rotation by 90 degrees into the first track's header (ISO/IEC 14496-12, section 8.3.2). */
function turned(bytes: Buffer): Buffer {
  const matrix = bytes.indexOf("tkhd") + 44;
  [0, 0x10000, 0, -0x10000, 0, 0].forEach((value, at) => {
    bytes.writeInt32BE(value, matrix + at * 4);
  });
  return bytes;
}
