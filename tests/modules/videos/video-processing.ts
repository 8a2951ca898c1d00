import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { pino } from "pino";
import sharp from "sharp";
import { expect } from "vitest";
import { probeVideo } from "../../../src/modules/videos/files/probe-video.js";
import { VideoFiles } from "../../../src/modules/videos/files/video-files.service.js";
import { originalKey, previewKey, stillKey } from "../../../src/modules/videos/files/video-keys.js";
import type { VideoMetadata } from "../../../src/modules/videos/files/video-metadata.js";
import { Keyring } from "../../../src/platform/crypto/keyring.js";
import { Ffmpeg } from "../../../src/platform/ffmpeg/ffmpeg.js";
import { TempDirs } from "../../../src/platform/files/temp-dirs.js";
import { DiskStorage } from "../../../src/platform/storage/disk.storage.js";
import { MediaLinks } from "../../../src/platform/storage/media-links.js";
import { temporaryFolder } from "../../support/temporary-folder.js";
import { ffmpegPath, type Picture, pictureAt } from "./sample-video.js";

const text = { ownerShortId: "k3x9q2ab", date: new Date("2026-03-04T23:00:00Z") };

export interface ProcessedVideo {
  metadata: VideoMetadata;
  preview: VideoMetadata;
  /** The large still, and the first frame of the preview. */
  still: Picture;
  frame: Picture;
}

/** Runs files through the steps of an ingest: probe, preview and stills. */
export class VideoProcessing {
  private count = 0;

  private constructor(
    private readonly temporary: Awaited<ReturnType<typeof temporaryFolder>>,
    private readonly storage: DiskStorage,
    private readonly files: VideoFiles,
  ) {}

  static async open(program?: string): Promise<VideoProcessing> {
    const temporary = await temporaryFolder();
    const keys = new Keyring(["a secret of at least thirty-two bytes"]);
    const links = new MediaLinks(keys, () => "http://here.test");
    const storage = await DiskStorage.open(join(temporary.path, "storage"), links);
    const files = new VideoFiles({
      storage,
      ffmpeg: new Ffmpeg(program ?? (await ffmpegPath()), 2),
      tempDirs: await TempDirs.open(join(temporary.path, "scratch")),
      labels: null,
      logger: pino({ level: "silent" }),
      ffmpegTimeLimitMs: 60_000,
    });
    return new VideoProcessing(temporary, storage, files);
  }

  /** Where a test may put its own files. */
  get folder(): string {
    return this.temporary.path;
  }

  async close(): Promise<void> {
    await this.temporary.remove();
  }

  async storeAndProbe(file: Buffer | string) {
    this.count += 1;
    const videoId = `video-${this.count}`;
    await this.storage.put(originalKey(videoId), typeof file === "string" ? createReadStream(file) : file);
    return { videoId, metadata: await this.files.probe(videoId) };
  }

  /** Takes a path or the bytes. Fails if a preview or still is not made. */
  async process(file: Buffer | string): Promise<ProcessedVideo> {
    const { videoId, metadata } = await this.storeAndProbe(file);
    if (metadata.kind !== "video") throw new Error(metadata.detail);
    const original = { folder: videoId, metadata, label: null };
    const made = [this.files.makePreview(original, text), this.files.makeStills(original, text)];
    expect(await Promise.all(made)).toMatchObject([{ kind: "made" }, { kind: "made" }]);
    const preview = await probeVideo(this.storage, previewKey(videoId));
    if (preview.kind !== "video") throw new Error(`the preview: ${preview.detail}`);
    const path = this.storage.localPath(previewKey(videoId));
    const webp = await readFile(this.storage.localPath(stillKey(videoId, "LARGE")));
    const still = await sharp(webp).removeAlpha().raw().toBuffer({ resolveWithObject: true });
    return {
      metadata,
      preview,
      still: { rgb: still.data, ...still.info },
      frame: await pictureAt(path, 0, preview.width, preview.height),
    };
  }
}
