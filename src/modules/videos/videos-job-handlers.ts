import type { JobHandler } from "../../platform/jobs.js";
import type { DeleteVideoService } from "./delete-video.service.js";
import { deleteFilesQueue } from "./videos.jobs.js";

export function videosJobs(deletions: DeleteVideoService): JobHandler<{ videoId: string }>[] {
  return [{ queue: deleteFilesQueue, run: ({ videoId }) => deletions.deleteFiles(videoId) }];
}
