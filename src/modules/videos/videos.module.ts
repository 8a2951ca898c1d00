import type { AiLabelsSettings } from "../../platform/ai-labels/ai-labels.config.js";
import { loadSigner } from "../../platform/content-credentials/index.js";
import { Ffmpeg } from "../../platform/ffmpeg/ffmpeg.js";
import { findOwn } from "../../platform/graphql/node-registry.js";
import type { JoinedRelation } from "../../platform/lists/list-query.js";
import type { Module, ModuleContext } from "../module.js";
import type { ProjectsService } from "../projects/index.js";
import type { WalletService } from "../wallet/index.js";
import { DeleteVideoService } from "./delete-video.service.js";
import { DownloadService } from "./downloads/download.service.js";
import { DownloadTermsResolver } from "./downloads/download-terms.resolver.js";
import type { DownloadsSettings } from "./downloads/downloads.config.js";
import { downloadsJobs } from "./downloads/downloads.jobs.js";
import { VideoFiles, type VideoLabels } from "./files/video-files.service.js";
import { MoveVideosService } from "./move-videos.service.js";
import {
  DeletedVideoProjectResolver,
  MovedVideosProjectsResolver,
  ProjectVideosResolver,
  VideoProjectResolver,
} from "./project-videos.resolver.js";
import { ProjectVideosService } from "./project-videos.service.js";
import { VideoChangesResolver } from "./video-changes.resolver.js";
import { VideoPages } from "./video-pages.js";
import { VideoStatsResolver } from "./video-stats.resolver.js";
import type { VideoTasks } from "./video-tasks.js";
import type { VideoWorks } from "./video-works.js";
import { videoPrefix } from "./videos.ids.js";
import { VideosResolver } from "./videos.resolver.js";
import { VideosService } from "./videos.service.js";
import { videosJobs } from "./videos-job-handlers.js";

const ffmpegAtOnceMax = 2;
const ffmpegTimeLimitMs = 5 * 60_000;

interface VideosModuleDependencies {
  wallets: WalletService;
  projects: ProjectsService;
  tasks: VideoTasks;
  works: VideoWorks;
  /** Of other modules, for lists of videos. */
  relations: readonly JoinedRelation[];
}

type Context = ModuleContext<DownloadsSettings & AiLabelsSettings>;

export function createVideosModule(
  context: Context,
  { wallets, projects, tasks, works, relations }: VideosModuleDependencies,
) {
  const { config, db, lists, ffmpegPath, clock } = context;
  const hasLabels = config.AI_LABELS === "on";
  const labels = hasLabels ? createLabels(config, clock.now()) : null;
  const terms = (hasLabels && config.DOWNLOAD_TERMS_FILE) || null;
  const pages = new VideoPages(lists, relations);
  const service = new VideosService({ ...context, pages, showsAiLabels: hasLabels });
  const deletions = new DeleteVideoService({ ...context, tasks, works });
  const ffmpeg = new Ffmpeg(ffmpegPath, ffmpegAtOnceMax);
  return {
    service,
    files: new VideoFiles({ ...context, ffmpeg, ffmpegTimeLimitMs, labels }),
    resolvers: [
      new VideosResolver(service, new DownloadService({ ...context, wallets, terms })),
      new DownloadTermsResolver(terms),
      new VideoChangesResolver(new MoveVideosService(db, tasks), deletions),
      new VideoStatsResolver(service),
      new ProjectVideosResolver(new ProjectVideosService(lists, pages)),
      new VideoProjectResolver(projects),
      new MovedVideosProjectsResolver(projects),
      new DeletedVideoProjectResolver(projects),
    ],
    nodes: [{ prefix: videoPrefix, find: findOwn(service.loadByIds) }],
    // A statement still names deleted videos.
    subjects: [{ prefix: videoPrefix, find: findOwn(service.loadDeletedToo) }],
    jobs: [...videosJobs(deletions), ...downloadsJobs(context, config.DOWNLOAD_LOG_DAYS)],
  } satisfies Module & { service: VideosService; files: VideoFiles };
}

/** Throws OperatorError for a certificate that cannot sign. */
function createLabels(config: AiLabelsSettings, now: Date): VideoLabels {
  const { C2PA_CERT_FILE: certificates, C2PA_KEY_FILE: key } = config;
  return {
    producer: config.AI_LABEL_PRODUCER,
    text: config.AI_LABEL_TEXT,
    signer: certificates && key ? loadSigner(certificates, key, now) : null,
  };
}
