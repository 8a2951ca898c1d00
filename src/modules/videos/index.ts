// Finished videos: their files (the original, and a watermarked preview and stills), their rows, and the sale of
// downloads without watermark. Guarantees: a file is complete or absent, and a download is charged once. This module
// does not import tasks.

export { DeleteVideoService } from "./delete-video.service.js";
export { DownloadService, downloadPriceCredits } from "./download.service.js";
export type { Ingest } from "./files/ingests.repository.js";
export { videoFileOwners } from "./files/video-file-owners.js";
export { VideoFiles } from "./files/video-files.service.js";
export { finishIngest, VideoIngests } from "./files/video-ingests.service.js";
export { getVideoFolder as folderOf } from "./files/video-keys.js";
export type { VideoMetadata } from "./files/video-metadata.js";
export { MoveVideosService } from "./move-videos.service.js";
export { ProjectVideosService } from "./project-videos.service.js";
export { VideoPages } from "./video-pages.js";
export type { VideoTasks } from "./video-tasks.js";
export { videoChecks } from "./videos.checks.js";
export { videoCrashPoints } from "./videos.crash-points.js";
export { DeleteVideoPayload, MoveVideosPayload, Video, videoFieldColumns } from "./videos.graphql.js";
export { videoPrefix } from "./videos.ids.js";
export { videosQueues } from "./videos.jobs.js";
export { insertVideo } from "./videos.repository.js";
export { VideosService } from "./videos.service.js";
export { videosJobs } from "./videos-job-handlers.js";
