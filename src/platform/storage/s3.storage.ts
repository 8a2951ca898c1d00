import { randomUUID } from "node:crypto";
import type { Readable } from "node:stream";
import { GetObjectCommand, paginateListObjectsV2, type S3Client } from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";
import { S3Driver } from "flydrive/drivers/s3";
import type { Logger } from "pino";
import type { Clock } from "../base/clock.js";
import { revalidated } from "./media-links.js";
import { checkBucket } from "./s3-bucket-check.js";
import { createS3Client, getHttpStatus, toStorageError } from "./s3-client.js";
import { S3Links } from "./s3-links.js";
import type { S3Location } from "./storage.config.js";
import {
  assertStorageKey,
  type FileCopy,
  type LinkOptions,
  type ListedFile,
  type Storage,
  type StoredFile,
  StoredFileMissing,
} from "./storage.js";

/** One upload buffers so many parts of 5 MiB, plus one. */
const concurrentPartsMax = 2;

/**
 * Files in a bucket, linked by the bucket's presigned URLs. An object becomes visible only when its upload
 * completes, so partial uploads of crashed processes are never visible.
 */
export class S3Storage implements Storage {
  private constructor(
    private readonly location: S3Location,
    private readonly client: S3Client,
    private readonly driver: S3Driver,
    private readonly links: S3Links,
  ) {}

  /** Rejects with UnusableBucketError if the bucket refuses. An unavailable bucket is only logged. */
  static async open(location: S3Location, clock: Clock, logger: Logger): Promise<S3Storage> {
    if (location.credentials.sessionToken) {
      logger.warn(
        "AWS_SESSION_TOKEN is set: all links, paid ones too, expire with it; use a long-lived access key",
      );
    }
    const client = createS3Client(location);
    // Objects are private by default, and most buckets no longer support ACLs.
    const driver = new S3Driver({
      client,
      bucket: location.bucket,
      visibility: "private",
      supportsACL: false,
    });
    const storage = new S3Storage(location, client, driver, await S3Links.open(client, location, clock));
    await checkBucket(storage, `startup-check/${randomUUID()}`, location, logger);
    return storage;
  }

  async put(key: string, body: Readable | Buffer, { contentType }: { contentType: string }): Promise<void> {
    const objectKey = this.objectKey(key);
    const cacheControl = revalidated;
    if (!Buffer.isBuffer(body)) return this.upload(objectKey, body, { contentType, cacheControl });
    await this.driver.put(objectKey, body, { contentType, cacheControl }).catch(rethrow);
  }

  async copy(copies: readonly FileCopy[]): Promise<void> {
    await Promise.all(
      copies.map(({ from, to }) =>
        this.driver.copy(this.objectKey(from), this.objectKey(to)).catch((error: unknown) => {
          throw getHttpStatus(error) === 404 ? new StoredFileMissing(from) : toStorageError(error);
        }),
      ),
    );
  }

  async stat(key: string): Promise<StoredFile | null> {
    const objectKey = this.objectKey(key);
    try {
      const { contentLength, etag, lastModified } = await this.driver.getMetaData(objectKey);
      return { byteSize: contentLength, etag, modifiedAt: lastModified };
    } catch (error) {
      if (getHttpStatus(error) === 404) return null;
      throw toStorageError(error);
    }
  }

  async open(key: string, range?: { start: number; end: number }): Promise<Readable> {
    const Key = this.objectKey(key);
    const Range = range && `bytes=${range.start}-${range.end}`;
    const command = new GetObjectCommand({ Bucket: this.location.bucket, Key, Range });
    const { Body } = await this.client.send(command).catch((error: unknown) => {
      throw getHttpStatus(error) === 404 ? new StoredFileMissing(key) : toStorageError(error);
    });
    return Body as Readable;
  }

  async *list(folder: string): AsyncGenerator<ListedFile> {
    const Prefix = `${this.objectKey(folder)}/`;
    const pages = paginateListObjectsV2({ client: this.client }, { Bucket: this.location.bucket, Prefix });
    try {
      for await (const { Contents = [] } of pages)
        for (const { Key = "", Size = 0, LastModified = new Date() } of Contents)
          yield { key: Key.slice(this.location.prefix.length), byteSize: Size, modifiedAt: LastModified };
    } catch (error) {
      throw toStorageError(error);
    }
  }

  async delete(key: string): Promise<void> {
    await this.driver.delete(this.objectKey(key)).catch(rethrow);
  }

  async linkTo(key: string, options: LinkOptions): Promise<string> {
    return this.links.sign(this.objectKey(key), options);
  }

  /** Uploads in parts, because S3 needs the length of each request body and a stream has none. */
  private async upload(
    objectKey: string,
    body: Readable,
    { contentType, cacheControl }: { contentType: string; cacheControl: string },
  ): Promise<void> {
    let bodyFailure: Error | null = null;
    body.on("error", (error) => {
      bodyFailure = error;
    });
    const headers = { ContentType: contentType, CacheControl: cacheControl };
    const params = { Bucket: this.location.bucket, Key: objectKey, Body: body, ...headers };
    try {
      await new Upload({ client: this.client, params, queueSize: concurrentPartsMax }).done();
    } catch (error) {
      // `done` aborts the upload after a failure. If the abort fails too, its error would hide the cause.
      throw bodyFailure ?? toStorageError(error);
    } finally {
      body.destroy();
    }
  }

  private objectKey(key: string): string {
    assertStorageKey(key);
    return this.location.prefix + key;
  }
}

function rethrow(error: unknown): never {
  throw toStorageError(error);
}
