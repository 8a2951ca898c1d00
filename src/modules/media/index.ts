// Images that users upload: checked by content, stripped of all metadata, stored with thumbnails. Guarantees: an image
// with a row has all its files, and a stored file never changes.

export { hdrPeakNits, hdrWhiteNits } from "./color-curves.js";
export { mediaChecks } from "./media.checks.js";
export { mediaCrashPoints } from "./media.crash-points.js";
export { Media, ThumbnailSize } from "./media.graphql.js";
export { mediaPrefix } from "./media.ids.js";
export { mediaQueues } from "./media.jobs.js";
export { ownsMedia } from "./media.repository.js";
export { MediaService } from "./media.service.js";
export { mediaFileOwners } from "./media-file-owners.js";
export { mediaJobs } from "./media-job-handlers.js";
export { type ThumbnailName, thumbnailNames, thumbnailPixels } from "./media-keys.js";
