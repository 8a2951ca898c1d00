import { Ctx, FieldResolver, Resolver, Root } from "type-graphql";
import type { RequestContext } from "../../platform/graphql/request-context.js";
import { Video } from "../videos/index.js";
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
