import { Field, ID, InputType, ObjectType } from "type-graphql";
import { type Connection, PageInfo } from "../../platform/graphql/connection.js";
import { Node } from "../../platform/graphql/node.js";
import { DateTime } from "../../platform/graphql/scalars.js";
import { publicId } from "../../platform/ids.js";
import type { ProjectRow } from "./projects.repository.js";

@ObjectType({
  implements: Node,
  simpleResolvers: true,
  description: "Videos that belong together. A video is in one project or in none.",
})
export class Project extends Node {
  row!: ProjectRow;
  @Field(() => String, { description: "1 to 100 characters." }) name!: string;
  @Field(() => String, { description: "At most 1000 characters; may be empty." }) description!: string;
  @Field(() => DateTime) createdAt!: Date;
  @Field(() => DateTime, { description: "When its name or description changed last." }) updatedAt!: Date;

  static of(row: ProjectRow): Project {
    const { name, description, createdAt, updatedAt } = row;
    const id = publicId("project", row.id);
    return Object.assign(new Project(), { id, row, name, description, createdAt, updatedAt });
  }
}

@ObjectType({ simpleResolvers: true })
export class ProjectEdge {
  @Field(() => String) cursor!: string;
  @Field(() => Project) node!: Project;
}

@ObjectType({ simpleResolvers: true })
export class ProjectConnection implements Connection<Project> {
  @Field(() => [ProjectEdge]) edges!: ProjectEdge[];
  @Field(() => [Project]) nodes!: Project[];
  @Field(() => PageInfo) pageInfo!: PageInfo;
}

@InputType()
export class CreateProjectInput {
  @Field(() => String, { description: "1 to 100 characters after trimming." }) name!: string;
  @Field(() => String, { defaultValue: "", description: "At most 1000 characters after trimming." })
  description!: string;
}

@InputType({ description: "What is left out stays as it is." })
export class UpdateProjectInput {
  @Field(() => ID) projectId!: string;
  @Field(() => String, { nullable: true, description: "1 to 100 characters after trimming." })
  name?: string | null;
  @Field(() => String, { nullable: true, description: "At most 1000 characters after trimming." })
  description?: string | null;
}

@InputType()
export class DeleteProjectInput {
  @Field(() => ID, { description: "Its videos stay and belong to no project." }) projectId!: string;
}

@ObjectType({ simpleResolvers: true })
export class ProjectPayload {
  @Field(() => Project) project!: Project;
}

@ObjectType({ simpleResolvers: true })
export class DeleteProjectPayload {
  @Field(() => ID) deletedProjectId!: string;
}
