import { sql } from "drizzle-orm";
import { print } from "graphql";
import {
  type PublishWorkInput,
  TipWorkDocument,
  type TipWorkInput,
  type TipWorkMutation,
  UnlockPromptDocument,
  type UnlockPromptInput,
  type UnlockPromptMutation,
  WalletDocument,
} from "../../src/generated/operations.js";
import { insertMadeTask, taskPrefix } from "../../src/modules/tasks/index.js";
import { settleFeeOf } from "../../src/modules/tasks/remixes.js";
import { refundTask } from "../../src/modules/tasks/steps/refund-task.js";
import { moveTask } from "../../src/modules/tasks/tasks.repository.js";
import { taskAttempts, tasks } from "../../src/modules/tasks/tasks.tables.js";
import { settle } from "../../src/modules/wallet/index.js";
import { PaymentReversals, workPrefix } from "../../src/modules/works/index.js";
import { newUuid, uuidFromPublicId } from "../../src/platform/ids/ids.js";
import type { Client } from "./client.js";
import type { Product } from "./product.js";
import { markedPrompt, type PublishedWork, publish, publishableVideo } from "./works.js";

interface PaidWork extends Partial<PublishWorkInput> {
  /** The public id of the work that it is made from. */
  remixOf?: string;
  prompt?: string;
}

interface MadeVideo {
  prompt?: string;
  costCredits?: number;
  /** The public id of the work that it is made from, without a fee. */
  remixOf?: string | undefined;
}

/** A video that was paid for, as the whole audit wants it, though no vendor made it. Returns its public id. */
export async function makeVideo(
  product: Product,
  client: Client,
  { prompt = markedPrompt(), costCredits = 10, remixOf }: MadeVideo = {},
): Promise<string> {
  const { db } = product.app;
  const id = newUuid();
  const userId = uuidFromPublicId("user", client.userId) as string;
  const now = new Date();
  const source = remixOf === undefined ? null : (workPrefix.toUuid(remixOf) as string);
  const [above] = source
    ? await db.execute<{ ids: string[] }>(sql`
        select to_json(t.prompt_task_ids || t.id) as ids from works w join tasks t on t.id = w.task_id where w.id = ${source}`)
    : [];
  const order = { prompt, durationSec: 10, ratio: "RATIO_9_16" as const, model: "sora2", costCredits };
  const remix = above && { remixOf: source, promptTaskIds: above.ids };
  await db.transaction((tx) =>
    insertMadeTask(tx, { id, userId, ...order, ...remix, createdAt: now, finishedAt: now }),
  );
  return publishableVideo(product, client, { taskId: id });
}

/** A work of such a video. */
export async function publishPaid(
  product: Product,
  client: Client,
  { remixOf, prompt, ...input }: PaidWork = {},
): Promise<PublishedWork & { videoId: string }> {
  const videoId = await makeVideo(product, client, { remixOf, ...(prompt !== undefined && { prompt }) });
  return { ...(await publish(product, client, { ...input, videoId })), videoId };
}

/** Ends a task that no worker has seen as if its video had come. */
export async function succeed(product: Product, publicTaskId: string): Promise<void> {
  const { db, clock, modules } = product.app;
  const id = taskPrefix.toUuid(publicTaskId) as string;
  const now = clock.now();
  const { moved, afterCommit } = await db.transaction(async (tx) => {
    await tx.insert(taskAttempts).values({
      ...{ id: newUuid(), taskId: id, senderId: 0, outcome: "ACCEPTED", sent: {} },
      ...{ vendor: "development-data", vendorModel: "film", vendorTaskId: id, startedAt: now, endedAt: now },
    });
    await tx.execute(sql`delete from new_tasks where task_id = ${id}`);
    await tx.execute(
      sql`update ${tasks} set status = 'IN_PROGRESS', submitted_at = clock_timestamp(), started_at = clock_timestamp() where id = ${id}`,
    );
    const moved = await moveTask(tx, id, { to: "SUCCESS", progress: 100, finishedAt: clock.now() });
    if (!moved) throw new Error(`task ${id} has ended`);
    const afterCommit = await settleFeeOf(modules.tasks.context, tx, moved);
    await settle(tx, id);
    return { afterCommit, moved };
  });
  await product.seed.video(moved.userId, { taskId: id });
  afterCommit();
}

/** Ends a task that no worker has seen as a failure. */
export async function fail(product: Product, publicTaskId: string): Promise<void> {
  const id = taskPrefix.toUuid(publicTaskId) as string;
  await product.app.db.execute(sql`delete from new_tasks where task_id = ${id}`);
  await refundTask(product.app.modules.tasks.context, id, { code: "CONTENT_POLICY" });
}

export const reversalsOf = ({ app }: Product) => new PaymentReversals(app.db, app.bus);

/** The days of the freeze go by, for all incomes of the database. */
export async function thaw({ app }: Product): Promise<void> {
  await app.db.execute(sql`update incomes set release_at = created_at where state = 'PENDING'`);
}

export async function walletOf(client: Client) {
  const { wallet } = await client.request(WalletDocument);
  return wallet;
}

export interface WorkLinks {
  previewUrl: string;
  thumbnailUrl: string;
}

/** The shipped operations do not ask for a work's links. They cannot be null: one that fails makes the whole answer null. */
const withLinks = (document: Parameters<typeof print>[0]) =>
  print(document).replace("work {", "work { previewUrl thumbnailUrl ");
const tipWithLinks = withLinks(TipWorkDocument);
const unlockWithLinks = withLinks(UnlockPromptDocument);

export const tip = (client: Client, workId: string, input: Partial<TipWorkInput> = {}) =>
  client.execute<TipWorkMutation, { input: TipWorkInput }>(tipWithLinks, {
    input: { credits: 10, ...input, workId },
  });
export const unlock = (client: Client, workId: string, input: Partial<UnlockPromptInput> = {}) =>
  client.execute<UnlockPromptMutation, { input: UnlockPromptInput }>(unlockWithLinks, {
    input: { ...input, workId },
  });
