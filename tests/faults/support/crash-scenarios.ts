import sharp from "sharp";
import { expect } from "vitest";
import type { CrashPoint } from "../../../src/app/crash-points.js";
import { CancelTaskDocument, DownloadNoWatermarkDocument } from "../../../src/generated/operations.js";
import { ended, type FullTask, readTask } from "../../support/tasks.js";
import { until } from "../../support/until.js";
import { upload } from "../../support/upload.js";
import type { CrashRun, Death } from "./crash-run.js";

/** How a server comes to a point and dies there, and what its successor must make of it. */
export interface Scenario extends Death {
  /** Words of the sandbox vendor's, for the prompt. */
  faults?: string;
  /** What the client does. Default: orders the video. */
  act?(run: CrashRun): Promise<unknown>;
  /** How the task ends. Null: there is none. */
  ends: "SUCCESS" | "FAILURE" | "CANCELED" | null;
  /** Free credits at the end, of 100. Default: what follows from the end. */
  free?: number;
  /** What must be so as well, once the task has ended. */
  afterwards?(run: CrashRun, task: FullTask): Promise<unknown>;
}

const films: Scenario = { ends: "SUCCESS" };
/** Nobody knows whether the vendor took the order: it must not be sent again. */
const unknownOutcome: Scenario = { ends: "FAILURE" };
const refused: Scenario = { faults: "[fault:reject]", ends: "FAILURE" };
const notYetTaken: Scenario = { faults: "[fault:503 x1]", ends: "SUCCESS" };

const calledOff: Scenario = {
  // Without a worker the task is still at its start.
  args: ["serve", "--no-worker"],
  act: async (run) => {
    const taskId = await run.order();
    await run.client.get(CancelTaskDocument, { input: { taskId } });
  },
  ends: "CANCELED",
};
/** Died before the commit, the call has done nothing: the client may call again. */
const callOffAgain: Scenario["afterwards"] = async (run, { id: taskId }) => {
  const { cancelTask } = await run.client.get(CancelTaskDocument, { input: { taskId } });
  expect(cancelTask.task).toMatchObject({ status: "CANCELED", refunded: true });
};

const theVideo = async (run: CrashRun): Promise<string> => {
  const { video } = await ended(run.client, await run.order());
  return video?.id as string;
};
const buy = (run: CrashRun, videoId: string) =>
  run.client.get(DownloadNoWatermarkDocument, { input: { videoId, idempotencyKey: "buy" } });
/** Asked again under its key, the buyer gets the link, and has paid once. */
const buyAgain: Scenario["afterwards"] = async (run, { video }) => {
  const { downloadNoWatermark } = await buy(run, video?.id as string);
  expect((await fetch(downloadNoWatermark.downloadUrl)).status).toBe(200);
};

const deleteIt = (run: CrashRun, videoId: string) =>
  run.client.get("mutation ($id: ID!) { deleteVideo(input: { videoId: $id }) { deletedVideoId } }", {
    id: videoId,
  });
const deleted: Scenario = {
  act: async (run) => deleteIt(run, await theVideo(run)),
  ends: "SUCCESS",
  afterwards: async (run, task) => {
    expect(task.video).toBeNull();
    await until("the files' end", () => run.files("videos").length === 0);
  },
};

const picture = () =>
  sharp({ create: { width: 8, height: 8, channels: 3, background: "#c00" } })
    .png()
    .toBuffer();
const uploaded: Scenario = { act: async (run) => upload(run.client, await picture()), ends: null };
/** An upload that never got its row is taken away; one that did stays, whole. */
const filesAfterUpload =
  (count: number): Scenario["afterwards"] =>
  async (run) => {
    await until("the clean-up", async () => (await run.queuedJobs("media.discard-upload")) === 0);
    expect(run.files("media")).toHaveLength(count);
  };

const swept: Scenario = {
  faults: "[fault:success-late:4000]",
  act: async (run) => {
    const id = await run.order();
    await until("the vendor's answer", async () => (await readTask(run.client, id)).status !== "NOT_START");
    await until("the sweep's death", async () => {
      await run.sweep();
      return run.server.hasEnded;
    });
  },
  ends: "SUCCESS",
};

/** The compiler sees to it that no point is left out. */
export const scenarios: Record<CrashPoint, Scenario> = {
  "create-task.committed": {
    ...films,
    act: async (run) => {
      await run.order().catch(() => {});
      await run.postponeSweep();
    },
  },
  "create-task.replayed": {
    args: ["serve", "--no-worker"],
    act: async (run) => {
      await run.order();
      await run.order();
    },
    ends: "SUCCESS",
  },
  "dispatch.queued": films,
  "job.fetched": films,
  "job.done": films,
  "submit-task.attempt-written": unknownOutcome,
  "submit-task.vendor-answered": unknownOutcome,
  "submit-task.health-recorded": unknownOutcome,
  "submit-task.throttled-written": notYetTaken,
  "submit-task.outcome-written": films,
  "submit-task.queued-again": notYetTaken,
  "check-task.vendor-answered": films,
  "check-task.health-recorded": films,
  "check-task.moved": films,
  "check-task.ingest-queued": films,
  // However late the first look comes, the film is not done.
  "check-task.check-queued": { faults: "[fault:success-late:5000]", ends: "SUCCESS" },
  "ingest-video.ingest-begun": films,
  "ingest-video.clean-stored": films,
  "ingest-video.preview-stored": films,
  "ingest-video.still-stored": films,
  "ingest-video.ingest-ended": { faults: "[fault:file-500 x1]", ends: "SUCCESS" },
  "ingest-video.queued-again": { faults: "[fault:file-500 x1]", ends: "SUCCESS" },
  "settle-task.settled": films,
  "settle-task.committed": films,
  "refund-task.refunded": { ...refused, ends: "FAILURE" },
  "refund-task.committed": refused,
  "cancel-task.refunded": { ...calledOff, ends: "SUCCESS" },
  "cancel-task.committed": { ...calledOff, afterwards: callOffAgain },
  "cancel-task.vendor-notified": {
    faults: "[fault:success-late:20000]",
    vendor: "openai",
    act: async (run) => {
      const taskId = await run.order();
      await until("its turn", async () => (await readTask(run.client, taskId)).status === "QUEUED");
      await run.client.get(CancelTaskDocument, { input: { taskId } });
    },
    ends: "CANCELED",
    afterwards: callOffAgain,
  },
  "sweep-tasks.queued": swept,
  "sweep-tasks.ingests-discarded": swept,
  "download.charged": {
    act: async (run) => buy(run, await theVideo(run)),
    ends: "SUCCESS",
    afterwards: buyAgain,
    free: 84,
  },
  "download.given-back": {
    preload: "./tests/faults/support/no-links.mjs",
    act: async (run) => {
      const id = await run.order();
      const query = "query ($id: ID!) { task(id: $id) { video { id } } }";
      const ofTask = () => run.client.get<{ task: { video: { id: string } | null } }, unknown>(query, { id });
      const videoId = await until("the video", async () => (await ofTask()).task.video?.id);
      await buy(run, videoId);
    },
    ends: "SUCCESS",
    afterwards: buyAgain,
    free: 84,
  },
  "delete-video.committed": deleted,
  "delete-video.file-deleted": deleted,
  "upload-media.discard-queued": { ...uploaded, afterwards: filesAfterUpload(0) },
  "upload-media.image-stored": { ...uploaded, afterwards: filesAfterUpload(0) },
  "upload-media.thumbnail-stored": { ...uploaded, afterwards: filesAfterUpload(0) },
  "upload-media.row-written": { ...uploaded, afterwards: filesAfterUpload(4) },
  "upload-media.file-discarded": {
    act: async (run) => {
      await upload(run.client, await picture());
      const [row] = await run.db.execute<{ id: string }>("delete from media returning id");
      await run.send("media.discard-upload", { mediaId: row?.id }); // As if the upload had died before it.
      await run.server.ended();
    },
    ends: null,
    afterwards: filesAfterUpload(0),
  },
};
