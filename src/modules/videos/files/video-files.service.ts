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

/** A stored original file and its metadata. */
export interface OriginalVideo {
  /** From `getVideoFolder`. */
  folder: string;
  metadata: VideoMetadata;
}

/**
 * Why no file was made. `timed-out` and `aborted` may succeed on a retry, the other kinds are final. `detail` is for
 * operators.
 */
export type MakeFailure = NotAVideo | FfmpegFailure;

/** `files` are the stored files by file name. */
export type MakeResult = { kind: "made"; files: FileDigests } | MakeFailure;

interface VideoFilesDependencies {
  storage: Storage;
  ffmpeg: Ffmpeg;
  tempDirs: TempDirs;
  /** For each run of ffmpeg. */
  ffmpegTimeLimitMs: number;
}

/**
 * Makes the files of a video: the original as the vendor made it, the watermarked preview and stills. A broken video
 * file is returned as a result. A failure of this machine (disk full, no ffmpeg) is thrown.
 */
export class VideoFiles {
  constructor(private readonly deps: VideoFilesDependencies) {}

  /** Reads the vendor's stream to its end or destroys it. */
  storeOriginal(folder: string, body: Readable, limits: StoreLimits): Promise<StoreResult> {
    return storeOriginal(this.deps.storage, folder, body, limits);
  }

  /** Reads the metadata of the stored original. */
  probe(folder: string): Promise<VideoMetadata | NotAVideo> {
    return probeVideo(this.deps.storage, originalKey(folder));
  }

  makePreview(original: OriginalVideo, text: WatermarkText, signal?: AbortSignal): Promise<MakeResult> {
    return this.withOriginal(original, signal, async (work) => {
      const previewPath = join(work.folder, "preview.mp4");
      const rendered = await renderPreview(this.deps.ffmpeg, { ...work, previewPath, text });
      if (rendered.kind !== "done") return rendered;
      const key = previewKey(original.folder);
      const files = { [previewName]: await this.storeLocalFile(key, previewPath) };
      const made = await probeVideo(this.deps.storage, key);
      return isComplete(made, work.metadata) ? { kind: "made", files } : toIncomplete(made, work.metadata);
    });
  }

  makeStills(original: OriginalVideo, text: WatermarkText, signal?: AbortSignal): Promise<MakeResult> {
    return this.withOriginal(original, signal, async (work) => {
      const picked = await pickFrame(this.deps.ffmpeg, work);
      if (picked.kind !== "picked") return picked;
      const files: FileDigests = {};
      for (const size of stillSizes) {
        const still = await renderStill(picked.frame, size, text);
        await this.deps.storage.put(stillKey(original.folder, size), still, { contentType: "image/webp" });
        crashPoint("ingest-video.still-stored");
        files[stillName(size)] = digestBytes(still);
      }
      return { kind: "made", files };
    });
  }

  /** Runs a step with a temporary folder and the original file as a local path. */
  private async withOriginal<T>(
    { folder: videoFolder, metadata }: OriginalVideo,
    signal: AbortSignal | undefined,
    step: (work: FrameInput) => Promise<T>,
  ): Promise<T> {
    const { storage, tempDirs, ffmpegTimeLimitMs } = this.deps;
    const key = originalKey(videoFolder);
    return tempDirs.withDir(async (folder) => {
      const originalPath = storage.localPath?.(key) ?? (await this.copyTo(key, join(folder, "clean.mp4")));
      return step({
        originalPath,
        folder,
        metadata,
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

/** ffmpeg skips frames that it cannot decode and still reports success, so the duration is compared. */
function isComplete(made: VideoMetadata | NotAVideo, original: VideoMetadata): made is VideoMetadata {
  return made.kind === "video" && made.durationMs >= original.durationMs * 0.9 - 200;
}

function toIncomplete(made: VideoMetadata | NotAVideo, original: VideoMetadata): NotAVideo {
  const got = made.kind === "video" ? `${made.durationMs} ms` : made.detail;
  return { kind: "not-a-video", detail: `only part of ${original.durationMs} ms could be decoded: ${got}` };
}
