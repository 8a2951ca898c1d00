import type { AnyJobHandler } from "../../platform/jobs/jobs.js";
import type { Publication } from "./publish/publication-files.js";
import type { TakeOutService } from "./publish/take-out.service.js";
import { deletePublicationQueue } from "./works.jobs.js";

export function worksJobs(service: TakeOutService): AnyJobHandler[] {
  return [{ queue: deletePublicationQueue, run: (job: Publication) => service.deleteFiles(job) }];
}
