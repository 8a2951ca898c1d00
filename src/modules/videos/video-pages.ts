import { isNull, sql } from "drizzle-orm";
import type { AskedFields } from "../../platform/graphql/asked-fields.js";
import type { Connection, Page } from "../../platform/graphql/connection.js";
import { type Companion, ListPages } from "../../platform/reads/list-pages.js";
import type { ListReads } from "../../platform/reads/list-reads.js";
import { isLiveProject, Project } from "../projects/index.js";
import { projects } from "../projects/projects.tables.js";
import { Video } from "./videos.graphql.js";
import { videos } from "./videos.tables.js";

const projectOfVideo: Companion = {
  field: "project",
  table: projects,
  on: sql`${projects.id} = ${videos.projectId} and ${isLiveProject}`,
  toNode: Project.of,
};

/** A project that is deleted or somebody else's has no videos, whatever still points to it. */
const liveProjectAsked = sql`select from ${projects} where ${projects.id} = asked.within
  and ${projects.userId} = asked.user_id and ${isLiveProject}`;

interface AskedVideos {
  userId: string;
  page: Page;
  /** Fields that the videos are asked for. */
  fields: AskedFields;
  /** A bare UUID; without one the list is of all the user's videos. */
  projectId?: string;
}

/** Lists of videos that are not deleted, newest first. */
export class VideoPages {
  private readonly ofUser: ListPages<typeof videos>;
  private readonly ofProject: ListPages<typeof videos>;

  /** `companions` are what others know of a video. */
  constructor(
    private readonly lists: ListReads,
    companions: readonly Companion[],
  ) {
    const list = {
      table: videos,
      where: isNull(videos.deletedAt),
      companions: [projectOfVideo, ...companions],
    };
    this.ofUser = new ListPages(list);
    this.ofProject = new ListPages({
      ...list,
      where: sql`${list.where} and exists (${liveProjectAsked})`,
      within: videos.projectId,
    });
  }

  read({ projectId, ...asked }: AskedVideos): Promise<Connection<Video>> {
    return this.lists.read([asked.userId], (db) =>
      projectId
        ? this.ofProject.read(db, { ...asked, within: projectId }, Video.of)
        : this.ofUser.read(db, asked, Video.of),
    );
  }
}
