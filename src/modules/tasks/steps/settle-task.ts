import { span } from "../../../platform/observability/tracing.js";
import type { FileDigests } from "../../../platform/storage/file-digest.js";
import {
  finishIngest,
  type Ingest,
  insertVideo,
  type StoredAiLabel,
  type VideoMetadata,
} from "../../videos/index.js";
import { settle } from "../../wallet/index.js";
import { announceEnd } from "../announce.js";
import { settleFeeOf } from "../remixes.js";
import type { WorkerContext } from "../tasks.context.js";
import { crashPoint } from "../tasks.crash-points.js";
import { moveTask, type TaskRow } from "../tasks.repository.js";

/** One transaction: the task is SUCCESS, the hold is revenue, the files are the video's. */
export function settleTask(context: WorkerContext, task: TaskRow, video: IngestedVideo): Promise<void> {
  return span("settle task", { attributes: { "skyriff.task_id": task.id } }, () =>
    settleOnce(context, task, video),
  );
}

/** The files that an ingest stored. `byteSize` and `sha256` are those of the file without watermark. */
export interface IngestedVideo {
  ingest: Ingest;
  metadata: VideoMetadata;
  byteSize: number;
  sha256: string;
  madeFiles: FileDigests;
  aiLabel: StoredAiLabel | null;
}

async function settleOnce(context: WorkerContext, task: TaskRow, video: IngestedVideo): Promise<void> {
  const { ingest, metadata, byteSize, sha256, madeFiles, aiLabel } = video;
  const finishedAt = context.clock.now();
  const done = await context.db.transaction(async (tx) => {
    const moved = await moveTask(tx, task.id, { to: "SUCCESS", progress: 100, finishedAt });
    if (!moved) return null;
    const afterCommit = await settleFeeOf(context, tx, moved);
    await settle(tx, task.id);
    crashPoint("settle-task.settled");
    await insertVideo(tx, {
      id: ingest.videoId,
      userId: task.userId,
      taskId: task.id,
      projectId: task.projectId,
      durationSec: task.durationSec,
      ratio: task.ratio,
      width: metadata.width,
      height: metadata.height,
      byteSize,
      sha256,
      ingestId: ingest.id,
      madeFiles,
      aiLabel,
      createdAt: finishedAt,
    });
    await finishIngest(tx, ingest);
    return { moved, afterCommit };
  });
  if (!done) return; // The task has ended otherwise meanwhile.
  crashPoint("settle-task.committed");
  context.logger.info({ taskId: task.id }, "a video is ready");
  announceEnd(context, done.moved);
  done.afterCommit();
}
