import sharp, { type Sharp } from "sharp";
import type { ImageMimeType } from "./image-kinds.js";
import { BrokenImage, TooManyPixels } from "./media.errors.js";
import { type ThumbnailName, thumbnailNames, thumbnailPixels } from "./media-keys.js";

const pixelsMax = 50_000_000;
/** Ten times what the largest image takes; only one that was made to be slow gets there. */
const timeLimitSec = 60;

export interface CleanImage {
  mimeType: ImageMimeType;
  bytes: Buffer;
  /** Pixels, upright. */
  width: number;
  height: number;
}

/** Quality before size: the image may become a video's first frame. WebP slower than this gains little. */
const encoders: Record<ImageMimeType, (image: Sharp) => Sharp> = {
  "image/jpeg": (image) => image.jpeg({ quality: 92, chromaSubsampling: "4:4:4" }),
  "image/png": (image) => image.png(),
  "image/webp": (image) => image.webp({ quality: 90, effort: 2, smartSubsample: true }),
};

/**
 * The image in a file, made anew: upright, in sRGB, of an animation the first frame, and nothing
 * besides the pixels (no EXIF, no place, no appended data). Throws TooManyPixels before anything is
 * decoded, and BrokenImage.
 */
export async function cleanImage(path: string, mimeType: ImageMimeType): Promise<CleanImage> {
  await refuseTooManyPixels(path);
  const image = sharp(path, { failOn: "error", limitInputPixels: pixelsMax });
  const made = await encoders[mimeType](image.timeout({ seconds: timeLimitSec }).autoOrient())
    .toBuffer({ resolveWithObject: true })
    // All of the work is in memory, so what fails is the image and not our disk.
    .catch(() => Promise.reject(new BrokenImage()));
  return { mimeType, bytes: made.data, width: made.info.width, height: made.info.height };
}

async function refuseTooManyPixels(path: string): Promise<void> {
  const header = await sharp(path, { limitInputPixels: false })
    .metadata()
    .catch(() => Promise.reject(new BrokenImage()));
  const { width, height, pages = 1 } = header;
  if (width * height * pages > pixelsMax) throw new TooManyPixels(pixelsMax);
}

/** WebP in every size, each with exactly so many pixels on its long side, also of a smaller image. */
export async function renderThumbnails(image: Buffer): Promise<Map<ThumbnailName, Buffer>> {
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
