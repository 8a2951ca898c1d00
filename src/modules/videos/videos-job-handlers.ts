import type { JobHandler } from "../../platform/jobs/jobs.js";
import type { DeleteVideoService } from "./delete-video.service.js";
import { deleteFilesQueue } from "./videos.jobs.js";

export function videosJobs(
  deletions: DeleteVideoService,
): JobHandler<{ videoId: string; ingestId: string | null }>[] {
  return [
    {
      queue: deleteFilesQueue,
      run: ({ videoId, ingestId }) => deletions.deleteFiles({ id: videoId, ingestId }),
    },
  ];
}
