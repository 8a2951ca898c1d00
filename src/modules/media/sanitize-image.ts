import { readFile } from "node:fs/promises";
import { bulkhead, isBulkheadRejectedError } from "cockatiel";
import sharp, { type Sharp } from "sharp";
import { OverloadedError } from "../../platform/async/overloaded-error.js";
import type { ImageMimeType } from "./image-kinds.js";
import { BrokenImage, TooManyPixels } from "./media.errors.js";
import { type ThumbnailName, thumbnailNames, thumbnailPixels } from "./media-keys.js";
import { withColorProfile } from "./png-colors.js";

const pixelsMax = 50_000_000;
/** Ten times what the largest image takes. Only an image crafted to be slow reaches it. */
const timeLimitSec = 60;

/** A WebP of 50 million pixels takes 800 MB and ten seconds. Other formats are processed line by line. */
const largePixelsMin = 12_000_000;
const largeConcurrency = 1;
const othersConcurrency = 2;
/** Images beyond these would wait for minutes, so they are rejected and the client retries. */
const largeQueueMax = 12;
const othersQueueMax = 100;

/** The marker that ends a JPEG (EOI). */
const endOfJpeg = Buffer.from([0xff, 0xd9]);

export interface SanitizedImage {
  mimeType: ImageMimeType;
  bytes: Buffer;
  /** Pixels, upright. */
  width: number;
  height: number;
  thumbnails: Map<ThumbnailName, Buffer>;
}

/**
 * Quality before size, because the image may become a video's first frame. A higher WebP effort gains little. Optimized
 * JPEG coding would hold the whole image in memory.
 */
const encoders: Record<ImageMimeType, (image: Sharp) => Sharp> = {
  "image/jpeg": (image) => image.jpeg({ quality: 92, chromaSubsampling: "4:4:4", optimiseCoding: false }),
  "image/png": (image) => image.png(),
  "image/webp": (image) => image.webp({ quality: 90, effort: 2, smartSubsample: true }),
};

/** Re-encodes images with limited concurrency. Large images have their own limit, so they do not delay small ones. */
export class ImageSanitizer {
  private readonly large = bulkhead(largeConcurrency, largeQueueMax);
  private readonly others = bulkhead(othersConcurrency, othersQueueMax);

  /**
   * Returns the image upright, in sRGB, without any metadata or appended data (EXIF, location), and its thumbnails. Of
   * an animation, only the first frame is used. Throws TooManyPixels before decoding, BrokenImage and OverloadedError.
   */
  async sanitize(path: string, mimeType: ImageMimeType): Promise<SanitizedImage> {
    const { pixels, isDeep } = await measure(path);
    if (pixels > pixelsMax) throw new TooManyPixels(pixelsMax);
    const queue = pixels < largePixelsMin ? this.others : this.large;
    return queue
      .execute(() => reencode(path, mimeType, isDeep))
      .catch((error: unknown) => {
        throw isBulkheadRejectedError(error) ? new OverloadedError("too many images wait") : error;
      });
  }
}

/** Reads the file's header: pixels over all frames of an animation, and whether channels have 16 bits. */
async function measure(path: string): Promise<{ pixels: number; isDeep: boolean }> {
  const metadata = await sharp(path, { limitInputPixels: false })
    .metadata()
    .catch(() => Promise.reject(new BrokenImage()));
  const { width, height, pages = 1, depth } = metadata;
  return { pixels: width * height * pages, isDeep: depth === "ushort" };
}

async function reencode(path: string, mimeType: ImageMimeType, isDeep: boolean): Promise<SanitizedImage> {
  const { data: bytes, info } = await decode(path, mimeType, isDeep)
    // Decoding runs in memory, so an error means a broken image and not a failing disk.
    .catch(() => Promise.reject(new BrokenImage()));
  const { width, height } = info;
  return { mimeType, bytes, width, height, thumbnails: await renderThumbnails(bytes) };
}

async function decode(path: string, mimeType: ImageMimeType, isDeep: boolean) {
  const encode = (input: string | Buffer, failOn: "error" | "warning") => {
    const image = sharp(input, { failOn, limitInputPixels: pixelsMax }).timeout({ seconds: timeLimitSec });
    // Without this, sharp leaves 16-bit images with a profile in Display P3.
    if (isDeep) image.withIccProfile("srgb", { attach: false });
    return encoders[mimeType](image.autoOrient()).toBuffer({ resolveWithObject: true });
  };
  if (mimeType === "image/png") return encode(await withColorProfile(await readFile(path)), "error");
  return encode(path, "error").catch(async (error: unknown) => {
    const file = await readFile(path);
    if (mimeType !== "image/jpeg" || file.subarray(-2).equals(endOfJpeg)) throw error;
    // Only the end marker may be missing. With failOn "warning", missing pixels are still an error.
    return encode(Buffer.concat([file, endOfJpeg]), "warning");
  });
}

/** WebP in every size. The long side has exactly that many pixels, even if the image is smaller. */
async function renderThumbnails(image: Buffer): Promise<Map<ThumbnailName, Buffer>> {
  const side = thumbnailPixels.LARGE;
  const { data, info } = await sharp(image)
    .resize(side, side, { fit: "inside" })
    .raw()
    .toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  const made = new Map<ThumbnailName, Buffer>();
  for (const name of thumbnailNames) {
    const pixels = thumbnailPixels[name];
    const scaled = sharp(data, { raw: { width, height, channels } }).resize(pixels, pixels, {
      fit: "inside",
    });
    made.set(name, await scaled.webp({ quality: 80 }).toBuffer());
  }
  return made;
}
