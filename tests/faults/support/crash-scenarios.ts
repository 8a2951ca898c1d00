import sharp from "sharp";
import { expect } from "vitest";
import type { CrashPoint } from "../../../src/app/crash-points.js";
import {
  CancelTaskDocument,
  DownloadNoWatermarkDocument,
  IncomesDocument,
  PublishWorkDocument,
  UnpublishWorkDocument,
} from "../../../src/generated/operations.js";
import type { Client } from "../../support/client.js";
import { ended, type FullTask, readTask } from "../../support/tasks.js";
import { until } from "../../support/until.js";
import { upload } from "../../support/upload.js";
import type { CrashRun, KilledServer } from "./crash-run.js";
import { paymentScenarios } from "./payment-scenarios.js";

/** How a server reaches a crash point, and the expected result of its successor. */
export interface Scenario extends KilledServer {
  /** Faults of the sandbox vendor, as written in the prompt. */
  faults?: string;
  /** The client's calls. Default: creates the task. */
  act?(run: CrashRun): Promise<unknown>;
  /** The task's final status. Null: there is no task. */
  ends: "SUCCESS" | "FAILURE" | "CANCELED" | null;
  /** Free credits at the end, of 100. Default: follows from `ends`. */
  free?: number;
  /** The task's entries. Default: follows from `ends`. */
  entries?: string[];
  /** Further checks after the task has ended. */
  afterwards?(run: CrashRun, task: FullTask): Promise<unknown>;
}

const succeeds: Scenario = { ends: "SUCCESS" };
/** It is unknown whether the vendor accepted the task, so it must not be sent again. */
const unknownOutcome: Scenario = { ends: "FAILURE" };
const rejected: Scenario = { faults: "[fault:reject]", ends: "FAILURE" };
const throttled: Scenario = { faults: "[fault:503 x1]", ends: "SUCCESS" };

const canceled: Scenario = {
  // Without a worker the task stays NOT_START.
  args: ["serve", "--no-worker"],
  act: async (run) => {
    const taskId = await run.createTask();
    await run.client.request(CancelTaskDocument, { input: { taskId } });
  },
  ends: "CANCELED",
};
/** A call that died before its commit had no effect, so the client may repeat it. */
const cancelAgain: Scenario["afterwards"] = async (run, { id: taskId }) => {
  const { cancelTask } = await run.client.request(CancelTaskDocument, { input: { taskId } });
  expect(cancelTask.task).toMatchObject({ status: "CANCELED", refunded: true });
};

const createVideo = async (run: CrashRun): Promise<string> => {
  const { video } = await ended(run.client, await run.createTask());
  return video?.id as string;
};
const download = (run: CrashRun, videoId: string) =>
  run.client.request(DownloadNoWatermarkDocument, { input: { videoId, idempotencyKey: "download" } });
/** A retry under the same key returns the link and charges nothing more. */
const downloadAgain: Scenario["afterwards"] = async (run, { video }) => {
  const { downloadNoWatermark } = await download(run, video?.id as string);
  expect((await fetch(downloadNoWatermark.downloadUrl)).status).toBe(200);
};

const deleteVideo = (run: CrashRun, videoId: string) =>
  run.client.request("mutation ($id: ID!) { deleteVideo(input: { videoId: $id }) { deletedVideoId } }", {
    id: videoId,
  });
const deleted: Scenario = {
  act: async (run) => deleteVideo(run, await createVideo(run)),
  ends: "SUCCESS",
  afterwards: async (run, task) => {
    expect(task.video).toBeNull();
    await until("the deletion of its files", () => run.files("videos").length === 0);
  },
};

const publish = async (run: CrashRun, videoId: string) => {
  const input = { videoId, title: "A cat" };
  return (await run.client.execute(PublishWorkDocument, { input })).data?.publishWork.work.id as string;
};
const published: Scenario = { act: async (run) => publish(run, await createVideo(run)), ends: "SUCCESS" };
/** After the commit it is: a repeated call is refused. */
const isPublished: Scenario["afterwards"] = async (run, { video }) => {
  const input = { videoId: video?.id as string, title: "A cat" };
  expect(await run.client.errorCode(PublishWorkDocument, { input })).toBe("CONFLICT");
  expect(run.files("public")).toHaveLength(4);
};
/** Before the commit nothing is published: a repeated call publishes, and the copies of the first are deleted. */
const publishAgain: Scenario["afterwards"] = async (run, { video }) => {
  expect(await publish(run, video?.id as string)).toMatch(/^work_/);
  await run.db.execute("update pgboss.job set start_after = now() where name = 'works.delete-publication'");
  await until("the cleanup jobs", async () => (await run.queuedJobs("works.delete-publication")) === 0);
  expect(run.files("public")).toHaveLength(4);
};
const unpublished: Scenario = {
  act: async (run) => {
    const workId = await publish(run, await createVideo(run));
    await run.client.request(UnpublishWorkDocument, { input: { workId } });
  },
  ends: "SUCCESS",
  afterwards: (run) => until("the deletion of the public files", () => run.files("public").length === 0),
};

/** Of 100 credits, the video costs 10 and the fee 2. */
const remixed: Scenario = {
  act: async (run) => {
    await run.remixAnotherUsersWork();
    await run.createTask();
  },
  ends: "SUCCESS",
  entries: ["GEN_HOLD", "REMIX_HOLD"],
  free: 88,
  afterwards: async (run) => {
    const { wallet } = await (run.author as Client).request(IncomesDocument, {});
    expect(wallet.incomes.nodes).toMatchObject([{ type: "REMIX", state: "PENDING", coins: "0.0900" }]);
  },
};

const createImage = () =>
  sharp({ create: { width: 8, height: 8, channels: 3, background: "#c00" } })
    .png()
    .toBuffer();
const uploaded: Scenario = { act: async (run) => upload(run.client, await createImage()), ends: null };
/** The files of an upload without a row are deleted; with a row all of them stay. */
const filesAfterUpload =
  (count: number): Scenario["afterwards"] =>
  async (run) => {
    await until("the discard job", async () => (await run.queuedJobs("media.discard-upload")) === 0);
    expect(run.files("media")).toHaveLength(count);
  };

const swept: Scenario = {
  faults: "[fault:success-late:4000]",
  act: async (run) => {
    const id = await run.createTask();
    await until(
      "the vendor to accept the task",
      async () => (await readTask(run.client, id)).status !== "NOT_START",
    );
    await until("the server to die in the sweep", async () => {
      await run.sweep();
      return run.server.hasEnded;
    });
  },
  ends: "SUCCESS",
};

/** The type requires a scenario for every crash point. */
export const scenarios: Record<CrashPoint, Scenario> = {
  "create-task.committed": {
    ...succeeds,
    act: async (run) => {
      await run.createTask().catch(() => {});
      await run.postponeSweep();
    },
  },
  "create-task.replayed": {
    args: ["serve", "--no-worker"],
    act: async (run) => {
      await run.createTask();
      await run.createTask();
    },
    ends: "SUCCESS",
  },
  "create-task.fee-held": remixed,
  "dispatch.queued": succeeds,
  "job.fetched": succeeds,
  "job.done": succeeds,
  "submit-task.attempt-written": unknownOutcome,
  "submit-task.vendor-answered": unknownOutcome,
  "submit-task.health-recorded": unknownOutcome,
  "submit-task.throttled-written": throttled,
  "submit-task.outcome-written": succeeds,
  "submit-task.queued-again": throttled,
  "check-task.vendor-answered": succeeds,
  "check-task.health-recorded": succeeds,
  "check-task.moved": succeeds,
  "check-task.ingest-queued": succeeds,
  // So late that the first check finds the video unfinished.
  "check-task.check-queued": { faults: "[fault:success-late:5000]", ends: "SUCCESS" },
  "ingest-video.ingest-begun": succeeds,
  "ingest-video.clean-stored": succeeds,
  "ingest-video.signed-stored": {
    ...succeeds,
    certificate: true,
    afterwards: async (run, task) => {
      const query = "query ($id: ID!) { video(id: $id) { aiLabel { signed } } }";
      expect(await run.client.request(query, { id: task.video?.id })).toEqual({
        video: { aiLabel: { signed: true } },
      });
    },
  },
  "ingest-video.preview-stored": succeeds,
  "ingest-video.still-stored": succeeds,
  "ingest-video.ingest-ended": { faults: "[fault:file-500 x1]", ends: "SUCCESS" },
  "ingest-video.queued-again": { faults: "[fault:file-500 x1]", ends: "SUCCESS" },
  "settle-task.fee-settled": remixed,
  "settle-task.settled": succeeds,
  "settle-task.committed": succeeds,
  "refund-task.fee-refunded": {
    ...remixed,
    faults: "[fault:reject]",
    ends: "FAILURE",
    entries: ["GEN_HOLD", "REMIX_HOLD", "REMIX_REFUND", "GEN_REFUND"],
    free: 100,
    afterwards: async (run) => {
      expect((await (run.author as Client).request(IncomesDocument, {})).wallet.incomes.nodes).toEqual([]);
    },
  },
  "refund-task.refunded": { ...rejected, ends: "FAILURE" },
  "refund-task.committed": rejected,
  "cancel-task.refunded": { ...canceled, ends: "SUCCESS" },
  "cancel-task.committed": { ...canceled, afterwards: cancelAgain },
  "cancel-task.vendor-notified": {
    faults: "[fault:success-late:20000]",
    vendor: "openai",
    act: async (run) => {
      const taskId = await run.createTask();
      await until("the vendor's queue", async () => (await readTask(run.client, taskId)).status === "QUEUED");
      await run.client.request(CancelTaskDocument, { input: { taskId } });
    },
    ends: "CANCELED",
    afterwards: cancelAgain,
  },
  "sweep-tasks.queued": swept,
  "sweep-tasks.ingests-discarded": swept,
  "download.charged": {
    act: async (run) => download(run, await createVideo(run)),
    ends: "SUCCESS",
    afterwards: downloadAgain,
    free: 84,
  },
  "download.given-back": {
    preload: "./tests/faults/support/no-links.mjs",
    act: async (run) => {
      const id = await run.createTask();
      const query = "query ($id: ID!) { task(id: $id) { video { id } } }";
      const ofTask = () =>
        run.client.request<{ task: { video: { id: string } | null } }, unknown>(query, { id });
      const videoId = await until("the video", async () => (await ofTask()).task.video?.id);
      await download(run, videoId);
    },
    ends: "SUCCESS",
    afterwards: downloadAgain,
    free: 84,
  },
  "delete-video.committed": deleted,
  "delete-video.file-deleted": deleted,
  "publish-work.discard-queued": { ...published, afterwards: publishAgain },
  "publish-work.files-copied": { ...published, afterwards: publishAgain },
  "publish-work.committed": { ...published, afterwards: isPublished },
  "bring-back-work.committed": {
    act: async (run) => {
      const videoId = await createVideo(run);
      const workId = await publish(run, videoId);
      await run.client.request(UnpublishWorkDocument, { input: { workId } });
      await until("the deletion of the public files", () => run.files("public").length === 0);
      await publish(run, videoId);
    },
    ends: "SUCCESS",
    afterwards: isPublished,
  },
  "unpublish-work.committed": unpublished,
  "delete-publication.file-deleted": unpublished,
  ...paymentScenarios,
  "release-incomes.committed": {
    ...remixed,
    act: async (run) => {
      await run.remixAnotherUsersWork();
      await ended(run.client, await run.createTask());
      await run.db.execute("update incomes set release_at = created_at");
      await run.send("wallet.release-incomes", {});
      await run.server.ended();
    },
    afterwards: async (run) => {
      await run.send("wallet.release-incomes", {});
      const { wallet } = await (run.author as Client).request(IncomesDocument, {});
      expect(wallet).toMatchObject({ coins: "0.0900", pendingCoins: "0.0000" });
      expect(wallet.incomes.nodes).toMatchObject([{ state: "RELEASED" }]);
    },
  },
  "upload-media.discard-queued": { ...uploaded, afterwards: filesAfterUpload(0) },
  "upload-media.image-stored": { ...uploaded, afterwards: filesAfterUpload(0) },
  "upload-media.thumbnail-stored": { ...uploaded, afterwards: filesAfterUpload(0) },
  "upload-media.row-written": { ...uploaded, afterwards: filesAfterUpload(4) },
  "upload-media.file-discarded": {
    act: async (run) => {
      await upload(run.client, await createImage());
      const [row] = await run.db.execute<{ id: string }>("delete from media returning id");
      await run.send("media.discard-upload", { mediaId: row?.id }); // As if the upload had died before its row was written.
      await run.server.ended();
    },
    ends: null,
    afterwards: filesAfterUpload(0),
  },
};
