import { createReadStream, createWriteStream } from "node:fs";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Ffmpeg, FfmpegFailure } from "../../../platform/ffmpeg/ffmpeg.js";
import type { TempDirs } from "../../../platform/files/temp-dirs.js";
import {
  digestBytes,
  digestStream,
  type FileDigest,
  type FileDigests,
} from "../../../platform/storage/file-digest.js";
import type { Storage } from "../../../platform/storage/storage.js";
import { crashPoint } from "../videos.crash-points.js";
import { renderPreview } from "./make-preview.js";
import { type FrameInput, pickFrame, renderStill } from "./make-stills.js";
import { probeVideo } from "./probe-video.js";
import { type StoreLimits, type StoreResult, storeOriginal } from "./store-original.js";
import { originalKey, previewKey, previewName, stillKey, stillName, stillSizes } from "./video-keys.js";
import type { NotAVideo, VideoMetadata } from "./video-metadata.js";
import type { WatermarkText } from "./watermark.js";

/** A clean file that is stored, and what `inspect` found in it. */
export interface OriginalVideo {
  /** As `folderOf` names it. */
  folder: string;
  metadata: VideoMetadata;
}

/**
 * Why nothing was made. `timed-out` and `aborted` may go better another time; the others are the
 * last word on this file. `detail` is for operators.
 */
export type MakeFailure = NotAVideo | FfmpegFailure;

/** `files`: what was stored, by file name. */
export type MakeResult = { kind: "made"; files: FileDigests } | MakeFailure;

interface VideoFilesDependencies {
  storage: Storage;
  ffmpeg: Ffmpeg;
  tempDirs: TempDirs;
  /** For each run of ffmpeg, in ms. */
  ffmpegTimeLimitMs: number;
}

/**
 * The files of a video: the clean one as the vendor made it, the marked preview and the marked
 * stills. What is wrong with a file is a result; what is wrong with our own machine (disk full, no
 * ffmpeg) is thrown.
 */
export class VideoFiles {
  constructor(private readonly deps: VideoFilesDependencies) {}

  /** Takes the vendor's stream to its end or destroys it. */
  storeOriginal(folder: string, body: Readable, limits: StoreLimits): Promise<StoreResult> {
    return storeOriginal(this.deps.storage, folder, body, limits);
  }

  /** What the stored clean file really is. */
  probe(folder: string): Promise<VideoMetadata | NotAVideo> {
    return probeVideo(this.deps.storage, originalKey(folder));
  }

  makePreview(clean: OriginalVideo, text: WatermarkText, signal?: AbortSignal): Promise<MakeResult> {
    return this.withOriginal(clean, signal, async (work) => {
      const previewPath = join(work.folder, "preview.mp4");
      const rendered = await renderPreview(this.deps.ffmpeg, { ...work, previewPath, text });
      if (rendered.kind !== "done") return rendered;
      const key = previewKey(clean.folder);
      const files = { [previewName]: await this.storeLocalFile(key, previewPath) };
      const made = await probeVideo(this.deps.storage, key);
      return isComplete(made, work.metadata) ? { kind: "made", files } : toIncomplete(made, work.metadata);
    });
  }

  makeStills(clean: OriginalVideo, text: WatermarkText, signal?: AbortSignal): Promise<MakeResult> {
    return this.withOriginal(clean, signal, async (work) => {
      const picked = await pickFrame(this.deps.ffmpeg, work);
      if (picked.kind !== "picked") return picked;
      const files: FileDigests = {};
      for (const size of stillSizes) {
        const still = await renderStill(picked.frame, size, text);
        await this.deps.storage.put(stillKey(clean.folder, size), still, { contentType: "image/webp" });
        crashPoint("ingest-video.still-stored");
        files[stillName(size)] = digestBytes(still);
      }
      return { kind: "made", files };
    });
  }

  /** Gives a step what it works on: a folder, the clean file as a local path, and its facts. */
  private async withOriginal<T>(
    { folder: cleanFolder, metadata: facts }: OriginalVideo,
    signal: AbortSignal | undefined,
    step: (work: FrameInput) => Promise<T>,
  ): Promise<T> {
    const { storage, tempDirs, ffmpegTimeLimitMs } = this.deps;
    const key = originalKey(cleanFolder);
    return tempDirs.withDir(async (folder) => {
      const cleanPath = storage.localPath?.(key) ?? (await this.copyTo(key, join(folder, "clean.mp4")));
      return step({
        originalPath: cleanPath,
        folder,
        metadata: facts,
        timeLimitMs: ffmpegTimeLimitMs,
        signal,
      });
    });
  }

  private async copyTo(key: string, path: string): Promise<string> {
    await pipeline(await this.deps.storage.open(key), createWriteStream(path));
    return path;
  }

  private async storeLocalFile(key: string, path: string): Promise<FileDigest> {
    await this.deps.storage.put(key, createReadStream(path), { contentType: "video/mp4" });
    crashPoint("ingest-video.preview-stored");
    return digestStream(createReadStream(path));
  }
}

/** ffmpeg passes over frames that it cannot decode and calls that a success; a buyer would not. */
function isComplete(made: VideoMetadata | NotAVideo, clean: VideoMetadata): made is VideoMetadata {
  return made.kind === "video" && made.durationMs >= clean.durationMs * 0.9 - 200;
}

function toIncomplete(made: VideoMetadata | NotAVideo, clean: VideoMetadata): NotAVideo {
  const got = made.kind === "video" ? `${made.durationMs} ms` : made.detail;
  return { kind: "not-a-video", detail: `of ${clean.durationMs} ms only this could be decoded: ${got}` };
}
