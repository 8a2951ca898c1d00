import { sql } from "drizzle-orm";
import type { Companion } from "../../platform/reads/list-pages.js";
import { Video } from "../videos/index.js";
import { videos } from "../videos/videos.tables.js";
import { Task } from "./tasks.graphql.js";
import { tasks } from "./tasks.tables.js";

/** For lists of videos, which know no tasks. */
export const taskOfVideo: Companion = {
  field: "task",
  table: tasks,
  on: sql`${tasks.id} = ${videos.taskId}`,
  toNode: Task.of,
};

export const videoOfTask: Companion = {
  field: "video",
  table: videos,
  on: sql`${videos.taskId} = ${tasks.id} and ${videos.deletedAt} is null and ${tasks.status} = 'SUCCESS'`,
  toNode: Video.of,
};
