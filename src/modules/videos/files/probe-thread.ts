import { parentPort } from "node:worker_threads";
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
import type { ColorTags, NotAVideo, VideoMetadata } from "./video-metadata.js";

// Runs in a thread of its own, started by inspect-video.ts. It imports no code of ours, so that it runs
// from source as well as built.

/** A piece of the file, `end` not counted. */
export interface ByteRange {
  start: number;
  end: number;
}

/** What the thread says: first what it wants to read, one piece at a time for each id, at last what it found. */
export type FromThread = { id: number; wanted: ByteRange } | { found: VideoMetadata | NotAVideo };

/** What it is told: the next file to look at, once it has found the last one's facts, or a piece of this one. */
export type ToThread = ThreadStart | { id: number; bytes: Uint8Array };

export interface ThreadStart {
  byteSize: number;
}

const sidePixelsMax = 4096;
const durationMsMax = 10 * 60 * 1000;

const port = parentPort;
if (!port) throw new Error("this is started as a thread");
const waiting = new Map<number, (bytes: Uint8Array) => void>();
let lastId = 0;
port.on("message", (told: ToThread) => {
  if ("byteSize" in told) return void probe(told.byteSize).then((found) => post({ found }));
  waiting.get(told.id)?.(told.bytes);
  waiting.delete(told.id);
});

function post(message: FromThread): void {
  port?.postMessage(message);
}

function requestBytes(start: number, end: number): Promise<Uint8Array> {
  lastId += 1;
  const id = lastId;
  return new Promise((resolve) => {
    waiting.set(id, resolve);
    post({ id, wanted: { start, end } });
  });
}

async function probe(byteSize: number): Promise<VideoMetadata | NotAVideo> {
  let over = false;
  const source = new CustomSource({
    getSize: () => byteSize,
    // What is wanted when all is found would be read from the next file.
    read: async (start, end) =>
      over ? Promise.reject(new Error("this file is done")) : requestBytes(start, end),
    prefetchProfile: "fileSystem",
    handleUnhandledError: () => {},
  });
  const input = new Input({ formats: [MP4, QTFF], source });
  try {
    return await readMetadata(input);
  } catch (error) {
    return notAVideo(error instanceof Error ? error.message : String(error));
  } finally {
    over = true;
    waiting.clear();
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
  const facts = {
    kind: "video" as const,
    ...(await readSize(video)),
    videoCodec,
    ...(await findAudioTrack(input)),
  };
  const durationMs = Math.round((await getPlayedSec(video)) * 1000);
  if (durationMs <= 0 || durationMs > durationMsMax) return notAVideo(`${durationMs} ms long`);
  if (!isValidSide(facts.width) || !isValidSide(facts.height)) {
    return notAVideo(`${facts.width}x${facts.height} pixels`);
  }
  const codedHeight = await video.getCodedHeight();
  return { ...facts, durationMs, videoTrackId: video.id, codedHeight, colors: await readColorTags(video) };
}

/**
 * The track that is shown. Of several: one that can be read, then one that moves (a cover may be a track
 * of one frame), then one that is switched on, then the largest, then the first.
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

/** The track that is heard: the first one that is switched on, as in every player. */
async function findAudioTrack(input: Input): Promise<Pick<VideoMetadata, "audioTrackId" | "audioCodec">> {
  const [sound] = await input.getAudioTracks({
    sortBy: async (track) => prefer((await track.getDisposition()).default),
  });
  if (!sound || !(await hasFirstAndLastFrame(sound))) return { audioTrackId: null, audioCodec: null };
  return { audioTrackId: sound.id, audioCodec: await sound.getCodecParameterString() };
}

async function hasSeveralFrames(track: InputTrack): Promise<boolean> {
  const packets = new EncodedPacketSink(track);
  const first = await packets.getFirstPacket({ metadataOnly: true });
  return first !== null && (await packets.getNextPacket(first, { metadataOnly: true })) !== null;
}

/** An edit list may let a track begin late, or cut off its beginning, which then lies before 0. */
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

/** An index may promise frames that a cut file does not hold; reading past the end gives none. */
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
