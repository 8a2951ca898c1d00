import type { Storage } from "../../../platform/storage/storage.js";
import { crashPoint } from "../videos.crash-points.js";
import { allKeys } from "./video-keys.js";

/** Deletes every file in a video's folder. If one deletion fails, the others still run, and then this rejects. */
export async function deleteVideoFiles(storage: Storage, folder: string): Promise<void> {
  const deletions = await Promise.allSettled(
    allKeys(folder).map(async (key) => {
      await storage.delete(key);
      crashPoint("delete-video.file-deleted");
    }),
  );
  for (const deletion of deletions) if (deletion.status === "rejected") throw deletion.reason;
}
