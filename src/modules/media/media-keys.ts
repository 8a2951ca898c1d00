import { extensions, type ImageMimeType } from "./image-kinds.js";

/** Long sides in pixels, also of the stills of videos. */
export const thumbnailPixels = { SMALL: 160, MEDIUM: 480, LARGE: 1080 } as const;

export type ThumbnailName = keyof typeof thumbnailPixels;

export const thumbnailNames = Object.keys(thumbnailPixels) as ThumbnailName[];

/** Storage keys of an image's files. The files are written once and never changed. */
export const imageKey = (mediaId: string, mimeType: ImageMimeType) =>
  `media/${mediaId}/${imageName(mimeType)}`;
export const thumbnailKey = (mediaId: string, size: ThumbnailName) =>
  `media/${mediaId}/${thumbnailFileName(size)}`;

export const imageName = (mimeType: ImageMimeType) => `image.${extensions[mimeType]}`;
export const thumbnailFileName = (size: ThumbnailName) => `thumbnail-${thumbnailPixels[size]}.webp`;

/** All keys an image may have, for deleting without knowing its type. */
export const allKeys = (mediaId: string) => [
  ...(Object.keys(extensions) as ImageMimeType[]).map((mimeType) => imageKey(mediaId, mimeType)),
  ...thumbnailNames.map((size) => thumbnailKey(mediaId, size)),
];
