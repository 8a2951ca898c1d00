import sharp from "sharp";
import {
  CancelTaskDocument,
  CreateProjectDocument,
  CreateTasksDocument,
  DeleteProjectDocument,
  DeleteVideoDocument,
  DownloadNoWatermarkDocument,
  RetryTaskDocument,
  UpdateProfileDocument,
} from "../../../src/generated/operations.js";
import { Bans } from "../../../src/modules/accounts/index.js";
import { newUuid, uuidFromPublicId } from "../../../src/platform/ids/ids.js";
import type { Client } from "../../support/client.js";
import type { Product } from "../../support/product.js";
import { create, ended, readTask } from "../../support/tasks.js";
import { until } from "../../support/until.js";
import { upload } from "../../support/upload.js";

/** Bare UUIDs of what the history made. */
export type History = Awaited<ReturnType<typeof liveThroughEverything>>;

/** Two users do everything that moves credits, tasks, videos, projects and images. */
export async function liveThroughEverything(product: Product) {
  const [ana, eve, guest] = [await product.user(), await product.user(), await product.user()];
  const { db, wallets } = product.core;
  const userId = (client: Client) => uuidFromPublicId("user", client.userId)!;
  await wallets.grant({ userId: userId(ana), credits: 400, reason: "more", key: `grant:${newUuid()}` });

  const project = await newProject(ana);
  const eveProject = await newProject(eve);
  const image = await newImage(ana);
  const eveImage = await newImage(eve);
  await ana.get(UpdateProfileDocument, { input: { avatarMediaId: image } });

  const made = await create(ana, { projectId: project, idempotencyKey: "made" });
  const pictured = await create(ana, { referenceImageId: image });
  const [failed, unknown] = [
    await create(ana, { prompt: "[fault:reject]" }),
    await create(ana, { prompt: "[fault:500]" }),
  ];
  const eveMade = await create(eve, { projectId: eveProject });
  const stuck = await create(ana, { prompt: "[fault:stuck]" });
  const waiting = await create(ana, { prompt: "[fault:503]" });
  const { createTasks } = await ana.get(CreateTasksDocument, {
    input: { tasks: [{ prompt: "one [fault:503]" }, { prompt: "two" }], idempotencyKey: "batch" },
  });
  const [canceled = "", batched = ""] = createTasks.tasks.map(({ id }) => id);
  await ana.get(CancelTaskDocument, { input: { taskId: canceled } });
  await ended(ana, failed);
  const { retryTask } = await ana.get(RetryTaskDocument, {
    input: { taskId: failed, idempotencyKey: "again" },
  });
  for (const id of [made, pictured, unknown, batched, retryTask.task.id]) await ended(ana, id);
  await ended(eve, eveMade);
  await until(
    "the vendor has the stuck task",
    async () => (await readTask(ana, stuck)).status !== "NOT_START",
  );

  const video = await videoOf(ana, made);
  const eveVideo = await videoOf(eve, eveMade);
  const download = (client: Client, videoId: string, idempotencyKey?: string) =>
    client.ask(DownloadNoWatermarkDocument, {
      input: { videoId, ...(idempotencyKey && { idempotencyKey }) },
    });
  await download(ana, video, "download");
  await download(ana, video, "download");
  await download(ana, video);
  await download(eve, eveVideo, "download");
  await withoutLinks(product, () => download(ana, video));
  const deleted = await videoOf(ana, pictured);
  await download(ana, deleted);
  await ana.get(DeleteVideoDocument, { input: { videoId: deleted } });
  await ana.get(DeleteProjectDocument, { input: { projectId: await newProject(ana) } });
  await new Bans({ db, clock: product.core.clock, events: product.core.bus }).ban(
    { userId: userId(guest) },
    "a test",
  );

  const uuid = (prefix: Parameters<typeof uuidFromPublicId>[0], id: string) => uuidFromPublicId(prefix, id)!;
  return {
    ...{ ana: userId(ana), eve: userId(eve), guest: userId(guest) },
    ...{ made: uuid("task", made), pictured: uuid("task", pictured), failed: uuid("task", failed) },
    ...{ canceled: uuid("task", canceled), batched: uuid("task", batched), eveMade: uuid("task", eveMade) },
    ...{ stuck: uuid("task", stuck), waiting: uuid("task", waiting) },
    ...{ video: uuid("video", video), eveVideo: uuid("video", eveVideo), deleted: uuid("video", deleted) },
    ...{ project: uuid("project", project), eveProject: uuid("project", eveProject) },
    ...{ image: uuid("media", image), eveImage: uuid("media", eveImage) },
    nobody: newUuid(),
  };
}

async function newProject(client: Client): Promise<string> {
  const { createProject } = await client.get(CreateProjectDocument, { input: { name: "Cats" } });
  return createProject.project.id;
}

async function newImage(client: Client): Promise<string> {
  const red = { create: { width: 360, height: 640, channels: 3, background: "red" } } as const;
  return (await upload(client, await sharp(red).png().toBuffer())).id;
}

async function videoOf(client: Client, taskId: string): Promise<string> {
  return (await readTask(client, taskId)).video!.id;
}

/** While it runs, no download link can be made. */
async function withoutLinks(product: Product, run: () => Promise<unknown>): Promise<void> {
  const { storage } = product.core;
  const linkTo = storage.linkTo;
  storage.linkTo = () => Promise.reject(new Error("no link"));
  await run();
  storage.linkTo = linkTo;
}
