import type { GraphQLResolveInfo } from "graphql";
import { Arg, ID, Info, Int, Mutation, Query, Resolver } from "type-graphql";
import type { Connection } from "../../platform/graphql/connection.js";
import { CurrentViewer, type Viewer } from "../../platform/graphql/request-context.js";
import { requestedNodeFields } from "../../platform/graphql/requested-fields.js";
import {
  CreateProjectInput,
  DeleteProjectInput,
  DeleteProjectPayload,
  Project,
  ProjectConnection,
  ProjectPayload,
  UpdateProjectInput,
} from "./projects.graphql.js";
import type { ProjectsService } from "./projects.service.js";

@Resolver()
export class ProjectsResolver {
  constructor(private readonly service: ProjectsService) {}

  @Query(() => Project, {
    nullable: true,
    description: "Null if the project does not exist or belongs to another user.",
  })
  project(@Arg("id", () => ID) id: string, @CurrentViewer() viewer: Viewer): Promise<Project | null> {
    return this.service.findByPublicId(viewer.userId, id);
  }

  @Query(() => ProjectConnection, { description: "Projects of the viewer, newest first." })
  projects(
    @CurrentViewer() viewer: Viewer,
    @Arg("first", () => Int, { nullable: true, defaultValue: 20 }) first: number | null,
    @Arg("after", () => String, { nullable: true }) after: string | null,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Connection<Project>> {
    return this.service.list(viewer.userId, { first, after: after ?? null }, requestedNodeFields(info));
  }

  @Mutation(() => ProjectPayload, { description: "Creates an empty project." })
  async createProject(
    @CurrentViewer() viewer: Viewer,
    @Arg("input", () => CreateProjectInput) input: CreateProjectInput,
  ): Promise<ProjectPayload> {
    return { project: await this.service.create(viewer.userId, input) };
  }

  @Mutation(() => ProjectPayload, { description: "Updates name or description of a project." })
  async updateProject(
    @CurrentViewer() viewer: Viewer,
    @Arg("input", () => UpdateProjectInput) input: UpdateProjectInput,
  ): Promise<ProjectPayload> {
    return { project: await this.service.update(viewer.userId, input) };
  }

  @Mutation(() => DeleteProjectPayload, {
    description: "Deletes a project. Its videos and tasks stay, without a project.",
  })
  async deleteProject(
    @CurrentViewer() viewer: Viewer,
    @Arg("input", () => DeleteProjectInput) { projectId }: DeleteProjectInput,
  ): Promise<DeleteProjectPayload> {
    return { deletedProjectId: await this.service.delete(viewer.userId, projectId) };
  }
}
