import { S3Client } from "@aws-sdk/client-s3";
import type { S3Location } from "./storage.config.js";
import { StorageUnavailable } from "./storage.js";

const attemptsMax = 3;
const connectTimeoutMs = 3_000;
/** Without a byte in either direction. */
const socketTimeoutMs = 30_000;

export function createS3Client({ region, credentials, endpoint, addressing }: S3Location): S3Client {
  return new S3Client({
    region,
    credentials,
    ...(endpoint && { endpoint, forcePathStyle: addressing === "path" }),
    maxAttempts: attemptsMax,
    requestHandler: { connectionTimeout: connectTimeoutMs, socketTimeout: socketTimeoutMs },
    // The signature already covers the body. Many S3 servers other than Amazon's reject extra checksums.
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
  });
}

/** Null if the bucket did not respond. */
export function getHttpStatus(error: unknown): number | null {
  const { $metadata } = error as { $metadata?: { httpStatusCode?: number } };
  return $metadata?.httpStatusCode ?? null;
}

/** Maps "no response", 5xx and 429 to StorageUnavailable. Other errors are returned unchanged. */
export function toStorageError(error: unknown): unknown {
  const status = getHttpStatus(error);
  return status === null || status >= 500 || status === 429 ? new StorageUnavailable(error) : error;
}
