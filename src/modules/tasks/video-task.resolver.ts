import { Ctx, FieldResolver, Resolver, Root } from "type-graphql";
import type { RequestContext } from "../../platform/graphql/request-context.js";
import { DeleteVideoPayload, MoveVideosPayload, Video } from "../videos/index.js";
import { Task } from "./tasks.graphql.js";
import type { TasksService } from "./tasks.service.js";

/** Adds the field here, because the videos module must not import tasks. */
@Resolver(() => Video)
export class VideoTaskResolver {
  constructor(private readonly tasks: TasksService) {}

  @FieldResolver(() => Task, { description: "The task that made the video." })
  task(@Root() { row }: Video, @Ctx() { loaders }: RequestContext): Promise<Task | null> {
    return loaders.get(this.tasks.loadTasks).load(row.taskId);
  }
}

@Resolver(() => MoveVideosPayload)
export class MovedVideosTasksResolver {
  constructor(private readonly service: TasksService) {}

  @FieldResolver(() => [Task], {
    description: "The videos' tasks in the same order. They move with their videos.",
  })
  tasks(@Root() { videos }: MoveVideosPayload, @Ctx() { loaders }: RequestContext): Promise<(Task | null)[]> {
    const loader = loaders.get(this.service.loadTasks);
    return Promise.all(videos.map(({ row }) => loader.load(row.taskId)));
  }
}

@Resolver(() => DeleteVideoPayload)
export class DeletedVideoTaskResolver {
  constructor(private readonly service: TasksService) {}

  @FieldResolver(() => Task, { description: "The task that made the deleted video." })
  task(@Root() { taskId }: DeleteVideoPayload, @Ctx() { loaders }: RequestContext): Promise<Task | null> {
    return loaders.get(this.service.loadTasks).load(taskId);
  }
}
