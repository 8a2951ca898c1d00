import { asc } from "drizzle-orm";
import sharp from "sharp";
import { banHooks } from "../../../src/app/ban-hooks.js";
import {
  CancelTaskDocument,
  CreateProjectDocument,
  CreateTasksDocument,
  DeleteProjectDocument,
  DeleteVideoDocument,
  DownloadNoWatermarkDocument,
  FavoriteWorkDocument,
  LikeWorkDocument,
  PublishWorkDocument,
  RemixWorkDocument,
  ReportDocument,
  RetryTaskDocument,
  ShareWorkDocument,
  TipWorkDocument,
  UnlockPromptDocument,
  UpdateProfileDocument,
  ViewWorksDocument,
} from "../../../src/generated/operations.js";
import { Bans } from "../../../src/modules/accounts/index.js";
import { entryPrefix } from "../../../src/modules/wallet/index.js";
import { promptUnlocks, tips } from "../../../src/modules/works/payments/payments.tables.js";
import { newUuid, uuidFromPublicId } from "../../../src/platform/ids/ids.js";
import type { Client } from "../../support/client.js";
import { reversalsOf, thaw } from "../../support/paid-works.js";
import type { Product } from "../../support/product.js";
import { create, ended, readTask } from "../../support/tasks.js";
import { until } from "../../support/until.js";
import { upload } from "../../support/upload.js";
import { publish } from "../../support/works.js";

/** Bare UUIDs of what the history made. */
export type History = Awaited<ReturnType<typeof createFullHistory>>;

/** Three users do everything that moves credits, tasks, videos, works, projects and images. */
export async function createFullHistory(product: Product) {
  const [ana, eve, guest] = [await product.user(), await product.user(), await product.user()];
  const { db, modules } = product.app;
  const userId = (client: Client) => uuidFromPublicId("user", client.userId)!;
  await modules.wallet.service.grant({
    userId: userId(ana),
    credits: 400,
    reason: "more",
    key: `grant:${newUuid()}`,
  });

  const project = await newProject(ana);
  const eveProject = await newProject(eve);
  const image = await newImage(ana);
  const eveImage = await newImage(eve);
  await ana.request(UpdateProfileDocument, { input: { avatarMediaId: image } });

  const made = await create(ana, { projectId: project, idempotencyKey: "made" });
  const pictured = await create(ana, { referenceImageId: image });
  const [failed, unknown] = [
    await create(ana, { prompt: "[fault:reject]" }),
    await create(ana, { prompt: "[fault:500]" }),
  ];
  const eveMade = await create(eve, { projectId: eveProject });
  const stuck = await create(ana, { prompt: "[fault:stuck]" });
  const waiting = await create(ana, { prompt: "[fault:503]" });
  const { createTasks } = await ana.request(CreateTasksDocument, {
    input: { tasks: [{ prompt: "one [fault:503]" }, { prompt: "two" }], idempotencyKey: "batch" },
  });
  const [canceled = "", batched = ""] = createTasks.tasks.map(({ id }) => id);
  await ana.request(CancelTaskDocument, { input: { taskId: canceled } });
  await ended(ana, failed);
  const { retryTask } = await ana.request(RetryTaskDocument, {
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
    client.execute(DownloadNoWatermarkDocument, {
      input: { videoId, ...(idempotencyKey && { idempotencyKey }) },
    });
  await download(ana, video, "download");
  await download(ana, video, "download");
  await download(ana, video);
  await download(eve, eveVideo, "download");
  await withoutLinks(product, () => download(ana, video));
  const deleted = await videoOf(ana, pictured);
  await download(ana, deleted);
  await ana.request(DeleteVideoDocument, { input: { videoId: deleted } });
  await ana.request(DeleteProjectDocument, { input: { projectId: await newProject(ana) } });
  const { publishWork } = await ana.request(PublishWorkDocument, {
    input: { videoId: video, title: "A cat" },
  });
  const work = publishWork.work.id;
  for (const client of [ana, eve, guest]) {
    const input = { workId: work };
    await client.request(LikeWorkDocument, { input });
    await client.request(FavoriteWorkDocument, { input });
    await client.request(ShareWorkDocument, { input });
    await client.request(ViewWorksDocument, { input: { workIds: [work] } });
  }
  await eve.request(ReportDocument, { input: { subjectId: work, reason: "OTHER" } });
  const paid = await payForWork(product, eve, work);
  const social = modules.social.service;
  await social.follow(userId(ana), eve.userId);
  await social.follow(userId(guest), ana.userId);
  await social.block(userId(eve), guest.userId);
  await new Bans({ db, clock: product.app.clock, events: product.app.bus, hooks: banHooks }).ban(
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
    work: uuid("work", work),
    ...paid,
    ...{ project: uuid("project", project), eveProject: uuid("project", eveProject) },
    ...{ image: uuid("media", image), eveImage: uuid("media", eveImage) },
    absent: newUuid(),
  };
}

/**
 * Tips a work twice, of which one is reversed and the other released, unlocks its prompt and publishes a remix of it.
 * Returns bare UUIDs.
 */
async function payForWork(product: Product, payer: Client, workId: string) {
  const { db, modules } = product.app;
  for (const credits of [10, 20]) await payer.request(TipWorkDocument, { input: { workId, credits } });
  const ofTips = await db.select().from(tips).orderBy(asc(tips.credits));
  const [tip = "", reversedTip = ""] = ofTips.map(({ id }) => id);
  await reversalsOf(product).reverseTip(entryPrefix.toPublicId(reversedTip), "a test");
  await thaw(product);
  await modules.wallet.incomes.releaseDue();
  await payer.request(UnlockPromptDocument, { input: { workId } });
  const [unlock] = await db.select().from(promptUnlocks);
  const { remixWork } = await payer.request(RemixWorkDocument, { input: { workId, prompt: "with a hat" } });
  await ended(payer, remixWork.task.id);
  const remix = await publish(product, payer, { videoId: await videoOf(payer, remixWork.task.id) });
  return {
    ...{ tip, reversedTip, unlock: unlock?.id as string },
    remixTask: uuidFromPublicId("task", remixWork.task.id) as string,
    remixWork: uuidFromPublicId("work", remix.id) as string,
  };
}

async function newProject(client: Client): Promise<string> {
  const { createProject } = await client.request(CreateProjectDocument, { input: { name: "Cats" } });
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
  const { storage } = product.app;
  const linkTo = storage.linkTo;
  storage.linkTo = () => Promise.reject(new Error("no link"));
  await run();
  storage.linkTo = linkTo;
}
