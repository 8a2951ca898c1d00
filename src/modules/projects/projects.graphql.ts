import { Field, ID, InputType, ObjectType } from "type-graphql";
import { connectionTypes } from "../../platform/graphql/connection.js";
import { Node } from "../../platform/graphql/node.js";
import { DateTime } from "../../platform/graphql/scalars.js";
import type { FieldColumns } from "../../platform/lists/list-query.js";
import { projectPrefix } from "./projects.ids.js";
import type { ProjectRow } from "./projects.repository.js";

/** `videos` and `videoCount` are read by the project's owner. */
export const projectFieldColumns: FieldColumns = { videos: ["userId"], videoCount: ["userId"] };

@ObjectType({
  implements: Node,
  simpleResolvers: true,
  description: "A folder for videos. A video is in at most one project.",
})
export class Project extends Node {
  @Field(() => String, { description: "1 to 100 characters." })
  name: string;

  @Field(() => String, { description: "At most 1000 characters. May be empty." })
  description: string;

  @Field(() => DateTime, { description: "Time of creation." })
  createdAt: Date;

  @Field(() => DateTime, { description: "Time of the last change of name or description." })
  updatedAt: Date;

  constructor(readonly row: ProjectRow) {
    super();
    this.id = projectPrefix.toPublicId(row.id);
    this.name = row.name;
    this.description = row.description;
    this.createdAt = row.createdAt;
    this.updatedAt = row.updatedAt;
  }

  static of(row: ProjectRow): Project {
    return new Project(row);
  }
}

export const { Connection: ProjectConnection } = connectionTypes(Project);

@InputType({ description: "Input of createProject." })
export class CreateProjectInput {
  @Field(() => String, { description: "1 to 100 characters after trimming." }) name!: string;
  @Field(() => String, { defaultValue: "", description: "At most 1000 characters after trimming." })
  description!: string;
}

@InputType({ description: "Input of updateProject. Omitted fields stay unchanged." })
export class UpdateProjectInput {
  @Field(() => ID, { description: "A project of the viewer." }) projectId!: string;
  @Field(() => String, { nullable: true, description: "1 to 100 characters after trimming." })
  name?: string | null;
  @Field(() => String, { nullable: true, description: "At most 1000 characters after trimming." })
  description?: string | null;
}

@InputType({ description: "Input of deleteProject." })
export class DeleteProjectInput {
  @Field(() => ID, { description: "A project of the viewer. Its videos are not deleted." })
  projectId!: string;
}

@ObjectType({ simpleResolvers: true, description: "Result of createProject and updateProject." })
export class ProjectPayload {
  @Field(() => Project, { description: "The project after the change." }) project!: Project;
}

@ObjectType({ simpleResolvers: true, description: "Result of deleteProject." })
export class DeleteProjectPayload {
  @Field(() => ID, { description: "The id of the deleted project." }) deletedProjectId!: string;
}
