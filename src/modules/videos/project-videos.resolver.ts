import type { GraphQLResolveInfo } from "graphql";
import { Arg, Ctx, FieldResolver, Info, Int, Resolver, Root } from "type-graphql";
import { fieldsOfNodes } from "../../platform/graphql/asked-fields.js";
import type { Connection } from "../../platform/graphql/connection.js";
import type { RequestContext } from "../../platform/graphql/request-context.js";
import { Project, type ProjectsService } from "../projects/index.js";
import type { ProjectVideosService } from "./project-videos.service.js";
import { Video, VideoConnection } from "./videos.graphql.js";

/** A project's videos: projects know no videos, so these fields are added here. */
@Resolver(() => Project)
export class ProjectVideosResolver {
  constructor(private readonly service: ProjectVideosService) {}

  @FieldResolver(() => Int, { description: "Videos in it, deleted ones left out." })
  videoCount(@Root() project: Project, @Ctx() { loaders }: RequestContext): Promise<number> {
    return this.service.countOf(project, loaders);
  }

  @FieldResolver(() => VideoConnection, { description: "Its videos, newest first." })
  videos(
    @Root() project: Project,
    @Arg("first", () => Int, { nullable: true, defaultValue: 20 }) first: number | null,
    @Arg("after", () => String, { nullable: true }) after: string | null,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Connection<Video>> {
    return this.service.listOf(project, { first, after: after ?? null }, fieldsOfNodes(info));
  }
}

@Resolver(() => Video)
export class VideoProjectResolver {
  constructor(private readonly projects: ProjectsService) {}

  @FieldResolver(() => Project, { nullable: true, description: "The project that it is in." })
  async project(@Root() { row }: Video, @Ctx() { loaders }: RequestContext): Promise<Project | null> {
    return row.projectId ? loaders.get(this.projects.loadByIds).load(row.projectId) : null;
  }
}
