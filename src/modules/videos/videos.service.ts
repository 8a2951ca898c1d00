import { RowLoader } from "../../platform/async/batcher.js";
import type { Clock } from "../../platform/base/clock.js";
import type { Language } from "../../platform/base/language.js";
import type { Db } from "../../platform/db/index.js";
import { type Connection, type PageArgs, readPage } from "../../platform/graphql/connection.js";
import type { RequestedFields } from "../../platform/graphql/requested-fields.js";
import { endOfTomorrow } from "../../platform/storage/media-links.js";
import type { Storage } from "../../platform/storage/storage.js";
import type { ThumbnailName } from "../media/index.js";
import { projectPrefix } from "../projects/index.js";
import { describeAiLabel } from "./ai-label.js";
import { getVideoFolder, previewKey, stillKey } from "./files/video-keys.js";
import type { VideoPages } from "./video-pages.js";
import { type AiLabel, Video } from "./videos.graphql.js";
import { videoPrefix } from "./videos.ids.js";
import { countVideosByUser, findVideosOfTasks, type VideoRow, videosByIds } from "./videos.repository.js";
import type { StoredAiLabel } from "./videos.tables.js";

interface VideosDependencies {
  db: Db;
  pages: VideoPages;
  storage: Storage;
  clock: Clock;
  showsAiLabels: boolean;
}

/** Reads videos for their owners. */
export class VideosService {
  private readonly videoLoader: RowLoader<VideoRow>;

  constructor(private readonly deps: VideosDependencies) {
    this.videoLoader = new RowLoader((ids) => videosByIds(deps.db, ids));
  }

  /** Null if the video does not exist, is deleted or belongs to another user. */
  async find(userId: string, uuid: string): Promise<Video | null> {
    const row = await this.videoLoader.load(uuid);
    return row?.userId === userId && !row.deletedAt ? Video.of(row) : null;
  }

  async findByPublicId(userId: string, id: string): Promise<Video | null> {
    const uuid = videoPrefix.toUuid(id);
    return uuid ? this.find(userId, uuid) : null;
  }

  /** `projectId` is a public id. The list is empty if the project does not exist, is deleted or belongs to another user. */
  async list(
    userId: string,
    args: PageArgs & { projectId: string | null },
    fields: RequestedFields,
  ): Promise<Connection<Video>> {
    const page = readPage(args);
    if (args.projectId === null) return this.deps.pages.read({ userId, page, fields });
    const projectId = projectPrefix.toUuid(args.projectId);
    if (!projectId) return this.deps.pages.empty(page);
    return this.deps.pages.read({ userId, page, fields, projectId });
  }

  /** The URL stays the same all day, so that browsers can cache the file. */
  previewUrl(video: Video): Promise<string> {
    return this.deps.storage.linkTo(previewKey(getVideoFolder(video.row)), { expiresAt: this.linkExpiry() });
  }

  thumbnailUrl(video: Video, size: ThumbnailName): Promise<string> {
    return this.deps.storage.linkTo(stillKey(getVideoFolder(video.row), size), {
      expiresAt: this.linkExpiry(),
    });
  }

  aiLabel({ row }: Video, language: Language): AiLabel | null {
    return row.aiLabel && this.deps.showsAiLabels ? describeAiLabel(row.aiLabel, language) : null;
  }

  /** For request loaders: labels of videos of any user, by bare UUID. Empty without labels. */
  readonly loadAiLabels = async (ids: readonly string[]): Promise<Map<string, StoredAiLabel>> => {
    if (!this.deps.showsAiLabels) return new Map();
    const rows = await this.videoLoader.loadMany(ids);
    return new Map(rows.flatMap(({ id, aiLabel }) => (aiLabel ? [[id, aiLabel]] : [])));
  };

  /** For request loaders: videos of any user by bare UUID, without deleted ones. */
  readonly loadByIds = async (ids: readonly string[]): Promise<Map<string, Video>> => {
    const rows = await this.videoLoader.loadMany(ids);
    return new Map(rows.filter((row) => !row.deletedAt).map((row) => [row.id, Video.of(row)]));
  };

  /** Like `loadByIds`, but with deleted videos, for wallet statements. Links to deleted videos do not work. */
  readonly loadDeletedToo = async (ids: readonly string[]): Promise<Map<string, Video>> => {
    const rows = await this.videoLoader.loadMany(ids);
    return new Map(rows.map((row) => [row.id, Video.of(row)]));
  };

  /** For request loaders: videos by task id. */
  readonly loadByTask = async (taskIds: readonly string[]): Promise<Map<string, Video>> => {
    const rows = await findVideosOfTasks(this.deps.db, taskIds);
    return new Map(rows.map((row) => [row.taskId, Video.of(row)]));
  };

  /** For request loaders: counts of all videos that users ever generated, by user id. */
  readonly loadCountByUser = (userIds: readonly string[]): Promise<Map<string, number>> =>
    countVideosByUser(this.deps.db, userIds);

  private linkExpiry(): Date {
    return endOfTomorrow(this.deps.clock.now());
  }
}
