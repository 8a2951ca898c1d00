import { crashPoint } from "../../../platform/crash-points.js";
import { span } from "../../../platform/tracing.js";
import { insertVideo, type VideoFacts } from "../../videos/index.js";
import { settle } from "../../wallet/index.js";
import { announceEnd, videoIdOf, type WorkerSaga } from "../saga.js";
import { moveTask, type TaskRow } from "../tasks.repository.js";

/** One transaction: the task is SUCCESS, the hold is revenue, the video is the user's. */
export function settleTask(saga: WorkerSaga, task: TaskRow, file: StoredFile): Promise<void> {
  return span("settle task", { attributes: { "skyriff.task_id": task.id } }, () =>
    settleOnce(saga, task, file),
  );
}

interface StoredFile {
  facts: VideoFacts;
  byteSize: number;
  sha256: string;
}

async function settleOnce(saga: WorkerSaga, task: TaskRow, file: StoredFile): Promise<void> {
  const finishedAt = saga.clock.now();
  const done = await saga.db.transaction(async (tx) => {
    const moved = await moveTask(tx, task.id, { to: "SUCCESS", progress: 100, finishedAt });
    if (!moved) return null;
    await settle(tx, task.id);
    crashPoint("settle-task.settled");
    await insertVideo(tx, {
      id: videoIdOf(task),
      userId: task.userId,
      taskId: task.id,
      projectId: task.projectId,
      durationSec: task.durationSec,
      ratio: task.ratio,
      width: file.facts.width,
      height: file.facts.height,
      byteSize: file.byteSize,
      sha256: file.sha256,
      createdAt: finishedAt,
    });
    return moved;
  });
  if (!done) return; // It ended otherwise meanwhile, and that ending stands.
  crashPoint("settle-task.committed");
  saga.logger.info({ taskId: task.id }, "a video is ready");
  announceEnd(saga, done);
}
