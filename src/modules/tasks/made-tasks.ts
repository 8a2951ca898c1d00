import type { Tx } from "../../platform/db/index.js";
import { newUuid } from "../../platform/ids/ids.js";
import { hold, settle } from "../wallet/index.js";
import type { TaskRow } from "./tasks.repository.js";
import { taskAttempts, tasks } from "./tasks.tables.js";

export type MadeTask = Pick<
  TaskRow,
  "id" | "userId" | "prompt" | "durationSec" | "ratio" | "model" | "costCredits" | "createdAt" | "finishedAt"
>;

/** No worker has this id. */
const noSender = 0;

/**
 * For development data: a paid task that has ended with a video, although no vendor received it. It never has a job,
 * so no worker sends it anywhere. The caller inserts the video in the same transaction. Throws InsufficientCredits.
 */
export async function insertMadeTask(tx: Tx, task: MadeTask): Promise<void> {
  const { id, userId, prompt, costCredits, createdAt, finishedAt } = task;
  await hold(tx, [{ userId, taskId: id, credits: costCredits }]);
  await tx.insert(tasks).values({
    ...task,
    ...{ hd: false, status: "SUCCESS", progress: 100 },
    ...{ submittedAt: createdAt, startedAt: createdAt },
  });
  await tx.insert(taskAttempts).values({
    ...{ id: newUuid(), taskId: id, senderId: noSender, outcome: "ACCEPTED" },
    ...{ vendor: "development-data", vendorModel: "film", vendorTaskId: id },
    ...{ sent: { prompt }, startedAt: createdAt, endedAt: finishedAt },
  });
  await settle(tx, id);
}
