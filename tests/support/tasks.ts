import {
  CreateTaskDocument,
  type CreateTaskInput,
  TaskDocument,
  type TaskQuery,
  WalletDocument,
} from "../../src/generated/operations.js";
import { breachesOf } from "./audit.js";
import type { Client } from "./client.js";
import type { Product } from "./product.js";
import { until } from "./until.js";

export type FullTask = NonNullable<TaskQuery["task"]>;

export async function create(client: Client, input: Partial<CreateTaskInput> = {}): Promise<string> {
  const { createTask } = await client.request(CreateTaskDocument, {
    input: { prompt: "a cat on grass", ...input },
  });
  return createTask.task.id;
}

export async function readTask(client: Client, id: string): Promise<FullTask> {
  const { task } = await client.request(TaskDocument, { id });
  if (!task) throw new Error(`no task ${id}`);
  return task;
}

export function ended(client: Client, id: string): Promise<FullTask> {
  return until(`the end of ${id}`, async () => {
    const task = await readTask(client, id);
    return task.finishedAt ? task : null;
  });
}

export async function credits(client: Client): Promise<{ free: number; held: number }> {
  const { wallet } = await client.request(WalletDocument);
  return { free: wallet.credits, held: wallet.heldCredits };
}

export async function audit(product: Pick<Product, "app">): Promise<unknown[]> {
  const { db } = product.app;
  return breachesOf(db);
}
