// Finished videos: their files (the original, and a watermarked preview and stills), their rows, and the sale of
// downloads without watermark. Guarantees: a file is complete or absent, and a download is charged once. This module
// does not import tasks.

export { describeAiLabel, toAiLabel } from "./ai-label.js";
export { DeleteVideoService } from "./delete-video.service.js";
export { DownloadService, downloadPriceCredits } from "./downloads/download.service.js";
export { downloadChecks } from "./downloads/downloads.checks.js";
export { downloadsSettings } from "./downloads/downloads.config.js";
export { type DownloadFilter, type DownloadRecord, listDownloads } from "./downloads/downloads.repository.js";
export type { Ingest } from "./files/ingests.repository.js";
export { videoFileOwners } from "./files/video-file-owners.js";
export { VideoFiles } from "./files/video-files.service.js";
export { finishIngest, VideoIngests } from "./files/video-ingests.service.js";
export {
  allKeys as videoFileKeys,
  getVideoFolder,
  previewKey,
  previewName,
  stillKey,
  stillName,
} from "./files/video-keys.js";
export type { VideoMetadata } from "./files/video-metadata.js";
export { MoveVideosService } from "./move-videos.service.js";
export { ProjectVideosService } from "./project-videos.service.js";
export { VideoPages } from "./video-pages.js";
export type { VideoTasks } from "./video-tasks.js";
export type { VideoWorks } from "./video-works.js";
export { videoChecks } from "./videos.checks.js";
export { videoCrashPoints } from "./videos.crash-points.js";
export {
  AiLabel,
  DeleteVideoPayload,
  MoveVideosPayload,
  Video,
  videoFieldColumns,
} from "./videos.graphql.js";
export { videoPrefix } from "./videos.ids.js";
export { videosQueues } from "./videos.jobs.js";
export { findFileByChecksum, insertVideo } from "./videos.repository.js";
export { VideosService } from "./videos.service.js";
export type { StoredAiLabel } from "./videos.tables.js";
export { videosJobs } from "./videos-job-handlers.js";
