import { isNull, sql } from "drizzle-orm";
import type { Connection, Page } from "../../platform/graphql/connection.js";
import type { RequestedFields } from "../../platform/graphql/requested-fields.js";
import { BatchedList, newestFirst } from "../../platform/lists/batched-list.js";
import type { JoinedRelation } from "../../platform/lists/list-query.js";
import type { ReadRouter } from "../../platform/lists/read-router.js";
import { isLiveProject, Project, projectFieldColumns } from "../projects/index.js";
import { projects } from "../projects/projects.tables.js";
import { Video, videoFieldColumns } from "./videos.graphql.js";
import { videos } from "./videos.tables.js";

const projectOfVideo: JoinedRelation = {
  field: "project",
  table: projects,
  on: sql`${projects.id} = ${videos.projectId} and ${isLiveProject}`,
  fieldColumns: projectFieldColumns,
  toNode: Project.of,
};

/** A project that is deleted or belongs to another user has no videos, even if videos still refer to it. */
const requestedProject = sql`select from ${projects} where ${projects.id} = request.project_id
  and ${projects.userId} = request.user_id and ${isLiveProject}`;

interface VideosRequest {
  userId: string;
  page: Page;
  /** The requested fields of the videos. */
  fields: RequestedFields;
  /** A bare UUID. Without it, the list holds all videos of the user. */
  projectId?: string;
}

/** Pages of videos, newest first, without deleted ones. */
export class VideoPages {
  private readonly userVideos: BatchedList<typeof videos>;

  /** `relations` are fields of Video that other modules define. */
  constructor(
    private readonly lists: ReadRouter,
    relations: readonly JoinedRelation[],
  ) {
    this.userVideos = new BatchedList({
      table: videos,
      params: { user_id: "uuid" },
      where: sql`${videos.userId} = request.user_id and ${isNull(videos.deletedAt)}`,
      filters: {
        project: {
          params: { project_id: "uuid" },
          where: sql`${videos.projectId} = request.project_id and exists (${requestedProject})`,
        },
      },
      order: newestFirst(videos.createdAt, videos.id),
      relations: [projectOfVideo, ...relations],
      fieldColumns: videoFieldColumns,
    });
  }

  /** Throws BadUserInput for a cursor of another list. */
  read({ userId, projectId, page, fields }: VideosRequest): Promise<Connection<Video>> {
    const filters = { project: projectId ? { project_id: projectId } : null };
    const request = { params: { user_id: userId }, filters, page, fields };
    return this.lists.read([userId], (db) => this.userVideos.read(db, request, Video.of));
  }

  /** For a project that does not exist. Throws as `read` does. */
  empty(page: Page): Connection<Video> {
    return this.userVideos.empty(page);
  }
}
