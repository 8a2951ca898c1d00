import { z } from "zod";
import { wholeNumber } from "../../platform/base/settings.js";

export const tasksSettings = z.object({
  TASK_TIMEOUT_MS: wholeNumber(100)
    .default(2_700_000)
    .describe(
      "Time limit of a task from its creation, in milliseconds. After it, the task is checked once more, then ends as FAILURE/TIMEOUT with a refund.",
    ),
  MAX_CONCURRENT_TASKS: wholeNumber(1).default(20).describe("Unfinished tasks per user."),
  MAX_TASKS_PER_DAY: wholeNumber(1).default(200).describe("Tasks per user and UTC day."),
});

export type TasksSettings = z.output<typeof tasksSettings>;
