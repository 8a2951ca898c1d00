import { sql } from "drizzle-orm";
import {
  PublishWorkDocument,
  type PublishWorkInput,
  type PublishWorkMutation,
} from "../../src/generated/operations.js";
import { thumbnailNames } from "../../src/modules/media/index.js";
import { getVideoFolder, previewKey, stillKey } from "../../src/modules/videos/index.js";
import type { NewVideo } from "../../src/modules/videos/videos.repository.js";
import { newUuid, uuidFromPublicId } from "../../src/platform/ids/ids.js";
import type { Client } from "./client.js";
import type { Product } from "./product.js";
import type { SeededVideo } from "./seed.js";

export type PublishedWork = PublishWorkMutation["publishWork"]["work"];

/** A prompt that no other work has, so that it can be found wherever it should not be. */
export const markedPrompt = () => `a cat, marked ${newUuid()}`;

/** A video of the user's with a preview and stills, though no vendor made them. Returns its public id. */
export async function publishableVideo(
  product: Product,
  client: Client,
  values: Partial<NewVideo> = {},
): Promise<string> {
  const video = await product.seed.video(client.userId, values);
  if (!values.taskId)
    await product.app.db.execute(
      sql`update tasks set prompt = ${markedPrompt()} where id = (select task_id from videos where id = ${video.id})`,
    );
  await storeWatermarkedFiles(product, video);
  return video.publicId;
}

/** The preview and the stills of a seeded video. */
export async function storeWatermarkedFiles(
  { app }: Pick<Product, "app">,
  video: SeededVideo,
): Promise<void> {
  const folder = getVideoFolder({ id: video.id, ingestId: video.ingestId ?? null });
  const preview = Buffer.from(`preview of ${video.id}`);
  await app.storage.put(previewKey(folder), preview, { contentType: "video/mp4" });
  for (const size of thumbnailNames) {
    await app.storage.put(stillKey(folder, size), Buffer.from(`${size} of ${video.id}`), {
      contentType: "image/webp",
    });
  }
}

/** A published remix of a work. Its video was not paid for, and no vendor made it. */
export async function publishRemix(
  product: Product,
  client: Client,
  sourceId: string,
  input: Partial<PublishWorkInput> = {},
): Promise<PublishedWork> {
  const videoId = input.videoId ?? (await publishableVideo(product, client));
  await makeRemix(product, uuidFromPublicId("video", String(videoId)) as string, sourceId);
  return publish(product, client, { ...input, videoId });
}

/** Makes the task of this video, or the task with this id, one that was made from a work. */
export async function makeRemix({ app }: Product, id: string, sourceId: string): Promise<void> {
  const source = uuidFromPublicId("work", sourceId);
  await app.db.execute(sql`
    update tasks set remix_of = w.id, prompt_task_ids = t.prompt_task_ids || t.id
    from works w join tasks t on t.id = w.task_id
    where w.id = ${source} and (tasks.id = ${id} or tasks.id = (select task_id from videos where id = ${id}))`);
}

/** A work of the user's, published through the API. */
export async function publish(
  product: Product,
  client: Client,
  input: Partial<PublishWorkInput> = {},
): Promise<PublishedWork> {
  const videoId = input.videoId ?? (await publishableVideo(product, client));
  const { publishWork } = await client.request(PublishWorkDocument, {
    input: { title: "A cat", ...input, videoId },
  });
  const { id, prompt } = publishWork.work;
  const [row] = await product.app.db.execute<{ prompt: string }>(
    sql`select prompt from works where id = ${uuidFromPublicId("work", id)} and prompt like '%, marked %'`,
  );
  if (row && prompt.priceCredits > 0) product.secrets.addLockedPrompt(row.prompt, client.token);
  return publishWork.work;
}
