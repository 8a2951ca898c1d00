import { Readable } from "node:stream";
import {
  CustomSource,
  EncodedPacketSink,
  Input,
  type InputTrack,
  type InputVideoTrack,
  MP4,
  QTFF,
} from "mediabunny";
import { type Storage, StoredFileMissing } from "../../platform/storage.js";

/** What the file itself says, not what the vendor says. */
export interface VideoFacts {
  kind: "video";
  /** Pixels as shown: turned upright, with square pixels. */
  width: number;
  height: number;
  durationMs: number;
  /** "avc", "hevc", "av1", ... */
  videoCodec: string;
  /** In full, as browsers are told it: "mp4a.40.2" (RFC 6381). Null for a silent video. */
  audioCodec: string | null;
  /** Whether it says that its colours are those of HD television, as nearly all do. */
  isBt709: boolean;
}

/** `detail` is for operators. */
export interface NotAVideo {
  kind: "not-a-video";
  detail: string;
}

const sidePixelsMax = 4096;
const durationMsMax = 10 * 60 * 1000;

/**
 * Reads what a stored mp4 or mov holds: its index, and whether the bytes of its first and last frame
 * are there. A file that is no whole video is a result; a storage that cannot be read is thrown.
 */
export async function inspectVideo(storage: Storage, key: string): Promise<VideoFacts | NotAVideo> {
  const stored = await storage.stat(key);
  if (!stored) throw new StoredFileMissing(key);
  let storageError: unknown = null;
  const source = new CustomSource({
    getSize: () => stored.byteSize,
    read: async (start, end) => {
      try {
        return Readable.toWeb(await storage.open(key, { start, end: end - 1 })) as ReadableStream<Uint8Array>;
      } catch (error) {
        storageError = error;
        throw error;
      }
    },
    prefetchProfile: "fileSystem",
    handleUnhandledError: () => {},
  });
  const input = new Input({ formats: [MP4, QTFF], source });
  try {
    return await readFacts(input);
  } catch (error) {
    if (storageError) throw storageError;
    return notAVideo(error instanceof Error ? error.message : String(error));
  } finally {
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
