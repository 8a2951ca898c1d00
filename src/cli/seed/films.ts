import { createReadStream } from "node:fs";
import { join } from "node:path";
import type { App } from "../../app/create-app.js";
import {
  type StoredAiLabel,
  toAiLabel,
  type VideoMetadata,
  videoFileKeys,
} from "../../modules/videos/index.js";
import { Ffmpeg } from "../../platform/ffmpeg/ffmpeg.js";
import type { FileDigests } from "../../platform/storage/file-digest.js";
import { renderFilm } from "../../vendors/sandbox/film/film.js";
import { CommandFailed } from "../fail.js";
import type { Film } from "./texts.js";

/** The files of a video, as they are stored in a folder of the storage. */
export interface StoredFilm {
  folder: string;
  metadata: VideoMetadata;
  byteSize: number;
  sha256: string;
  madeFiles: FileDigests;
  aiLabel: StoredAiLabel | null;
}

/** Small, so that hundreds of videos take little space. */
const sizes: Record<Film["ratio"], { width: number; height: number }> = {
  RATIO_9_16: { width: 270, height: 480 },
  RATIO_16_9: { width: 480, height: 270 },
  RATIO_1_1: { width: 360, height: 360 },
};
const limits = { contentId: "sample", bytesMax: 64 * 1024 * 1024, announcedBytes: null, timeLimitMs: 60_000 };

/**
 * Stores films of the sandbox vendor. Each film is rendered, labeled and watermarked once and then copied, so label and
 * watermark say "sample" instead of naming a video and its owner.
 */
export class Films {
  private readonly stored = new Map<Film, Promise<StoredFilm>>();

  constructor(
    private readonly app: App,
    private readonly options: { durationSec: number; now: Date },
  ) {}

  /** Stores all files of the film in an empty folder. */
  async store(film: Film, folder: string): Promise<StoredFilm> {
    const first = this.stored.get(film);
    if (first) return this.copy(await first, folder);
    const making = this.make(film, folder);
    this.stored.set(film, making);
    return making;
  }

  private async copy(from: StoredFilm, folder: string): Promise<StoredFilm> {
    const targets = videoFileKeys(folder);
    await this.app.storage.copy(
      videoFileKeys(from.folder).map((key, n) => ({ from: key, to: targets[n] as string })),
    );
    return { ...from, folder };
  }

  private async make(film: Film, folder: string): Promise<StoredFilm> {
    const { files } = this.app.modules.videos;
    const stored = await this.app.tempDirs.withDir(async (tempDir) => {
      const path = join(tempDir, "film.mp4");
      await this.render(film, path);
      return files.storeOriginal(folder, createReadStream(path), limits);
    });
    if (stored.kind !== "stored") throw failure(stored.kind);
    const metadata = await files.probe(folder, stored);
    if (metadata.kind !== "video") throw failure(metadata.detail);
    const clean = await files.sign(stored);
    const mark = { ownerShortId: "sample", date: this.options.now };
    const original = { ...clean, metadata };
    const preview = await files.makePreview(original, mark);
    const stills = await files.makeStills(original, mark);
    if (preview.kind !== "made") throw failure(preview.kind);
    if (stills.kind !== "made") throw failure(stills.kind);
    const { byteSize, sha256 } = clean;
    const madeFiles = { ...preview.files, ...stills.files };
    return { folder, metadata, byteSize, sha256, madeFiles, aiLabel: toAiLabel(clean) };
  }

  private render({ prompt, ratio }: Film, path: string): Promise<void> {
    const look = { picture: null, watermark: false, seconds: this.options.durationSec };
    const ffmpeg = new Ffmpeg(this.app.ffmpegPath, 1);
    return renderFilm({ prompt, ...sizes[ratio], ...look }, path, ffmpeg, new AbortController().signal);
  }
}

function failure(detail: string): CommandFailed {
  return new CommandFailed(`A film could not be made: ${detail}`);
}
