import { TaskStatusDocument, type TaskStatusSubscription } from "../../generated/operations.js";
import { CommandFailed } from "../fail.js";
import { type ApiClient, type ApiError, dataOf, RequestFailed } from "./api-client.js";
import { newProgress } from "./progress.js";

export type FollowedTask = TaskStatusSubscription["taskStatus"];

/** Shows the progress of a task until it ends. Returns its last state. */
export async function followTask(client: ApiClient, taskId: string): Promise<FollowedTask> {
  const progress = newProgress(process.stdout);
  let latest: FollowedTask | null = null;
  try {
    for await (const result of client.subscribe(TaskStatusDocument, { taskId })) {
      latest = dataOf(result).taskStatus;
      progress.show(latest);
    }
  } catch (error) {
    throw toSubscriptionFailure(error);
  } finally {
    progress.end();
    await client.disconnect();
  }
  if (!latest) throw new CommandFailed("The subscription ended without an event.");
  return latest;
}

/** graphql-ws throws a list of errors for a rejected operation, and a close event for a closed connection. */
function toSubscriptionFailure(error: unknown): unknown {
  if (Array.isArray(error)) return new RequestFailed(error as ApiError[]);
  if (error instanceof Error) return error;
  const { code, reason } = error as { code?: number; reason?: string };
  return new CommandFailed(`The server closed the connection: ${reason || "no reason given"} (${code}).`);
}
