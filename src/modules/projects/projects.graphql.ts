import { Field, ID, InputType, ObjectType } from "type-graphql";
import { connectionTypes } from "../../platform/graphql/connection.js";
import { Node } from "../../platform/graphql/node.js";
import { DateTime } from "../../platform/graphql/scalars.js";
import type { FieldColumns } from "../../platform/lists/list-query.js";
import { projectPrefix } from "./projects.ids.js";
import type { ProjectRow } from "./projects.repository.js";

/** `videos` and `videoCount` are of the project's owner. */
export const projectFieldColumns: FieldColumns = { videos: ["userId"], videoCount: ["userId"] };

@ObjectType({
  implements: Node,
  simpleResolvers: true,
  description: "Videos that belong together. A video is in one project or in none.",
})
export class Project extends Node {
  @Field(() => String, { description: "1 to 100 characters." })
  name: string;

  @Field(() => String, { description: "At most 1000 characters; may be empty." })
  description: string;

  @Field(() => DateTime, { description: "When it was made." })
  createdAt: Date;

  @Field(() => DateTime, { description: "When its name or description changed last." })
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

@InputType({ description: "A new project." })
export class CreateProjectInput {
  @Field(() => String, { description: "1 to 100 characters after trimming." }) name!: string;
  @Field(() => String, { defaultValue: "", description: "At most 1000 characters after trimming." })
  description!: string;
}

@InputType({ description: "What is left out stays as it is." })
export class UpdateProjectInput {
  @Field(() => ID, { description: "One's own project." }) projectId!: string;
  @Field(() => String, { nullable: true, description: "1 to 100 characters after trimming." })
  name?: string | null;
  @Field(() => String, { nullable: true, description: "At most 1000 characters after trimming." })
  description?: string | null;
}

@InputType({ description: "What to delete." })
export class DeleteProjectInput {
  @Field(() => ID, { description: "Its videos stay and belong to no project." }) projectId!: string;
}

@ObjectType({ simpleResolvers: true, description: "The project as it is now." })
export class ProjectPayload {
  @Field(() => Project, { description: "As it is now." }) project!: Project;
}

@ObjectType({ simpleResolvers: true, description: "What is gone." })
export class DeleteProjectPayload {
  @Field(() => ID, { description: "The id that was asked for." }) deletedProjectId!: string;
}
