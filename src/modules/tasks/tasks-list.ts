import { isNull, sql } from "drizzle-orm";
import { BatchedList, newestFirst } from "../../platform/lists/batched-list.js";
import { isLiveProject, projectPrefix } from "../projects/index.js";
import { projects } from "../projects/projects.tables.js";
import { isFinal } from "./task-states.js";
import { type TaskFilter, taskFieldColumns } from "./tasks.graphql.js";
import { batchPrefix } from "./tasks.ids.js";
import { taskVideoRelation } from "./tasks.relations.js";
import { tasks } from "./tasks.tables.js";

/** A user's tasks, newest first. */
export function tasksOfUser(): BatchedList<typeof tasks> {
  return new BatchedList({
    table: tasks,
    params: { user_id: "uuid" },
    where: sql`${tasks.userId} = request.user_id`,
    filters: {
      status: {
        params: { statuses: "text" },
        where: sql`${tasks.status} = any(string_to_array(request.statuses, ',')::task_status[])`,
        isRare: true,
      },
      // Follows from the status, and lets PostgreSQL use the index of unfinished tasks.
      unfinished: { params: {}, where: isNull(tasks.finishedAt) },
      project: {
        params: { project_id: "uuid" },
        // A deleted project has no tasks, even if tasks still reference it.
        where: sql`${tasks.projectId} = request.project_id and exists (
          select from ${projects} where ${projects.id} = ${tasks.projectId} and ${isLiveProject})`,
        isRare: true,
      },
      batch: { params: { batch_id: "uuid" }, where: sql`${tasks.batchId} = request.batch_id`, isRare: true },
    },
    order: newestFirst(tasks.createdAt, tasks.id),
    relations: [taskVideoRelation],
    fieldColumns: taskFieldColumns,
  });
}

/** The list's filters for a client's filter; null if an id in it is not one, so that no task can match. */
export function toFilters(filter: TaskFilter | null) {
  const { status, projectId, batchId } = filter ?? {};
  const project = projectId == null ? null : { project_id: projectPrefix.toUuid(projectId) };
  const batch = batchId == null ? null : { batch_id: batchPrefix.toUuid(batchId) };
  if (project?.project_id === null || batch?.batch_id === null) return null;
  return {
    status: status == null ? null : { statuses: status.join() },
    unfinished: status?.every((each) => !isFinal(each)) ? {} : null,
    project,
    batch,
  };
}
