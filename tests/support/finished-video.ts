import { tasks } from "../../src/modules/tasks/tasks.tables.js";
import { videos } from "../../src/modules/videos/videos.tables.js";
import { newUuid, publicId, uuidFromPublicId } from "../../src/platform/ids/ids.js";
import type { Client } from "./client.js";
import type { Product } from "./product.js";

/** A task that ended in SUCCESS and its video, as rows: no file, and no credits moved. Ids are public ones. */
export async function finishedVideo(
  product: Pick<Product, "core">,
  owner: Client,
  projectId: string | null = null,
): Promise<{ taskId: string; videoId: string }> {
  const [taskId, videoId, createdAt] = [newUuid(), newUuid(), new Date()];
  const common = {
    userId: uuidFromPublicId("user", owner.userId) as string,
    projectId: projectId && uuidFromPublicId("project", projectId),
    durationSec: 10,
    ratio: "RATIO_9_16",
    createdAt,
  };
  const order = { prompt: "a cat on grass", model: "sora2", hd: false, costCredits: 10 };
  const ended = { status: "SUCCESS" as const, progress: 100, finishedAt: createdAt };
  await product.core.db.insert(tasks).values({ id: taskId, ...common, ...order, ...ended });
  const facts = { width: 720, height: 1280, byteSize: 1, sha256: "0".repeat(64) };
  await product.core.db.insert(videos).values({ id: videoId, taskId, ...common, ...facts });
  return { taskId: publicId("task", taskId), videoId: publicId("video", videoId) };
}
