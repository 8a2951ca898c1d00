import { text } from "node:stream/consumers";
import type { Logger } from "pino";
import { OperatorError } from "../base/operator-error.js";
import { getHttpStatus } from "./s3-client.js";
import type { S3Location } from "./storage.config.js";
import { type Storage, StorageUnavailable } from "./storage.js";

/** The bucket does not exist or denies an operation: a setting is wrong, here or at the bucket. */
export class UnusableBucketError extends OperatorError {
  constructor({ bucket, endpoint }: { bucket: string; endpoint: string | null }, reason: string) {
    super(`The bucket ${bucket}${endpoint ? ` at ${endpoint}` : ""} cannot be used: ${reason}`);
    this.name = new.target.name;
  }
}

/**
 * Checks that the bucket exists and that the key may look up, write, read and delete a small file in it.
 * Rejects with UnusableBucketError if the bucket refuses. If the bucket does not respond, the error is
 * only logged: the outage may be short, and most of the server works without the bucket.
 */
export async function checkBucket(
  storage: Storage,
  key: string,
  location: S3Location,
  logger: Logger,
): Promise<void> {
  const steps: [string, () => Promise<unknown>][] = [
    ["look into it", () => storage.stat(key)],
    ["write to it", () => storage.put(key, Buffer.from("may be deleted"), { contentType: "text/plain" })],
    ["read from it", async () => text(await storage.open(key))],
    ["delete from it", () => storage.delete(key)],
  ];
  for (const [action, step] of steps) {
    try {
      await step();
    } catch (error) {
      if (!(error instanceof StorageUnavailable))
        throw new UnusableBucketError(location, explain(action, error));
      logger.error(
        { err: error, bucket: location.bucket },
        "the bucket does not answer; files wait until it does",
      );
      return;
    }
  }
}

function explain(action: string, error: unknown): string {
  const status = getHttpStatus(error);
  const { name, $response } = error as { name: string; $response?: { headers?: Record<string, string> } };
  const region = $response?.headers?.["x-amz-bucket-region"];
  if (region && status !== 403) return `it is in another region; AWS_REGION must be ${region}.`;
  if (name === "NoSuchBucket") return "there is no bucket of this name.";
  if (action === "look into it" && status === 403)
    return "the key is wrong, or has no right to s3:ListBucket.";
  return `the key cannot ${action} (${status} ${name}).`;
}
