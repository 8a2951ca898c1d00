import { parentPort } from "node:worker_threads";
import {
  CustomSource,
  EncodedPacketSink,
  Input,
  type InputTrack,
  type InputVideoTrack,
  MP4,
  QTFF,
} from "mediabunny";
import type { NotAVideo, VideoFacts } from "./video-facts.js";

// Runs in a thread of its own, started by inspect-video.ts. It imports no code of ours, so that it runs
// from source as well as built.

/** A piece of the file, `end` not counted. */
export interface PieceWanted {
  start: number;
  end: number;
}

/** What the thread says: first what it wants to read, one piece at a time for each id, at last what it found. */
export type FromThread = { id: number; wanted: PieceWanted } | { found: VideoFacts | NotAVideo };

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
  if ("byteSize" in told) return void inspect(told.byteSize).then((found) => say({ found }));
  waiting.get(told.id)?.(told.bytes);
  waiting.delete(told.id);
});

function say(message: FromThread): void {
  port?.postMessage(message);
}

function ask(start: number, end: number): Promise<Uint8Array> {
  lastId += 1;
  const id = lastId;
  return new Promise((resolve) => {
    waiting.set(id, resolve);
    say({ id, wanted: { start, end } });
  });
}

async function inspect(byteSize: number): Promise<VideoFacts | NotAVideo> {
  let over = false;
  const source = new CustomSource({
    getSize: () => byteSize,
    // What is wanted when all is found would be read from the next file.
    read: async (start, end) => (over ? Promise.reject(new Error("this file is done")) : ask(start, end)),
    prefetchProfile: "fileSystem",
    handleUnhandledError: () => {},
  });
  const input = new Input({ formats: [MP4, QTFF], source });
  try {
    return await readFacts(input);
  } catch (error) {
    return notAVideo(error instanceof Error ? error.message : String(error));
  } finally {
    over = true;
    waiting.clear();
    input.dispose();
  }
}

async function readFacts(input: Input): Promise<VideoFacts | NotAVideo> {
  if (!(await input.canRead())) return notAVideo("neither mp4 nor mov");
  const video = await input.getPrimaryVideoTrack();
  if (!video) return notAVideo("no video track");
  const videoCodec = await video.getCodec();
  if (!videoCodec) return notAVideo("unknown video codec");
  if (!(await hasItsFrames(video))) return notAVideo("frames are missing");
  const audio = await input.getPrimaryAudioTrack();
  const audioCodec = audio && (await hasItsFrames(audio)) ? await audio.getCodecParameterString() : null;
  const isBt709 = (await video.getColorSpace()).matrix === "bt709";
  const facts = { kind: "video" as const, ...(await sizeOf(video)), videoCodec, audioCodec, isBt709 };
  const durationMs = Math.round((await video.computeDuration()) * 1000);
  if (durationMs <= 0 || durationMs > durationMsMax) return notAVideo(`${durationMs} ms long`);
  if (!isSensible(facts.width) || !isSensible(facts.height)) {
    return notAVideo(`${facts.width}x${facts.height} pixels`);
  }
  return { ...facts, durationMs };
}

async function sizeOf(video: InputVideoTrack) {
  const [width, height] = await Promise.all([video.getDisplayWidth(), video.getDisplayHeight()]);
  return { width: Math.round(width), height: Math.round(height) };
}

/** An index may promise frames that a cut file does not hold; reading past the end gives none. */
async function hasItsFrames(track: InputTrack): Promise<boolean> {
  const packets = new EncodedPacketSink(track);
  const ends = [await packets.getFirstPacket(), await packets.getPacket(Number.POSITIVE_INFINITY)];
  return ends.every((packet) => packet !== null && packet.byteLength > 0);
}

function isSensible(pixels: number): boolean {
  return pixels >= 16 && pixels <= sidePixelsMax;
}

function notAVideo(detail: string): NotAVideo {
  return { kind: "not-a-video", detail: detail.slice(0, 500) };
}
