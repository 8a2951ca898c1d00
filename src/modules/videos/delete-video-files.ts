import { crashPoint } from "../../platform/crash-points.js";
import type { Storage } from "../../platform/storage.js";
import { allKeys } from "./video-keys.js";

/** Every file of a video goes. One that cannot be deleted keeps none of the others; then this rejects. */
export async function deleteVideoFiles(storage: Storage, videoId: string): Promise<void> {
  const deletions = await Promise.allSettled(
    allKeys(videoId).map(async (key) => {
      await storage.delete(key);
      crashPoint("delete-video.file-deleted");
    }),
  );
  for (const deletion of deletions) if (deletion.status === "rejected") throw deletion.reason;
}
