import { type Connection, type PageArgs, readPage } from "../../platform/graphql/connection.js";
import type { Loaders } from "../../platform/graphql/request-context.js";
import type { RequestedFields } from "../../platform/graphql/requested-fields.js";
import type { ReadRouter } from "../../platform/lists/read-router.js";
import type { Project } from "../projects/index.js";
import { countVideosByProject, type OwnedProject } from "./project-videos.repository.js";
import type { VideoPages } from "./video-pages.js";
import type { Video } from "./videos.graphql.js";

/** Videos and video counts of projects. Any number of projects is read in one statement. */
export class ProjectVideosService {
  constructor(
    private readonly lists: ReadRouter,
    private readonly pages: VideoPages,
  ) {}

  async count({ row }: Project, loaders: Loaders): Promise<number> {
    const { id, userId } = row;
    return (await loaders.get(this.loadCounts).load(JSON.stringify({ id, userId }))) ?? 0;
  }

  /** Throws BadUserInput for a bad `first` or `after`. */
  list({ row }: Project, args: PageArgs, fields: RequestedFields): Promise<Connection<Video>> {
    const page = readPage(args);
    return this.pages.read({ userId: row.userId, projectId: row.id, page, fields });
  }

  private readonly loadCounts = async (keys: readonly string[]): Promise<Map<string, number>> => {
    const projects = keys.map((key) => JSON.parse(key) as OwnedProject);
    const counts = await this.lists.read(uniqueUserIds(projects), (db) => countVideosByProject(db, projects));
    return new Map(keys.map((key, index) => [key, counts[index] as number]));
  };
}

function uniqueUserIds(things: readonly { userId: string }[]): string[] {
  return [...new Set(things.map(({ userId }) => userId))];
}
