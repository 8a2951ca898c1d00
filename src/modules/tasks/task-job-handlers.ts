import type { AnyJobHandler } from "../../platform/jobs/jobs.js";
import { reconcileAttempts } from "./reconcile/reconcile-attempts.js";
import { cancelAtVendor } from "./steps/cancel-task.js";
import { checkTask } from "./steps/check-task.js";
import { ingestVideo } from "./steps/ingest-video.js";
import { submitTask } from "./steps/submit-task.js";
import { sweepTasks } from "./steps/sweep-tasks.js";
import type { WorkerContext } from "./tasks.context.js";
import {
  cancelAtVendorQueue,
  checkQueue,
  ingestQueue,
  reconcileQueue,
  submitQueue,
  sweepQueue,
} from "./tasks.jobs.js";

type TaskJob<Count extends string> = { taskId: string } & Record<Count, number>;

export function taskJobHandlers(context: WorkerContext): AnyJobHandler[] {
  return [
    { queue: submitQueue, run: (job: TaskJob<"tries">) => submitTask(context, job) },
    { queue: checkQueue, run: (job: TaskJob<"polls">) => checkTask(context, job) },
    { queue: ingestQueue, run: (job: TaskJob<"tries">) => ingestVideo(context, job) },
    { queue: cancelAtVendorQueue, run: (job: { taskId: string }) => cancelAtVendor(context, job) },
    { queue: sweepQueue, run: () => sweepTasks(context), cron: "* * * * *" },
    {
      queue: reconcileQueue,
      run: async () => void (await reconcileAttempts(context, context.clock.now())),
      cron: "*/5 * * * *",
    },
  ];
}
