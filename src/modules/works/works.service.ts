import type { Clock } from "../../platform/base/clock.js";
import { NotFound } from "../../platform/base/common-errors.js";
import type { Db } from "../../platform/db/index.js";
import type { EventBus } from "../../platform/events/event-bus.js";
import { type Connection, type PageArgs, readPage } from "../../platform/graphql/connection.js";
import type { NodeFinder } from "../../platform/graphql/node-registry.js";
import { noFields } from "../../platform/graphql/requested-fields.js";
import type { BatchedList } from "../../platform/lists/batched-list.js";
import type { ReadRouter } from "../../platform/lists/read-router.js";
import { endOfTomorrow } from "../../platform/storage/media-links.js";
import type { Storage } from "../../platform/storage/storage.js";
import type { ThumbnailName } from "../media/index.js";
import type { Video, VideosService } from "../videos/index.js";
import { type Publication, publicPreviewKey, publicStillKey } from "./publish/publication-files.js";
import { changeWork, findWork, worksOfVideos } from "./publish/publications.repository.js";
import { readSettings } from "./publish/work-settings.js";
import { type UserWorkStats, workStatsOfUsers } from "./reads/user-works.repository.js";
import { favoriteWorks, likedWorks, ownWorks, remixesOfWork, worksOfUser } from "./reads/work-lists.js";
import type { WorkReader } from "./reads/work-reader.js";
import { WorkRemoved } from "./works.errors.js";
import type { Work, WorkStatus } from "./works.graphql.js";
import { workPrefix } from "./works.ids.js";
import type { UpdateWorkInput } from "./works.inputs.graphql.js";
import type { works } from "./works.tables.js";
import { workChanged } from "./works.topics.js";

interface WorksDependencies {
  db: Db;
  lists: ReadRouter;
  bus: EventBus;
  storage: Storage;
  clock: Clock;
  reader: WorkReader;
  videos: VideosService;
  /** The part of a share URL before the work's id. */
  shareUrlBase(): string;
}

/** How old a list from a replica may be: as long works are still listed that were taken out. */
const listAgeMaxMs = 2_000;

/** Reads works for viewers, and changes them for their authors. */
export class WorksService {
  private readonly ofUser = worksOfUser();
  private readonly remixes = remixesOfWork();
  private readonly own = ownWorks();
  private readonly favorites = favoriteWorks();
  private readonly liked = likedWorks();

  constructor(private readonly deps: WorksDependencies) {}

  async find(viewerId: string | null, workId: string): Promise<Work | null> {
    return this.deps.reader.find(viewerId, workId);
  }

  async findByPublicId(viewerId: string | null, id: string): Promise<Work | null> {
    const workId = workPrefix.toUuid(id);
    return workId ? this.find(viewerId, workId) : null;
  }

  /** Throws BadUserInput, NotFound and WorkRemoved. */
  async update(userId: string, input: UpdateWorkInput): Promise<Work> {
    const { db, bus, reader } = this.deps;
    const existing = await this.findByPublicId(userId, input.workId);
    if (!existing?.isOwn) throw new NotFound("workId");
    const change = readSettings(input);
    if (Object.keys(change).length === 0 && existing.row.status !== "REMOVED") return existing;
    const changed = await changeWork(
      db,
      { id: existing.row.id, userId, from: ["PUBLISHED", "UNPUBLISHED"] },
      change,
    );
    if (!changed && (await findWork(db, existing.row.id))?.status === "REMOVED")
      throw new WorkRemoved("workId");
    const work = changed && (await reader.find(userId, changed.id));
    if (!work) throw new NotFound("workId");
    bus.publish(workChanged, { workId: work.row.id });
    return work;
  }

  listOfUser(viewerId: string | null, authorId: string, args: PageArgs): Promise<Connection<Work>> {
    return this.read(this.ofUser, viewerId, args, { author_id: authorId });
  }

  listRemixes(viewerId: string | null, workId: string, args: PageArgs): Promise<Connection<Work>> {
    return this.read(this.remixes, viewerId, args, { source_id: workId });
  }

  listOwn(viewerId: string, args: PageArgs & { status: WorkStatus[] | null }): Promise<Connection<Work>> {
    const filters = { status: args.status && { statuses: args.status.join() } };
    return this.read(this.own, viewerId, args, {}, filters);
  }

  listFavorites(viewerId: string, args: PageArgs): Promise<Connection<Work>> {
    return this.read(this.favorites, viewerId, args);
  }

  listLiked(viewerId: string, args: PageArgs): Promise<Connection<Work>> {
    return this.read(this.liked, viewerId, args);
  }

  /** For request loaders: the works of a viewer's own videos, by the videos' bare UUIDs. */
  readonly loadByVideos = async (videoIds: readonly string[]): Promise<Map<string, Work>> => {
    const rows = await worksOfVideos(this.deps.db, videoIds);
    const found = await Promise.all(rows.map(({ id, userId }) => this.find(userId, id)));
    return new Map(found.flatMap((work) => (work ? [[work.row.videoId, work]] : [])));
  };

  /** For request loaders: sums over the works of users, by bare UUIDs. */
  readonly loadStatsOfUsers = async (userIds: readonly string[]): Promise<Map<string, UserWorkStats>> => {
    const rows = await workStatsOfUsers(this.deps.db, userIds);
    return new Map(rows.map((row) => [row.userId, row]));
  };

  /** For `node` and `nodes`. */
  readonly findNode: NodeFinder = (workId, viewer) => this.find(viewer.userId, workId);

  /** The URL stays the same all day, so that browsers can cache the file. */
  async previewUrl(work: Work): Promise<string> {
    const video = await this.privateVideoOf(work);
    return video ? this.deps.videos.previewUrl(video) : this.linkTo(publicPreviewKey(publicationOf(work)));
  }

  async thumbnailUrl(work: Work, size: ThumbnailName): Promise<string> {
    const video = await this.privateVideoOf(work);
    return video
      ? this.deps.videos.thumbnailUrl(video, size)
      : this.linkTo(publicStillKey(publicationOf(work), size));
  }

  /** A work without public files shows its author's video, to its author alone. */
  private async privateVideoOf({ row, isOwn }: Work): Promise<Video | null> {
    return isOwn && row.publicationId === null ? this.deps.videos.find(row.userId, row.videoId) : null;
  }

  shareUrl({ id }: Work): string {
    return `${this.deps.shareUrlBase()}${id}`;
  }

  /** Throws BadUserInput for a bad `first` or `after`. */
  private async read(
    list: BatchedList<typeof works>,
    viewerId: string | null,
    args: PageArgs,
    params: Record<string, unknown> = {},
    filters: Record<string, Record<string, unknown> | null> = {},
  ): Promise<Connection<Work>> {
    const { lists, reader } = this.deps;
    const request = {
      params: { viewer_id: viewerId, ...params },
      filters,
      page: readPage(args),
      fields: noFields,
    };
    return lists.read(
      viewerId ? [viewerId] : [],
      (db) => reader.readPage(viewerId, db, () => list.read(db, request, ({ id }) => id)),
      { committedByMs: performance.now() - listAgeMaxMs },
    );
  }

  private linkTo(key: string): Promise<string> {
    return this.deps.storage.linkTo(key, { expiresAt: endOfTomorrow(this.deps.clock.now()) });
  }
}

/**
 * The answer to a payment has the work even if it has gone meanwhile. Its links are then dead, like those that were handed
 * out before: no publication has the work's own id.
 */
function publicationOf({ row: { id, publicationId } }: Work): Publication {
  return { workId: id, publicationId: publicationId ?? id };
}
