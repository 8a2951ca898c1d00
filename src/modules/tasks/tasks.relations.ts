import { sql } from "drizzle-orm";
import type { JoinedRelation } from "../../platform/lists/list-query.js";
import { Video, videoFieldColumns } from "../videos/index.js";
import { videos } from "../videos/videos.tables.js";
import { Task, taskFieldColumns } from "./tasks.graphql.js";
import { tasks } from "./tasks.tables.js";

/** For lists of videos: the videos module must not import tasks. */
export const videoTaskRelation: JoinedRelation = {
  field: "task",
  table: tasks,
  on: sql`${tasks.id} = ${videos.taskId}`,
  fieldColumns: taskFieldColumns,
  toNode: Task.of,
};

export const taskVideoRelation: JoinedRelation = {
  field: "video",
  table: videos,
  on: sql`${videos.taskId} = ${tasks.id} and ${videos.deletedAt} is null and ${tasks.status} = 'SUCCESS'`,
  fieldColumns: videoFieldColumns,
  toNode: Video.of,
};
