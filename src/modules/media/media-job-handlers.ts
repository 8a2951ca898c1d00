import type { JobHandler } from "../../platform/jobs/jobs.js";
import { discardUploadQueue } from "./media.jobs.js";
import type { MediaService } from "./media.service.js";

export function mediaJobs(service: MediaService): JobHandler<{ mediaId: string }>[] {
  return [{ queue: discardUploadQueue, run: ({ mediaId }) => service.discardUnfinished(mediaId) }];
}
