import type { AnyJobHandler } from "../../platform/jobs/jobs.js";
import { askLateAnswers } from "./reconcile/reconcile-attempts.js";
import { cancelAtVendor } from "./steps/cancel-task.js";
import { checkTask } from "./steps/check-task.js";
import { takeInVideo } from "./steps/ingest-video.js";
import { submitTask } from "./steps/submit-task.js";
import { sweepTasks } from "./steps/sweep-tasks.js";
import type { WorkerSaga } from "./tasks.context.js";
import {
  cancelAtVendorQueue,
  checkQueue,
  lateAnswersQueue,
  submitQueue,
  sweepQueue,
  takeInQueue,
} from "./tasks.jobs.js";

type TaskJob<Count extends string> = { taskId: string } & Record<Count, number>;

/** Which step runs which job. */
export function taskJobHandlers(saga: WorkerSaga): AnyJobHandler[] {
  return [
    { queue: submitQueue, run: (job: TaskJob<"tries">) => submitTask(saga, job) },
    { queue: checkQueue, run: (job: TaskJob<"looks">) => checkTask(saga, job) },
    { queue: takeInQueue, run: (job: TaskJob<"tries">) => takeInVideo(saga, job) },
    { queue: cancelAtVendorQueue, run: (job: { taskId: string }) => cancelAtVendor(saga, job) },
    { queue: sweepQueue, run: () => sweepTasks(saga), cron: "* * * * *" },
    {
      queue: lateAnswersQueue,
      run: async () => void (await askLateAnswers(saga, saga.clock.now())),
      cron: "*/5 * * * *",
    },
  ];
}
