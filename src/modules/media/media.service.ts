import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { readImageMarks } from "../../platform/ai-labels/index.js";
import { RowLoader } from "../../platform/async/batcher.js";
import { AppError } from "../../platform/base/app-error.js";
import type { Clock } from "../../platform/base/clock.js";
import type { Db } from "../../platform/db/index.js";
import type { TempDirs } from "../../platform/files/temp-dirs.js";
import { newUuid } from "../../platform/ids/ids.js";
import type { Jobs } from "../../platform/jobs/jobs.js";
import { digestBytes } from "../../platform/storage/file-digest.js";
import { endOfTomorrow } from "../../platform/storage/media-links.js";
import type { Storage } from "../../platform/storage/storage.js";
import type { ReferenceImage } from "../../vendors/contract.js";
import { dropMetadata } from "./drop-metadata.js";
import { extensions } from "./image-kinds.js";
import { crashPoint } from "./media.crash-points.js";
import { Media } from "./media.graphql.js";
import { mediaPrefix } from "./media.ids.js";
import { discardUploadQueue } from "./media.jobs.js";
import { insertMedia, type MediaRow, mediaByIds } from "./media.repository.js";
import {
  allKeys,
  imageKey,
  imageName,
  type ThumbnailName,
  thumbnailFileName,
  thumbnailKey,
} from "./media-keys.js";
import { type IncomingFile, receiveImage } from "./receive-image.js";
import { ImageSanitizer, type SanitizedImage } from "./sanitize-image.js";

export interface MediaDependencies {
  db: Db;
  storage: Storage;
  tempDirs: TempDirs;
  jobs: Jobs;
  clock: Clock;
  config: { AI_LABELS: "on" | "off" };
}

/** A picture that is ready to be stored. */
interface ReceivedImage extends SanitizedImage {
  /** Of the upload as it came, whose metadata is not stored. */
  isMarkedAsAi: boolean;
}

/** Files of an upload that has no row after this time are deleted. An upload that takes over half of it fails. */
const unfinishedTtlMs = 60 * 60 * 1000;

/** Uploads, reads and links images. */
export class MediaService {
  private readonly sanitizer = new ImageSanitizer();
  private readonly mediaLoader: RowLoader<MediaRow>;

  constructor(private readonly deps: MediaDependencies) {
    this.mediaLoader = new RowLoader((ids) => mediaByIds(deps.db, ids));
  }

  /**
   * Stores one image. Throws NotAnImage, BrokenImage, TooManyPixels and errors of the stream. In these cases no files
   * remain. The user's word that it was made by AI counts more than its metadata.
   */
  async upload(
    userId: string,
    incoming: Promise<IncomingFile>,
    { isAiGenerated = false }: { isAiGenerated?: boolean } = {},
  ): Promise<Media> {
    const image = await this.receive(incoming).catch((error: unknown) => {
      throw error instanceof AppError ? error.about("file") : error;
    });
    const found = image.isMarkedAsAi ? "FOUND" : "NONE";
    return Media.of(await this.store(userId, image, isAiGenerated ? "DECLARED" : found));
  }

  /** Deletes the files of an upload, unless it has a row. */
  async discardUnfinished(mediaId: string): Promise<void> {
    const [row] = await mediaByIds(this.deps.db, [mediaId]);
    if (row) return;
    for (const key of allKeys(mediaId)) {
      await this.deps.storage.delete(key);
      crashPoint("upload-media.file-discarded");
    }
  }

  /** Null if the image does not exist or belongs to another user. */
  async find(userId: string, uuid: string): Promise<Media | null> {
    const row = await this.mediaLoader.load(uuid);
    return row?.userId === userId ? Media.of(row) : null;
  }

  async findByPublicId(userId: string, id: string): Promise<Media | null> {
    const uuid = mediaPrefix.toUuid(id);
    return uuid ? this.find(userId, uuid) : null;
  }

  /** For request loaders: images of any user by bare UUID. */
  readonly loadByIds = async (ids: readonly string[]): Promise<Map<string, Media>> => {
    const rows = await this.mediaLoader.loadMany(ids);
    return new Map(rows.map((row) => [row.id, Media.of(row)]));
  };

  /** Avatar URLs by bare media id. Images that do not exist are absent. */
  readonly loadAvatarUrls = async (mediaIds: readonly string[]): Promise<Map<string, string>> => {
    const found = [...(await this.loadByIds(mediaIds)).values()];
    const links = found.map(
      async (media) => [media.row.id, await this.thumbnailUrl(media, "MEDIUM")] as const,
    );
    return new Map(await Promise.all(links));
  };

  /** The image as it is sent to a vendor, or null if it does not exist. The caller must have checked its owner. */
  async openForVendor(mediaId: string): Promise<ReferenceImage | null> {
    const [row] = await mediaByIds(this.deps.db, [mediaId]);
    if (!row) return null;
    const { mimeType } = row;
    const bytes = await buffer(await this.deps.storage.open(imageKey(mediaId, mimeType)));
    return { fileName: `image.${extensions[mimeType]}`, mimeType, bytes };
  }

  /** The URL stays the same all day, so that browsers can cache the file. */
  url(media: Media): Promise<string> {
    return this.linkTo(imageKey(media.row.id, media.row.mimeType));
  }

  thumbnailUrl(media: Media, size: ThumbnailName): Promise<string> {
    return this.linkTo(thumbnailKey(media.row.id, size));
  }

  private async receive(incoming: Promise<IncomingFile>): Promise<ReceivedImage> {
    const file = await incoming;
    return this.deps.tempDirs.withDir(async (folder) => {
      const path = join(folder, "upload");
      const mimeType = await receiveImage(file.createReadStream(), path);
      const isMarkedAsAi = this.deps.config.AI_LABELS === "on" && (await isMarked(path));
      await dropMetadata(path, mimeType);
      return { ...(await this.sanitizer.sanitize(path, mimeType)), isMarkedAsAi };
    });
  }

  /**
   * Writes the files before the row, so an image with a row is complete. If the process dies in between, the job deletes
   * the files. After the row is written, the job is due immediately and has nothing to delete.
   */
  private async store(userId: string, image: SanitizedImage, aiMark: MediaRow["aiMark"]): Promise<MediaRow> {
    const { db, jobs, clock, storage } = this.deps;
    const { mimeType, width, height, bytes, thumbnails } = image;
    const [id, createdAt] = [newUuid(), clock.now()];
    const discard = { payload: { mediaId: id }, onceKey: id };
    await jobs.enqueueNow(discardUploadQueue, [{ ...discard, delayMs: unfinishedTtlMs }]);
    crashPoint("upload-media.discard-queued");
    await storage.put(imageKey(id, mimeType), bytes, { contentType: mimeType });
    crashPoint("upload-media.image-stored");
    const files = { [imageName(mimeType)]: digestBytes(bytes) };
    for (const [size, thumbnail] of thumbnails) {
      await storage.put(thumbnailKey(id, size), thumbnail, { contentType: "image/webp" });
      crashPoint("upload-media.thumbnail-stored");
      files[thumbnailFileName(size)] = digestBytes(thumbnail);
    }
    if (clock.now().getTime() - createdAt.getTime() > unfinishedTtlMs / 2) {
      throw new Error(
        "the upload took too long: its cleanup job could delete the files before the row is written",
      );
    }
    const row = { id, userId, mimeType, width, height, byteSize: bytes.length, files, aiMark, createdAt };
    await db.transaction(async (tx) => {
      await insertMedia(tx, row);
      await jobs.bringForward(tx, discardUploadQueue, discard);
    });
    crashPoint("upload-media.row-written");
    jobs.announce(discardUploadQueue);
    return row;
  }

  private linkTo(key: string): Promise<string> {
    return this.deps.storage.linkTo(key, { expiresAt: endOfTomorrow(this.deps.clock.now()) });
  }
}

async function isMarked(path: string): Promise<boolean> {
  const { label, madeByAi, c2pa } = await readImageMarks(path);
  return label !== null || madeByAi || c2pa;
}
