/**
 * The folder of a video's files in the storage. Each ingest has its own folder, so a file that was served to an owner
 * is never overwritten. Videos from before ingests had ids have no ingest folder.
 */
export const getVideoFolder = ({ id, ingestId }: { id: string; ingestId: string | null }) =>
  ingestId === null ? id : `${id}/${ingestId}`;

const toKey = (folder: string, fileName: string) => `videos/${folder}/${fileName}`;
export const previewName = "preview.mp4";
export const stillName = (size: StillSize) => `still-${stillPixels[size]}.webp`;

/** The file name "clean.mp4" is stored and must not change. */
export const originalKey = (folder: string) => toKey(folder, "clean.mp4");
export const previewKey = (folder: string) => toKey(folder, previewName);
export const stillKey = (folder: string, size: StillSize) => toKey(folder, stillName(size));

/** The long side of each still, in pixels. */
export const stillPixels = { SMALL: 160, MEDIUM: 480, LARGE: 1080 } as const;

export type StillSize = keyof typeof stillPixels;

export const stillSizes = Object.keys(stillPixels) as StillSize[];

export const allKeys = (folder: string) => [
  originalKey(folder),
  previewKey(folder),
  ...stillSizes.map((size) => stillKey(folder, size)),
];
