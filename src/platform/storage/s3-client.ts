import { S3Client } from "@aws-sdk/client-s3";
import type { S3Place } from "./storage.config.js";
import { StorageUnavailable } from "./storage.js";

const triesMax = 3;
const connectTimeoutMs = 3_000;
/** Without a byte in either direction. */
const silenceMaxMs = 30_000;

export function openS3Client({ region, credentials, endpoint, addressing }: S3Place): S3Client {
  return new S3Client({
    region,
    credentials,
    ...(endpoint && { endpoint, forcePathStyle: addressing === "path" }),
    maxAttempts: triesMax,
    requestHandler: { connectionTimeout: connectTimeoutMs, socketTimeout: silenceMaxMs },
    // What is sent is covered by the signature. Checksums on top of that are refused by many servers
    // that are not Amazon's.
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
  });
}

/** What the bucket answered with, or null when there was no answer. */
export function httpStatusOf(error: unknown): number | null {
  const { $metadata } = error as { $metadata?: { httpStatusCode?: number } };
  return $metadata?.httpStatusCode ?? null;
}

/** A refusal stays what it is; no answer, a breakdown there or "slow down" is StorageUnavailable. */
export function storageError(error: unknown): unknown {
  const status = httpStatusOf(error);
  return status === null || status >= 500 || status === 429 ? new StorageUnavailable(error) : error;
}
