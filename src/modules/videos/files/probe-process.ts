import { extname } from "node:path";
import { Worker } from "node:worker_threads";
import {
  CustomSource,
  desc,
  EncodedPacketSink,
  Input,
  type InputTrack,
  type InputVideoTrack,
  MP4,
  prefer,
  QTFF,
} from "mediabunny";
import type { ExpectedLabel } from "./check-label.js";
import type { ColorTags, NotAVideo, VideoMetadata } from "./video-metadata.js";

// Runs in a child process that probe-video.ts starts. It imports other files of the project on demand, by the extension of
// this one, so that it runs both from source and built.

/** `end` is exclusive. */
export interface ByteRange {
  start: number;
  end: number;
}

/** From the child: requests for bytes, each with its own id, and at last the result. */
export type FromChild = { id: number; range: ByteRange } | { result: VideoMetadata | NotAVideo };

/** To the child: the next file, after the result of the last one, or requested bytes of the current file. */
export type ToChild = ProbeStart | { id: number; bytes: Uint8Array };

export interface ProbeStart {
  byteSize: number;
  /** For a labeled file: its label, and the file before. */
  expected?: ExpectedLabel;
}

const sidePixelsMax = 4096;
const durationMsMax = 10 * 60 * 1000;

const pending = new Map<number, (bytes: Uint8Array) => void>();
let lastId = 0;
process.on("message", (message: ToChild) => {
  if ("byteSize" in message) return void probe(message).then((result) => send({ result }));
  pending.get(message.id)?.(message.bytes);
  pending.delete(message.id);
});
endWithParent();

/**
 * A terminal or an init system may send the signals that stop the parent to its children, too. The parent drains, and
 * needs this process until it ends. A thread watches the parent, because a hostile file can keep the main thread busy.
 */
function endWithParent(): void {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => {});
  // There is nothing to clean up, and `process.exit` would wait for the thread below.
  process.once("disconnect", () => process.kill(process.pid, "SIGKILL"));
  const watch = `setInterval(() => process.ppid === ${process.ppid} || process.kill(process.pid, "SIGKILL"), 1000)`;
  new Worker(watch, { eval: true }).unref();
}

function send(message: FromChild): void {
  process.send?.(message);
}

function requestBytes(start: number, end: number): Promise<Uint8Array> {
  lastId += 1;
  const id = lastId;
  return new Promise((resolve) => {
    pending.set(id, resolve);
    send({ id, range: { start, end } });
  });
}

async function probe({ byteSize, expected }: ProbeStart): Promise<VideoMetadata | NotAVideo> {
  let isDone = false;
  // After the result, further reads would get bytes of the next file.
  const read = async (start: number, end: number) =>
    isDone ? Promise.reject(new Error("this file is already probed")) : requestBytes(start, end);
  const source = new CustomSource({
    getSize: () => byteSize,
    read,
    prefetchProfile: "fileSystem",
    handleUnhandledError: () => {},
  });
  const input = new Input({ formats: [MP4, QTFF], source });
  try {
    const metadata = await readMetadata(input);
    if (!expected || metadata.kind !== "video") return metadata;
    const { findLabelFault }: typeof import("./check-label.js") = await import(
      new URL(`./check-label${extname(import.meta.url)}`, import.meta.url).href
    );
    const fault = await findLabelFault({ byteSize, read }, expected);
    return fault === null ? metadata : notAVideo(fault);
  } catch (error) {
    return notAVideo(error instanceof Error ? error.message : String(error));
  } finally {
    isDone = true;
    pending.clear();
    input.dispose();
  }
}

async function readMetadata(input: Input): Promise<VideoMetadata | NotAVideo> {
  if (!(await input.canRead())) return notAVideo("neither mp4 nor mov");
  const video = await findVideoTrack(input);
  if (!video) return notAVideo("no video track");
  const videoCodec = await video.getCodec();
  if (!videoCodec) return notAVideo("unknown video codec");
  if (!(await hasFirstAndLastFrame(video))) return notAVideo("frames are missing");
  const metadata = {
    kind: "video" as const,
    ...(await readSize(video)),
    videoCodec,
    ...(await findAudioTrack(input)),
  };
  const durationMs = Math.round((await getPlayedSec(video)) * 1000);
  if (durationMs <= 0 || durationMs > durationMsMax) return notAVideo(`${durationMs} ms long`);
  if (!isValidSide(metadata.width) || !isValidSide(metadata.height)) {
    return notAVideo(`${metadata.width}x${metadata.height} pixels`);
  }
  const codedHeight = await video.getCodedHeight();
  return { ...metadata, durationMs, videoTrackId: video.id, codedHeight, colors: await readColorTags(video) };
}

/**
 * The track that players show. Preference: a readable track, then one with several frames (a cover may be a track of one
 * frame), then an enabled one, then the largest, then the first.
 */
async function findVideoTrack(input: Input): Promise<InputVideoTrack | undefined> {
  const [first] = await input.getVideoTracks({
    sortBy: async (track) => [
      prefer((await track.getCodec()) !== null && (await getPlayedSec(track)) > 0),
      prefer(await hasSeveralFrames(track)),
      prefer((await track.getDisposition()).default),
      desc((await track.getDisplayWidth()) * (await track.getDisplayHeight())),
    ],
  });
  return first;
}

/** The first enabled audio track, as in every player. */
async function findAudioTrack(input: Input): Promise<Pick<VideoMetadata, "audioTrackId" | "audioCodec">> {
  const [track] = await input.getAudioTracks({
    sortBy: async (track) => prefer((await track.getDisposition()).default),
  });
  if (!track || !(await hasFirstAndLastFrame(track))) return { audioTrackId: null, audioCodec: null };
  return { audioTrackId: track.id, audioCodec: await track.getCodecParameterString() };
}

async function hasSeveralFrames(track: InputTrack): Promise<boolean> {
  const packets = new EncodedPacketSink(track);
  const first = await packets.getFirstPacket({ metadataOnly: true });
  return first !== null && (await packets.getNextPacket(first, { metadataOnly: true })) !== null;
}

/** An edit list may delay a track, or cut off its beginning, which then has negative timestamps. */
async function getPlayedSec(track: InputTrack): Promise<number> {
  return (await track.computeDuration()) - Math.max(0, await track.getFirstTimestamp());
}

async function readColorTags(video: InputVideoTrack): Promise<ColorTags> {
  const { primaries, transfer, matrix, fullRange } = await video.getColorSpace();
  return {
    ...(primaries && { primaries }),
    ...(transfer && { transfer }),
    ...(matrix && { matrix }),
    ...(fullRange != null && { fullRange }),
  };
}

async function readSize(video: InputVideoTrack) {
  const [width, height] = await Promise.all([video.getDisplayWidth(), video.getDisplayHeight()]);
  return { width: Math.round(width), height: Math.round(height) };
}

/** The index of a truncated file lists frames that are missing. Reading past the end returns no bytes. */
async function hasFirstAndLastFrame(track: InputTrack): Promise<boolean> {
  const packets = new EncodedPacketSink(track);
  const ends = [await packets.getFirstPacket(), await packets.getPacket(Number.POSITIVE_INFINITY)];
  return ends.every((packet) => packet !== null && packet.byteLength > 0);
}

function isValidSide(pixels: number): boolean {
  return pixels >= 16 && pixels <= sidePixelsMax;
}

function notAVideo(detail: string): NotAVideo {
  return { kind: "not-a-video", detail: detail.slice(0, 500) };
}
