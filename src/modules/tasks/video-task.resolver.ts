import { Ctx, FieldResolver, Resolver, Root } from "type-graphql";
import type { RequestContext } from "../../platform/graphql/request-context.js";
import { DeleteVideoPayload, MoveVideosPayload, Video } from "../videos/index.js";
import { Task } from "./tasks.graphql.js";
import type { TasksService } from "./tasks.service.js";

/** A video's task: videos know no tasks, so the field is added here. */
@Resolver(() => Video)
export class VideoTaskResolver {
  constructor(private readonly tasks: TasksService) {}

  @FieldResolver(() => Task, { description: "The task that it was made by." })
  task(@Root() { row }: Video, @Ctx() { loaders }: RequestContext): Promise<Task | null> {
    return loaders.get(this.tasks.loadTasks).load(row.taskId);
  }
}

@Resolver(() => MoveVideosPayload)
export class MovedVideosTasksResolver {
  constructor(private readonly service: TasksService) {}

  @FieldResolver(() => [Task], { description: "The videos' tasks, which move with them, in the same order." })
  tasks(@Root() { videos }: MoveVideosPayload, @Ctx() { loaders }: RequestContext): Promise<(Task | null)[]> {
    const loader = loaders.get(this.service.loadTasks);
    return Promise.all(videos.map(({ row }) => loader.load(row.taskId)));
  }
}

@Resolver(() => DeleteVideoPayload)
export class DeletedVideoTaskResolver {
  constructor(private readonly service: TasksService) {}

  @FieldResolver(() => Task, { description: "The task that made it, without its video." })
  task(@Root() { taskId }: DeleteVideoPayload, @Ctx() { loaders }: RequestContext): Promise<Task | null> {
    return loaders.get(this.service.loadTasks).load(taskId);
  }
}
