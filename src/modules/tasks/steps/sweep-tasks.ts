import { forgetOldKeys } from "../../../platform/idempotency.js";
import { forgetRecentWrites } from "../../../platform/reads/recent-writes.js";
import { forgetExpiredCounts } from "../../../platform/shared-counts.js";
import { lookExpectedIn, type WorkerSaga } from "../saga.js";
import { checkQueue, submitQueue } from "../tasks.jobs.js";
import { expectNextLook, overdueTasks } from "../tasks.repository.js";
import { forgetOldEvents } from "../vendor-events.repository.js";

const sweptAtOnceMax = 1_000;

/**
 * Gives a job to every unfinished task that should have been looked at by now and was not. The jobs
 * themselves end what is over its deadline; doubled jobs do no harm.
 */
export async function sweepTasks(saga: WorkerSaga): Promise<void> {
  const lost = await overdueTasks(saga.db, saga.clock.now(), sweptAtOnceMax);
  for (const { id: taskId, userId, status } of lost) {
    await saga.db.transaction(async (tx) => {
      await expectNextLook(tx, taskId, lookExpectedIn(saga, 0));
      const job = { group: userId, onceKey: taskId };
      if (status === "NOT_START") {
        await saga.jobs.enqueue(tx, submitQueue, [{ ...job, payload: { taskId, tries: 0 } }]);
      } else {
        await saga.jobs.enqueue(tx, checkQueue, [{ ...job, payload: { taskId, looks: 0 } }]);
      }
    });
  }
  if (lost.length > 0) {
    saga.logger.warn({ tasks: lost.length }, "tasks had lost their jobs and were given new ones");
    saga.jobs.announce(submitQueue);
    saga.jobs.announce(checkQueue);
  }
  await forgetOldKeys(saga.db, saga.clock.now());
  await forgetExpiredCounts(saga.db, saga.clock.now());
  await forgetOldEvents(saga.db, saga.clock.now());
  await forgetRecentWrites(saga.db, saga.clock.now());
}
