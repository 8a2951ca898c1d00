import type { GraphQLResolveInfo } from "graphql";
import { Arg, Ctx, FieldResolver, Info, Int, Resolver, Root } from "type-graphql";
import type { Connection } from "../../platform/graphql/connection.js";
import type { RequestContext } from "../../platform/graphql/request-context.js";
import { requestedNodeFields } from "../../platform/graphql/requested-fields.js";
import { Project, type ProjectsService } from "../projects/index.js";
import type { ProjectVideosService } from "./project-videos.service.js";
import { DeleteVideoPayload, MoveVideosPayload, Video, VideoConnection } from "./videos.graphql.js";

/** The projects module does not import videos, so these fields of Project are defined here. */
@Resolver(() => Project)
export class ProjectVideosResolver {
  constructor(private readonly service: ProjectVideosService) {}

  @FieldResolver(() => Int, { description: "Number of videos in the project, without deleted ones." })
  videoCount(@Root() project: Project, @Ctx() { loaders }: RequestContext): Promise<number> {
    return this.service.count(project, loaders);
  }

  @FieldResolver(() => VideoConnection, { description: "Videos in the project, newest first." })
  videos(
    @Root() project: Project,
    @Arg("first", () => Int, { nullable: true, defaultValue: 20 }) first: number | null,
    @Arg("after", () => String, { nullable: true }) after: string | null,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Connection<Video>> {
    return this.service.list(project, { first, after: after ?? null }, requestedNodeFields(info));
  }
}

@Resolver(() => Video)
export class VideoProjectResolver {
  constructor(private readonly projects: ProjectsService) {}

  @FieldResolver(() => Project, {
    nullable: true,
    description: "The project that contains the video, if any.",
  })
  async project(@Root() { row }: Video, @Ctx() { loaders }: RequestContext): Promise<Project | null> {
    return row.projectId ? loaders.get(this.projects.loadByIds).load(row.projectId) : null;
  }
}

@Resolver(() => MoveVideosPayload)
export class MovedVideosProjectsResolver {
  constructor(private readonly service: ProjectsService) {}

  @FieldResolver(() => [Project], { description: "All projects that lost or received a video." })
  async projects(
    @Root() { projectIds }: MoveVideosPayload,
    @Ctx() { loaders }: RequestContext,
  ): Promise<Project[]> {
    const loader = loaders.get(this.service.loadByIds);
    const found = await Promise.all(projectIds.map((id) => loader.load(id)));
    return found.filter((project) => project !== null);
  }
}

@Resolver(() => DeleteVideoPayload)
export class DeletedVideoProjectResolver {
  constructor(private readonly service: ProjectsService) {}

  @FieldResolver(() => Project, {
    nullable: true,
    description: "The project that contained the video, if any.",
  })
  async project(
    @Root() { projectId }: DeleteVideoPayload,
    @Ctx() { loaders }: RequestContext,
  ): Promise<Project | null> {
    return projectId ? loaders.get(this.service.loadByIds).load(projectId) : null;
  }
}
