import { type ThumbnailName, thumbnailNames, thumbnailPixels } from "../../media/index.js";

/**
 * The folder of a video's files in the storage. Each ingest has its own folder, so a file that was served to an owner
 * is never overwritten. Videos from before ingests had ids have no ingest folder.
 */
export const getVideoFolder = ({ id, ingestId }: { id: string; ingestId: string | null }) =>
  ingestId === null ? id : `${id}/${ingestId}`;

const toKey = (folder: string, fileName: string) => `videos/${folder}/${fileName}`;
export const previewName = "preview.mp4";
export const stillName = (size: ThumbnailName) => `still-${thumbnailPixels[size]}.webp`;

/** The file name "clean.mp4" is stored and must not change. */
export const originalKey = (folder: string) => toKey(folder, "clean.mp4");
export const previewKey = (folder: string) => toKey(folder, previewName);
export const stillKey = (folder: string, size: ThumbnailName) => toKey(folder, stillName(size));

export const allKeys = (folder: string) => [
  originalKey(folder),
  previewKey(folder),
  ...thumbnailNames.map((size) => stillKey(folder, size)),
];
