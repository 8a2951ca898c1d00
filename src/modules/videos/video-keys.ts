/** Where the files of a video lie in the storage. Made from its id alone, so a repeated step overwrites. */
export const cleanKey = (videoId: string) => `videos/${videoId}/clean.mp4`;
export const previewKey = (videoId: string) => `videos/${videoId}/preview.mp4`;
export const stillKey = (videoId: string, size: StillSize) =>
  `videos/${videoId}/still-${stillPixels[size]}.webp`;

/** The long side of each still, in pixels. */
export const stillPixels = { SMALL: 160, MEDIUM: 480, LARGE: 1080 } as const;

export type StillSize = keyof typeof stillPixels;

export const stillSizes = Object.keys(stillPixels) as StillSize[];

export const allKeys = (videoId: string) => [
  cleanKey(videoId),
  previewKey(videoId),
  ...stillSizes.map((size) => stillKey(videoId, size)),
];
