import { createReadStream, createWriteStream } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { crashPoint } from "../../platform/crash-points.js";
import type { Ffmpeg, FfmpegFailure } from "../../platform/ffmpeg.js";
import type { ScratchSpace } from "../../platform/scratch-space.js";
import type { Storage } from "../../platform/storage.js";
import { inspectVideo } from "./inspect-video.js";
import { renderPreview } from "./make-preview.js";
import { type FrameWork, pickFrame, renderStill } from "./make-stills.js";
import { type StoreLimits, type StoreResult, storeClean } from "./store-clean.js";
import type { NotAVideo, VideoFacts } from "./video-facts.js";
import { cleanKey, previewKey, stillKey, stillSizes } from "./video-keys.js";
import type { WatermarkText } from "./watermark.js";

/** A clean file that is stored, and what `inspect` found in it. */
export interface CleanVideo {
  videoId: string;
  facts: VideoFacts;
}

export interface MadeFile {
  key: string;
  byteSize: number;
}

/**
 * Why nothing was made. `timed-out` and `aborted` may go better another time; the others are the
 * last word on this file. `detail` is for operators.
 */
export type NotMade = NotAVideo | FfmpegFailure;

export type PreviewResult = ({ kind: "made" } & MadeFile) | NotMade;
export type StillsResult = { kind: "made" } | NotMade;

interface Tools {
  storage: Storage;
  ffmpeg: Ffmpeg;
  scratch: ScratchSpace;
  /** For each run of ffmpeg, in ms. */
  ffmpegTimeLimitMs: number;
}

/**
 * The files of a video: the clean one as the vendor made it, the marked preview and the marked
 * stills. Every step may run again: it overwrites what it made before. What is wrong with a file is
 * a result; what is wrong with our own machine (disk full, no ffmpeg) is thrown.
 */
export class VideoFiles {
  constructor(private readonly tools: Tools) {}

  /** Takes the vendor's stream to its end or destroys it. */
  storeClean(videoId: string, body: Readable, limits: StoreLimits): Promise<StoreResult> {
    return storeClean(this.tools.storage, videoId, body, limits);
  }

  /** What the stored clean file really is. */
  inspect(videoId: string): Promise<VideoFacts | NotAVideo> {
    return inspectVideo(this.tools.storage, cleanKey(videoId));
  }

  makePreview(clean: CleanVideo, text: WatermarkText, signal?: AbortSignal): Promise<PreviewResult> {
    return this.fromClean(clean, signal, async (work) => {
      const previewPath = join(work.folder, "preview.mp4");
      const rendered = await renderPreview(this.tools.ffmpeg, { ...work, previewPath, text });
      if (rendered.kind !== "done") return rendered;
      const file = await this.keepLocal(previewKey(clean.videoId), previewPath);
      const made = await inspectVideo(this.tools.storage, file.key);
      return isWhole(made, work.facts) ? { kind: "made", ...file } : incomplete(made, work.facts);
    });
  }

  makeStills(clean: CleanVideo, text: WatermarkText, signal?: AbortSignal): Promise<StillsResult> {
    return this.fromClean(clean, signal, async (work) => {
      const picked = await pickFrame(this.tools.ffmpeg, work);
      if (picked.kind !== "picked") return picked;
      for (const size of stillSizes) {
        const still = await renderStill(picked.frame, size, text);
        await this.tools.storage.put(stillKey(clean.videoId, size), still, { contentType: "image/webp" });
        crashPoint("take-in-video.still-stored");
      }
      return { kind: "made" };
    });
  }

  /** Gives a step what it works on: a folder, the clean file as a local path, and its facts. */
  private async fromClean<T>(
    { videoId, facts }: CleanVideo,
    signal: AbortSignal | undefined,
    step: (work: FrameWork) => Promise<T>,
  ): Promise<T> {
    const { storage, scratch, ffmpegTimeLimitMs } = this.tools;
    const key = cleanKey(videoId);
    return scratch.use(async (folder) => {
      const cleanPath = storage.localPath?.(key) ?? (await this.copyTo(key, join(folder, "clean.mp4")));
      return step({ cleanPath, folder, facts, timeLimitMs: ffmpegTimeLimitMs, signal });
    });
  }

  private async copyTo(key: string, path: string): Promise<string> {
    await pipeline(await this.tools.storage.open(key), createWriteStream(path));
    return path;
  }

  private async keepLocal(key: string, path: string): Promise<MadeFile> {
    const { size } = await stat(path);
    await this.tools.storage.put(key, createReadStream(path), { contentType: "video/mp4" });
    crashPoint("take-in-video.preview-stored");
    return { key, byteSize: size };
  }
}

/** ffmpeg passes over frames that it cannot decode and calls that a success; a buyer would not. */
function isWhole(made: VideoFacts | NotAVideo, clean: VideoFacts): made is VideoFacts {
  return made.kind === "video" && made.durationMs >= clean.durationMs * 0.9 - 200;
}

function incomplete(made: VideoFacts | NotAVideo, clean: VideoFacts): NotAVideo {
  const got = made.kind === "video" ? `${made.durationMs} ms` : made.detail;
  return { kind: "not-a-video", detail: `of ${clean.durationMs} ms only this could be decoded: ${got}` };
}
