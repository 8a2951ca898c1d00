import { text } from "node:stream/consumers";
import type { Logger } from "pino";
import { BucketRefused } from "./bucket-refused.js";
import { httpStatusOf } from "./s3-client.js";
import type { S3Place } from "./storage.config.js";
import { type Storage, StorageUnavailable } from "./storage.js";

/**
 * Whether the bucket is there and lets us look, write, read and delete, by a small file under this
 * key. Rejects with BucketRefused if it says no. If it says nothing at all, it may be away for a
 * while, and so much works without it that this is no reason not to start: it is logged.
 */
export async function checkBucket(
  storage: Storage,
  key: string,
  place: S3Place,
  logger: Logger,
): Promise<void> {
  const steps: [string, () => Promise<unknown>][] = [
    ["look into it", () => storage.stat(key)],
    ["write to it", () => storage.put(key, Buffer.from("may be deleted"), { contentType: "text/plain" })],
    ["read from it", async () => text(await storage.open(key))],
    ["delete from it", () => storage.delete(key)],
  ];
  for (const [what, step] of steps) {
    try {
      await step();
    } catch (error) {
      if (!(error instanceof StorageUnavailable)) throw new BucketRefused(place, reasonFor(what, error));
      logger.error(
        { err: error, bucket: place.bucket },
        "the bucket does not answer; files wait until it does",
      );
      return;
    }
  }
}

function reasonFor(what: string, error: unknown): string {
  const status = httpStatusOf(error);
  const { name, $response } = error as { name: string; $response?: { headers?: Record<string, string> } };
  const region = $response?.headers?.["x-amz-bucket-region"];
  if (region && status !== 403) return `it is in another region; AWS_REGION must be ${region}.`;
  if (name === "NoSuchBucket") return "there is no bucket of this name.";
  if (what === "look into it" && status === 403) return "the key is wrong, or has no right to s3:ListBucket.";
  return `the key cannot ${what} (${status} ${name}).`;
}
