import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { barsIn, farthestOff } from "./color-bars.js";
import { ffmpegPath } from "./sample-video.js";
import { VideoProcessing } from "./video-processing.js";

let processing: VideoProcessing;
beforeAll(async () => {
  processing = await VideoProcessing.open();
});
afterAll(() => processing.close());

/** The track to select is red, all others are blue. */
const red = "color=0xc83c3c:s=640x360:r=10";
const small = "color=0x3c5ac8:s=96x54:r=10";
const large = "color=0x3c5ac8:s=1280x720:r=10";
const sound = "sine=440";

/** Two seconds with one track for each source, in this order, all enabled. */
async function film(sources: readonly string[], options: readonly string[] = [], name = "film.mp4") {
  const path = join(processing.folder, name);
  const inputs = sources.flatMap((source) => ["-f", "lavfi", "-t", "2", "-i", source]);
  const tracks = sources.flatMap((_, at) => ["-map", String(at)]);
  const encoders = ["-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac"];
  await ffmpeg([...inputs, ...tracks, ...encoders, ...options, path]);
  return withTrackFlags(await readFile(path));
}

async function ffmpeg(args: readonly string[]): Promise<void> {
  await promisify(execFile)(await ffmpegPath(), ["-v", "error", "-y", ...args]);
}

/** Sets the flags of the track headers (ISO/IEC 14496-12, section 8.3.2): 3 is enabled and the default, 2 disabled. */
function withTrackFlags(movie: Buffer, flags: readonly number[] = []): Buffer {
  const bytes = Buffer.from(movie);
  let at = bytes.indexOf("tkhd");
  for (let track = 0; at > 0; track++) {
    bytes.writeUInt32BE(flags[track] ?? 3, at + 4);
    at = bytes.indexOf("tkhd", at + 4);
  }
  return bytes;
}

/** Adds covers as iTunes does, at the end of an index that is at the end of the file. */
function withCovers(movie: Buffer, covers: readonly Buffer[]): Buffer {
  const box = (type: string, ...parts: Buffer[]) => {
    const head = Buffer.alloc(8);
    head.writeUInt32BE(8 + parts.reduce((sum, part) => sum + part.length, 0));
    head.write(type, 4, "latin1");
    return Buffer.concat([head, ...parts]);
  };
  const jpeg = Buffer.from([0, 0, 0, 13, 0, 0, 0, 0]);
  const tags = box("ilst", ...covers.map((cover) => box("covr", box("data", jpeg, cover))));
  const handler = box("hdlr", Buffer.from("\0\0\0\0\0\0\0\0mdirappl\0\0\0\0\0\0\0\0\0", "latin1"));
  const meta = box("udta", box("meta", Buffer.alloc(4), handler, tags));
  const index = movie.indexOf("moov") - 4;
  expect(index + movie.readUInt32BE(index)).toBe(movie.length);
  return Buffer.concat([movie.subarray(0, index), box("moov", movie.subarray(index + 8), meta)]);
}

async function expectRed(file: Buffer | string, size = { width: 640, height: 360 }) {
  const processed = await processing.process(file);
  expect(processed.metadata).toMatchObject(size);
  expect(processed.preview).toMatchObject(size);
  for (const picture of [processed.still, processed.frame]) {
    expect(farthestOff(barsIn(picture, 1), [[200, 60, 60]])).toBeLessThan(8);
  }
  return processed;
}

test.each([
  ["a small track first", () => film([small, red])],
  ["a small track first, and sound before and after", () => film([sound, small, red, sound])],
  [
    "a small track first, in fragments",
    () => film([small, red, sound], ["-movflags", "frag_keyframe+empty_moov"]),
  ],
  ["a large disabled track", async () => withTrackFlags(await film([large, red]), [2, 3])],
  ["a large track of one frame, which is a cover", () => film([`${large}:d=0.1`, red])],
  ["a large track without duration", async () => withoutDuration(await film([red, large]))],
  ["a timecode and sound", () => film([red, sound], ["-timecode", "01:00:00:00"], "film.mov")],
  ["two covers", async () => withCovers(await film([red]), [await blueJpeg(), await blueJpeg()])],
  ["a beginning three seconds late", () => film([red], ["-output_ts_offset", "3"])],
  ["one frame, and sound", () => film([red, sound], ["-frames:v", "1"])],
] as const)("with %s the picture is the same in metadata, stills and preview", async (_, made) => {
  await expectRed(await made());
});

test("a rotated track is turned upright, and other tracks do not matter", async () => {
  await expectRed(withLastTrackRotated(await film([small, red])), { width: 360, height: 640 });
});

test("the preview respects an edit list that cuts off the beginning", async () => {
  await film([red, sound], ["-g", "50"], "whole.mp4");
  const path = join(processing.folder, "cut.mp4");
  await ffmpeg(["-ss", "0.75", "-i", join(processing.folder, "whole.mp4"), "-c", "copy", path]);
  const { metadata } = await expectRed(path);
  expect(Math.abs(metadata.durationMs - 1250)).toBeLessThan(150);
});

test("the first enabled audio track is used", async () => {
  const heard = await film([sound, red, sound, sound], ["-b:a:2", "256k"]);
  expect((await expectRed(withTrackFlags(heard, [2, 3, 3, 3]))).metadata).toMatchObject({ audioTrackId: 3 });
  expect((await expectRed(heard)).preview.audioCodec).toBe("mp4a.40.2");
});

test("audio with a cover is not a video", async () => {
  const song = withCovers(await film([sound]), [await blueJpeg()]);
  expect((await processing.storeAndProbe(song)).metadata).toEqual({
    kind: "not-a-video",
    detail: "no video track",
  });
});

/** Writes a rotation by 90 degrees into the last track's header. */
function withLastTrackRotated(movie: Buffer): Buffer {
  const matrix = movie.lastIndexOf("tkhd") + 44;
  for (const [at, value] of [0, 0x10000, 0, -0x10000, 0, 0].entries()) {
    movie.writeInt32BE(value, matrix + at * 4);
  }
  return movie;
}

/** Sets the frame duration of the last track to 0 (section 8.6.1.2). */
function withoutDuration(movie: Buffer): Buffer {
  movie.writeUInt32BE(0, movie.lastIndexOf("stts") + 16);
  return movie;
}

function blueJpeg(): Promise<Buffer> {
  return sharp({ create: { width: 800, height: 800, channels: 3, background: "#3c5ac8" } })
    .jpeg()
    .toBuffer();
}
