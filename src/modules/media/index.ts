// Media are images that users upload: checked by content, cleaned of everything but their pixels,
// kept with their thumbnails. It promises that what has a row has all its files, and that a file
// never changes under its name.

export { mediaChecks } from "./media.checks.js";
export { mediaCrashPoints } from "./media.crash-points.js";
export { Media, ThumbnailSize } from "./media.graphql.js";
export { mediaPrefix } from "./media.ids.js";
export { mediaQueues } from "./media.jobs.js";
export { ownsMedia } from "./media.repository.js";
export { MediaService } from "./media.service.js";
export { mediaFileOwners } from "./media-file-owners.js";
export { mediaJobs } from "./media-job-handlers.js";
