import type { Storage } from "../../../platform/storage/storage.js";
import { type ThumbnailName, thumbnailNames } from "../../media/index.js";
import { previewKey, previewName, stillKey, stillName } from "../../videos/index.js";
import { crashPoint } from "../works.crash-points.js";

/** The public copies of a work's preview and stills. Each publication has its own, under an id that cannot be guessed. */
export interface Publication {
  workId: string;
  publicationId: string;
}

const keyOf = ({ workId, publicationId }: Publication, fileName: string) =>
  `public/${workId}/${publicationId}/${fileName}`;

export const publicPreviewKey = (publication: Publication) => keyOf(publication, previewName);
export const publicStillKey = (publication: Publication, size: ThumbnailName) =>
  keyOf(publication, stillName(size));

export const publicKeys = (publication: Publication) => [
  publicPreviewKey(publication),
  ...thumbnailNames.map((size) => publicStillKey(publication, size)),
];

/** Copies the watermarked files of a video. Rejects with StoredFileMissing if the video was deleted meanwhile. */
export async function copyPublicFiles(
  storage: Storage,
  videoFolder: string,
  publication: Publication,
): Promise<void> {
  const stills = thumbnailNames.map((size) => ({
    from: stillKey(videoFolder, size),
    to: publicStillKey(publication, size),
  }));
  await storage.copy([{ from: previewKey(videoFolder), to: publicPreviewKey(publication) }, ...stills]);
  crashPoint("publish-work.files-copied");
}

/** Deletes them all. If one deletion fails, the others still run, and then this rejects. */
export async function deletePublicFiles(storage: Storage, publication: Publication): Promise<void> {
  const deletions = await Promise.allSettled(
    publicKeys(publication).map(async (key) => {
      await storage.delete(key);
      crashPoint("delete-publication.file-deleted");
    }),
  );
  for (const deletion of deletions) if (deletion.status === "rejected") throw deletion.reason;
}
