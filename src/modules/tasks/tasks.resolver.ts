import type { GraphQLResolveInfo } from "graphql";
import {
  Arg,
  Ctx,
  FieldResolver,
  ID,
  Info,
  Int,
  Mutation,
  Query,
  Resolver,
  Root,
  Subscription,
} from "type-graphql";
import type { Connection } from "../../platform/graphql/connection.js";
import { subscribedByMethod } from "../../platform/graphql/optimize-schema.js";
import { CurrentViewer, type RequestContext, type Viewer } from "../../platform/graphql/request-context.js";
import { requestedNodeFields } from "../../platform/graphql/requested-fields.js";
import { DateTime } from "../../platform/graphql/scalars.js";
import { Media, type MediaService } from "../media/index.js";
import { Project, type ProjectsService } from "../projects/index.js";
import { Video, type VideosService } from "../videos/index.js";
import { LedgerEntry } from "../wallet/index.js";
import type { TaskFeed } from "./task-feed.js";
import { type FailureCode, failureTexts } from "./tasks.errors.js";
import {
  CancelTaskInput,
  CancelTaskPayload,
  CreateTaskInput,
  CreateTaskPayload,
  CreateTasksInput,
  CreateTasksPayload,
  RetryTaskInput,
  Task,
  TaskConnection,
  TaskFailure,
  TaskFailureCode,
  TaskFilter,
} from "./tasks.graphql.js";
import type { TasksService } from "./tasks.service.js";

@Resolver(() => Task)
export class TasksResolver {
  constructor(
    private readonly tasks: TasksService,
    private readonly feed: TaskFeed,
    private readonly videos: VideosService,
    private readonly projects: ProjectsService,
    private readonly media: MediaService,
  ) {}

  @Query(() => Task, {
    nullable: true,
    description: "Null if the viewer has no task with this id.",
  })
  task(@Arg("id", () => ID) id: string, @CurrentViewer() viewer: Viewer): Promise<Task | null> {
    return this.tasks.findByPublicId(viewer.userId, id);
  }

  @Query(() => TaskConnection, { name: "tasks", description: "The viewer's own tasks, newest first." })
  listTasks(
    @Arg("first", () => Int, { nullable: true, defaultValue: 20 }) first: number | null,
    @Arg("after", () => String, { nullable: true }) after: string | null,
    @Arg("filter", () => TaskFilter, { nullable: true }) filter: TaskFilter | null,
    @CurrentViewer() viewer: Viewer,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Connection<Task>> {
    const args = { first, after: after ?? null, filter: filter ?? null };
    return this.tasks.list(viewer.userId, args, requestedNodeFields(info));
  }

  @Mutation(() => CreateTaskPayload, {
    description: "Holds the price and orders a video. Subscribe to taskStatus for its progress.",
  })
  createTask(
    @Arg("input", () => CreateTaskInput) input: CreateTaskInput,
    @CurrentViewer() viewer: Viewer,
  ): Promise<CreateTaskPayload> {
    return this.tasks.create(viewer.userId, input);
  }

  @Mutation(() => CreateTasksPayload, {
    description: "1 to 20 tasks, paid for in one transaction: all are created or none.",
  })
  createTasks(
    @Arg("input", () => CreateTasksInput) input: CreateTasksInput,
    @CurrentViewer() viewer: Viewer,
  ): Promise<CreateTasksPayload> {
    return this.tasks.createBatch(viewer.userId, input);
  }

  @Mutation(() => CancelTaskPayload, {
    description:
      "Cancels a task that is NOT_START or QUEUED; later it is CONFLICT. A canceled task is returned unchanged.",
  })
  cancelTask(
    @Arg("input", () => CancelTaskInput) { taskId }: CancelTaskInput,
    @CurrentViewer() viewer: Viewer,
  ): Promise<CancelTaskPayload> {
    return this.tasks.cancel(viewer.userId, taskId);
  }

  @Mutation(() => CreateTaskPayload, {
    description: "A new task with the settings of one that failed or was canceled.",
  })
  retryTask(
    @Arg("input", () => RetryTaskInput) input: RetryTaskInput,
    @CurrentViewer() viewer: Viewer,
  ): Promise<CreateTaskPayload> {
    return this.tasks.retry(viewer.userId, input);
  }

  @Subscription(() => Task, {
    description: "The current task at once, then after every change. Completes after the final status.",
    subscribe: subscribedByMethod,
  })
  taskStatus(
    @Arg("taskId", () => ID) taskId: string,
    @CurrentViewer() viewer: Viewer,
  ): Promise<AsyncIterable<Task>> {
    return this.feed.watchTask(viewer.userId, taskId);
  }

  @Subscription(() => Task, {
    description: "Every change to any of the viewer's tasks, from now on.",
    subscribe: subscribedByMethod,
  })
  myTaskStatus(@CurrentViewer() viewer: Viewer): Promise<AsyncIterable<Task>> {
    return this.feed.watchUser(viewer.userId);
  }

  @FieldResolver(() => Project, {
    nullable: true,
    description: "The video's project. Null if there is none or it was deleted.",
  })
  async project(@Root() { row }: Task, @Ctx() { loaders }: RequestContext): Promise<Project | null> {
    return row.projectId ? loaders.get(this.projects.loadByIds).load(row.projectId) : null;
  }

  @FieldResolver(() => Media, { nullable: true, description: "The image that the video starts from." })
  async referenceImage(@Root() { row }: Task, @Ctx() { loaders }: RequestContext): Promise<Media | null> {
    return row.referenceImageId ? loaders.get(this.media.loadByIds).load(row.referenceImageId) : null;
  }

  @FieldResolver(() => TaskFailure, { nullable: true, description: "Set when status is FAILURE." })
  failure(@Root() { row }: Task, @Ctx() context: RequestContext): TaskFailure | null {
    const code = row.failureCode as FailureCode | null;
    return code && { code: TaskFailureCode[code], message: failureTexts[code][context.language] };
  }

  @FieldResolver(() => Video, {
    nullable: true,
    description: "Set when status is SUCCESS: the file has been stored and checked, and is ready to play.",
  })
  async video(@Root() { row }: Task, @Ctx() { loaders }: RequestContext): Promise<Video | null> {
    return row.status === "SUCCESS" ? loaders.get(this.videos.loadByTask).load(row.id) : null;
  }

  @FieldResolver(() => [LedgerEntry], {
    description: "Every transfer of credits for this task, oldest first.",
  })
  entries(@Root() task: Task, @Ctx() { loaders }: RequestContext): Promise<LedgerEntry[]> {
    return this.tasks.entriesOf(task, loaders);
  }

  @FieldResolver(() => DateTime, {
    nullable: true,
    description:
      "An estimate from the durations of recent similar tasks. Null without such tasks, and once the task has ended.",
  })
  estimatedFinishAt(@Root() task: Task, @Ctx() { loaders }: RequestContext): Promise<Date | null> {
    return this.tasks.estimatedFinishOf(task, loaders);
  }
}
