import { type Connection, connectionOf, cursorOf, readPage } from "../../platform/graphql/connection.js";
import type { Loaders } from "../../platform/graphql/request-context.js";
import type { ListReads } from "../../platform/reads/list-reads.js";
import type { Project } from "../projects/index.js";
import { countVideosByProject, type ProjectPage, pagesOfProjects } from "./project-videos.repository.js";
import { Video } from "./videos.graphql.js";
import type { VideoRow } from "./videos.repository.js";

/** What projects show of their videos: of any number of projects in one statement. */
export class ProjectVideosService {
  constructor(private readonly lists: ListReads) {}

  async countOf({ row }: Project, loaders: Loaders): Promise<number> {
    const { id, userId } = row;
    return (await loaders.get(this.loadCounts).load(JSON.stringify({ id, userId }))) ?? 0;
  }

  /** Throws BadUserInput for a bad `first` or `after`. */
  async listOf(
    { row }: Project,
    args: { first: number | null; after: string | null },
    loaders: Loaders,
  ): Promise<Connection<Video>> {
    const page = readPage(args.first, args.after);
    const asked = JSON.stringify({ userId: row.userId, projectId: row.id, ...args, first: page.first });
    const rows = (await loaders.get(this.loadPages).load(asked)) ?? [];
    return connectionOf(rows, page, cursorOf, Video.of);
  }

  private readonly loadCounts = async (keys: readonly string[]): Promise<Map<string, number>> => {
    const projects = keys.map((key) => JSON.parse(key) as { id: string; userId: string });
    const counts = await this.lists.read(usersOf(projects), (db) => countVideosByProject(db, projects));
    return new Map(keys.map((key, nth) => [key, counts.get(projects[nth]?.id ?? "") ?? 0]));
  };

  private readonly loadPages = async (keys: readonly string[]): Promise<Map<string, VideoRow[]>> => {
    const pages = keys.map(readKey);
    const found = await this.lists.read(usersOf(pages), (db) => pagesOfProjects(db, pages));
    return new Map(keys.map((key, nth) => [key, found[nth] ?? []]));
  };
}

function usersOf(things: readonly { userId: string }[]): string[] {
  return [...new Set(things.map(({ userId }) => userId))];
}

function readKey(key: string): ProjectPage {
  const { first, after, ...project } = JSON.parse(key);
  return { ...project, ...readPage(first, after) };
}
