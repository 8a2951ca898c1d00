import { createReadStream, createWriteStream } from "node:fs";
import { join } from "node:path";
import { pipeline, type Readable } from "node:stream";
import { pipeline as copy } from "node:stream/promises";
import type { Logger } from "pino";
import { type AigcLabel, formatLabel, LabelWriter, writeXmp } from "../../../platform/ai-labels/index.js";
import type { Signer } from "../../../platform/content-credentials/index.js";
import type { Ffmpeg, FfmpegFailure } from "../../../platform/ffmpeg/ffmpeg.js";
import type { TempDirs } from "../../../platform/files/temp-dirs.js";
import { span } from "../../../platform/observability/tracing.js";
import { DigestStream, digestBytes, type FileDigests } from "../../../platform/storage/file-digest.js";
import type { Storage } from "../../../platform/storage/storage.js";
import { thumbnailNames } from "../../media/index.js";
import { crashPoint } from "../videos.crash-points.js";
import type { ExpectedLabel } from "./check-label.js";
import { renderPreview } from "./make-preview.js";
import { type FrameInput, pickFrame, renderStill } from "./make-stills.js";
import { probeVideo } from "./probe-video.js";
import { signOriginal } from "./sign-original.js";
import { type StoredOriginal, type StoreLimits, type StoreResult, storeOriginal } from "./store-original.js";
import { originalKey, previewKey, previewName, stillKey, stillName } from "./video-keys.js";
import type { NotAVideo, VideoMetadata } from "./video-metadata.js";
import type { WatermarkText } from "./watermark.js";

/** A stored original file and its metadata. */
export interface OriginalVideo {
  /** From `getVideoFolder`. */
  folder: string;
  metadata: VideoMetadata;
  /** Null without labels. */
  label: AigcLabel | null;
}

/**
 * Why no file was made. `timed-out` and `aborted` may succeed on a retry, the other kinds are final. `detail` is for
 * operators.
 */
export type MakeFailure = NotAVideo | FfmpegFailure;

/** `files` are the stored files by file name. */
export type MakeResult = { kind: "made"; files: FileDigests } | MakeFailure;

/** Owner and date in the watermark. */
export type VideoMark = Omit<WatermarkText, "aiLabel">;

interface VideoFilesDependencies {
  storage: Storage;
  logger: Logger;
  ffmpeg: Ffmpeg;
  tempDirs: TempDirs;
  /** For each run of ffmpeg. */
  ffmpegTimeLimitMs: number;
  /** Labels of AI-made content, or null for none. */
  labels: VideoLabels | null;
}

export interface VideoLabels {
  /** The producer in hidden labels. */
  producer: string;
  /** The visible label. */
  text: string;
  /** Signs Content Credentials. Null for none. */
  signer: Signer | null;
}

/**
 * Makes the files of a video: the original as the vendor made it, the watermarked preview and stills, all of them
 * labeled. A broken video file is returned as a result. A failure of this machine (disk full, no ffmpeg) is thrown.
 */
export class VideoFiles {
  constructor(private readonly deps: VideoFilesDependencies) {}

  /** Reads the vendor's stream to its end or destroys it. `contentId` becomes the id in the label. */
  storeOriginal(
    folder: string,
    body: Readable,
    { contentId, ...limits }: StoreLimits & { contentId: string },
  ): Promise<StoreResult> {
    const { storage, labels } = this.deps;
    return storeOriginal(storage, folder, body, limits, labels && { name: labels.producer, contentId });
  }

  /** Reads the metadata of the stored original, and checks its label if it was labeled. */
  probe(folder: string, labeled: Pick<StoredOriginal, "label" | "edits"> | null = null) {
    return probeVideo(this.deps.storage, originalKey(folder), { expected: toExpected(labeled) });
  }

  /** Signs the stored original if there is a certificate. A file that cannot be signed stays unsigned, with a warning. */
  async sign(stored: StoredOriginal): Promise<StoredOriginal> {
    const { storage, labels, logger } = this.deps;
    const signer = labels?.signer;
    if (!signer) return stored;
    const result = await span("sign clean file", {}, () => signOriginal(storage, stored, signer));
    if (result.kind === "signed") return result.stored;
    logger.warn({ folder: stored.folder, detail: result.detail }, "a video goes without Content Credentials");
    return stored;
  }

  makePreview(original: OriginalVideo, mark: VideoMark, signal?: AbortSignal): Promise<MakeResult> {
    return this.withOriginal(original, signal, async (work) => {
      const previewPath = join(work.folder, "preview.mp4");
      const text = this.toText(mark);
      const rendered = await renderPreview(this.deps.ffmpeg, { ...work, previewPath, text });
      if (rendered.kind !== "done") return rendered;
      const { digest, expected } = await this.storePreview(original, previewPath);
      const made = await probeVideo(this.deps.storage, previewKey(original.folder), { expected });
      return isComplete(made, work.metadata)
        ? { kind: "made", files: { [previewName]: digest } }
        : toIncomplete(made, work.metadata);
    });
  }

  makeStills(original: OriginalVideo, mark: VideoMark, signal?: AbortSignal): Promise<MakeResult> {
    return this.withOriginal(original, signal, async (work) => {
      const picked = await pickFrame(this.deps.ffmpeg, work);
      if (picked.kind !== "picked") return picked;
      const files: FileDigests = {};
      const xmp = original.label && writeXmp(formatLabel(original.label));
      for (const size of thumbnailNames) {
        const still = await renderStill(picked.frame, size, { text: this.toText(mark), xmp });
        await this.deps.storage.put(stillKey(original.folder, size), still, { contentType: "image/webp" });
        crashPoint("ingest-video.still-stored");
        files[stillName(size)] = digestBytes(still);
      }
      return { kind: "made", files };
    });
  }

  private toText(mark: VideoMark): WatermarkText {
    return { ...mark, aiLabel: this.deps.labels?.text ?? null };
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
    await copy(await this.deps.storage.open(key), createWriteStream(path));
    return path;
  }

  /** The preview gets the same label as the original. */
  private async storePreview({ folder, label }: OriginalVideo, path: string) {
    const writer = label && new LabelWriter(() => label);
    const digest = new DigestStream();
    const file = pipeline([createReadStream(path), ...(writer ? [writer] : []), digest], () => {});
    await this.deps.storage.put(previewKey(folder), file as DigestStream, { contentType: "video/mp4" });
    crashPoint("ingest-video.preview-stored");
    return { digest: digest.result, expected: toExpected(writer?.result) };
  }
}

function toExpected(labeled?: Pick<StoredOriginal, "label" | "edits"> | null): ExpectedLabel | undefined {
  return labeled?.label ? { label: formatLabel(labeled.label), edits: labeled.edits } : undefined;
}

/** ffmpeg skips frames that it cannot decode and still reports success, so the duration is compared. */
function isComplete(made: VideoMetadata | NotAVideo, original: VideoMetadata): made is VideoMetadata {
  return made.kind === "video" && made.durationMs >= original.durationMs * 0.9 - 200;
}

function toIncomplete(made: VideoMetadata | NotAVideo, original: VideoMetadata): NotAVideo {
  const got = made.kind === "video" ? `${made.durationMs} ms` : made.detail;
  return { kind: "not-a-video", detail: `only part of ${original.durationMs} ms could be decoded: ${got}` };
}
