import { z } from "zod";
import { wholeNumber } from "../../platform/base/settings.js";

export const tasksSettings = z.object({
  TASK_TIMEOUT_MS: wholeNumber(100)
    .default(2_700_000)
    .describe(
      "A task that has not ended so long after it was created is looked at once more, then ends as FAILURE/TIMEOUT and is refunded.",
    ),
  MAX_CONCURRENT_TASKS: wholeNumber(1).default(20).describe("Unfinished tasks per user."),
  MAX_TASKS_PER_DAY: wholeNumber(1).default(200).describe("Tasks per user and UTC day."),
});
