import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { BufferSource, EncodedPacketSink, Input, MP4, QTFF } from "mediabunny";
import { makeBox, readBoxes } from "../../../src/platform/ai-labels/mp4/boxes.js";
import { findFfmpegPath } from "../../../src/platform/ffmpeg/ffmpeg-path.js";

const run = promisify(execFile);

/** Two seconds of moving picture and sound. `options` shape the file. */
export async function makeMp4(path: string, options: string[] = []): Promise<Buffer> {
  const ffmpeg = await findFfmpegPath({ setting: undefined, searchPath: undefined });
  await run(ffmpeg, [
    ...["-v", "error", "-y", "-f", "lavfi", "-i", "testsrc2=s=160x90:r=24", "-f", "lavfi", "-i", "sine=440"],
    ...["-t", "2", "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac"],
    ...[...options, path],
  ]);
  return readFile(path);
}

export const frontIndex = ["-movflags", "+faststart"];
export const fragmented = ["-movflags", "+frag_keyframe+empty_moov", "-g", "12"];

function open(bytes: Buffer): Input {
  return new Input({ formats: [MP4, QTFF], source: new BufferSource(bytes) });
}

/** Metadata as mediabunny reads it. */
export async function readTags(bytes: Buffer): Promise<Record<string, unknown>> {
  return { ...(await open(bytes).getMetadataTags()).raw };
}

/** All packets of all tracks: time, duration, kind and digest of the data. */
export async function readPackets(bytes: Buffer): Promise<string[]> {
  const packets: string[] = [];
  for (const track of await open(bytes).getTracks()) {
    for await (const packet of new EncodedPacketSink(track).packets()) {
      const data = createHash("sha256").update(packet.data).digest("hex");
      packets.push([track.id, packet.timestamp, packet.duration, packet.type, data].join(" "));
    }
  }
  return packets;
}

/** Types of the boxes of a file. */
export function boxTypes(bytes: Buffer): string[] {
  return readBoxes(bytes, 0, bytes.length).map(({ type }) => type);
}

/** The file with another `moov` box, at its end so that no position changes. */
export function replaceMovie(bytes: Buffer, change: (children: Buffer[]) => Buffer[]): Buffer {
  const boxes = readBoxes(bytes, 0, bytes.length);
  const movie = boxes.at(-1);
  if (movie?.type !== "moov") throw new Error("the index is not at the end");
  const children = readBoxes(bytes, movie.contentStart, movie.end).map(({ start, end }) =>
    bytes.subarray(start, end),
  );
  return Buffer.concat([bytes.subarray(0, movie.start), makeBox("moov", ...change(children))]);
}

/** Null where there is no ffprobe. */
export async function ffprobeTags(path: string): Promise<Record<string, string> | null> {
  const args = ["-v", "error", "-show_entries", "format_tags", "-of", "json", path];
  const result = await run("ffprobe", args).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return null;
    throw error;
  });
  return result && (JSON.parse(result.stdout).format.tags ?? {});
}
