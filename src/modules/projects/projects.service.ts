import { sql } from "drizzle-orm";
import { RowLoader } from "../../platform/async/batcher.js";
import type { Clock } from "../../platform/base/clock.js";
import { NotFound } from "../../platform/base/common-errors.js";
import { parseText } from "../../platform/base/validation.js";
import type { Db } from "../../platform/db/index.js";
import { type Connection, type PageArgs, readPage } from "../../platform/graphql/connection.js";
import type { RequestedFields } from "../../platform/graphql/requested-fields.js";
import { newUuid } from "../../platform/ids/ids.js";
import { BatchedList, newestFirst } from "../../platform/lists/batched-list.js";
import type { ReadRouter } from "../../platform/lists/read-router.js";
import {
  type CreateProjectInput,
  Project,
  projectFieldColumns,
  type UpdateProjectInput,
} from "./projects.graphql.js";
import { projectPrefix } from "./projects.ids.js";
import {
  insertProject,
  isLiveProject,
  type ProjectChange,
  type ProjectRow,
  projectsByIds,
  updateProject,
} from "./projects.repository.js";
import { projects } from "./projects.tables.js";

const nameLength = { min: 1, max: 100 };
const descriptionLength = { min: 0, max: 1000 };

interface ProjectsDependencies {
  db: Db;
  lists: ReadRouter;
  clock: Clock;
}

/** Reads and changes projects for their owners. */
export class ProjectsService {
  private readonly projectLoader: RowLoader<ProjectRow>;
  private readonly userProjects = new BatchedList({
    table: projects,
    params: { user_id: "uuid" },
    where: sql`${projects.userId} = request.user_id and ${isLiveProject}`,
    order: newestFirst(projects.createdAt, projects.id),
    fieldColumns: projectFieldColumns,
  });

  constructor(private readonly deps: ProjectsDependencies) {
    this.projectLoader = new RowLoader((ids) => projectsByIds(deps.db, ids));
  }

  /** Throws BadUserInput. */
  async create(userId: string, input: CreateProjectInput): Promise<Project> {
    const now = this.deps.clock.now();
    const row = await insertProject(this.deps.db, {
      id: newUuid(),
      userId,
      name: parseText("name", input.name, nameLength),
      description: parseText("description", input.description, descriptionLength),
      createdAt: now,
      updatedAt: now,
    });
    return Project.of(row);
  }

  /** An empty change does not touch `updatedAt`. Throws BadUserInput and NotFound. */
  async update(userId: string, input: UpdateProjectInput): Promise<Project> {
    const change: ProjectChange = {};
    if (input.name != null) change.name = parseText("name", input.name, nameLength);
    if (input.description != null) {
      change.description = parseText("description", input.description, descriptionLength);
    }
    const uuid = readId(input.projectId);
    if (Object.keys(change).length === 0) return (await this.find(userId, uuid)) ?? notFound();
    const row = await updateProject(this.deps.db, userId, uuid, {
      ...change,
      updatedAt: this.deps.clock.now(),
    });
    return row ? Project.of(row) : notFound();
  }

  /** Deletes a project and returns its public id. Its videos and tasks stay, without a project. Throws NotFound. */
  async delete(userId: string, id: string): Promise<string> {
    const uuid = readId(id);
    const deletedAt = this.deps.clock.now();
    const deleted = await updateProject(this.deps.db, userId, uuid, { deletedAt, name: "", description: "" });
    return deleted ? projectPrefix.toPublicId(uuid) : notFound();
  }

  /** Null if the project does not exist, is deleted or belongs to another user. */
  async find(userId: string, uuid: string): Promise<Project | null> {
    const project = (await this.loadByIds([uuid])).get(uuid);
    return project?.row.userId === userId ? project : null;
  }

  async findByPublicId(userId: string, id: string): Promise<Project | null> {
    const uuid = projectPrefix.toUuid(id);
    return uuid ? this.find(userId, uuid) : null;
  }

  async list(userId: string, args: PageArgs, fields: RequestedFields): Promise<Connection<Project>> {
    const request = { params: { user_id: userId }, page: readPage(args), fields };
    return this.deps.lists.read([userId], (db) => this.userProjects.read(db, request, Project.of));
  }

  /** For request loaders: projects of any user by bare UUID, without deleted ones. */
  readonly loadByIds = async (ids: readonly string[]): Promise<Map<string, Project>> => {
    const rows = await this.projectLoader.loadMany(ids);
    return new Map(rows.map((row) => [row.id, Project.of(row)]));
  };
}

function readId(id: string): string {
  return projectPrefix.toUuid(id) ?? notFound();
}

function notFound(): never {
  throw new NotFound("projectId");
}
