import { randomUUID } from "node:crypto";
import type { Readable } from "node:stream";
import { GetObjectCommand, paginateListObjectsV2, type S3Client } from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";
import { S3Driver } from "flydrive/drivers/s3";
import type { Logger } from "pino";
import type { Clock } from "../base/clock.js";
import { revalidated } from "./link-headers.js";
import { checkBucket } from "./s3-bucket-check.js";
import { httpStatusOf, openS3Client, storageError } from "./s3-client.js";
import { S3Links } from "./s3-links.js";
import type { S3Place } from "./storage.config.js";
import {
  type LinkOptions,
  type ListedFile,
  type Storage,
  type StoredFile,
  StoredFileMissing,
} from "./storage.js";
import { assertStorageKey } from "./storage-key.js";

/** Times the size of a part (5 MiB): what one upload holds in memory, and one part more. */
const partsAtOnceMax = 2;

/**
 * Files in a bucket, linked by the bucket's own presigned URLs. An object appears whole when its
 * upload is complete; what a crashed process had uploaded by then is never seen.
 */
export class S3Storage implements Storage {
  private constructor(
    private readonly place: S3Place,
    private readonly client: S3Client,
    private readonly driver: S3Driver,
    private readonly links: S3Links,
  ) {}

  /** Rejects with BucketRefused. A bucket that does not answer is logged: it may come back. */
  static async open(place: S3Place, clock: Clock, logger: Logger): Promise<S3Storage> {
    if (place.credentials.sessionToken) {
      logger.warn("AWS_SESSION_TOKEN is set: links die when it does, paid ones too; use a lasting key");
    }
    const client = openS3Client(place);
    // Objects are private unless somebody says otherwise, and most buckets know no ACLs any more.
    const driver = new S3Driver({ client, bucket: place.bucket, visibility: "private", supportsACL: false });
    const storage = new S3Storage(place, client, driver, await S3Links.open(client, place, clock));
    await checkBucket(storage, `startup-check/${randomUUID()}`, place, logger);
    return storage;
  }

  async put(key: string, body: Readable | Buffer, { contentType }: { contentType: string }): Promise<void> {
    const objectKey = this.objectKey(key);
    const cacheControl = revalidated;
    if (!Buffer.isBuffer(body)) return this.upload(objectKey, body, { contentType, cacheControl });
    await this.driver.put(objectKey, body, { contentType, cacheControl }).catch(rethrow);
  }

  async stat(key: string): Promise<StoredFile | null> {
    const objectKey = this.objectKey(key);
    try {
      const { contentLength, etag, lastModified } = await this.driver.getMetaData(objectKey);
      return { byteSize: contentLength, etag, modifiedAt: lastModified };
    } catch (error) {
      if (httpStatusOf(error) === 404) return null;
      throw storageError(error);
    }
  }

  async open(key: string, range?: { start: number; end: number }): Promise<Readable> {
    const Key = this.objectKey(key);
    const Range = range && `bytes=${range.start}-${range.end}`;
    const command = new GetObjectCommand({ Bucket: this.place.bucket, Key, Range });
    const { Body } = await this.client.send(command).catch((error: unknown) => {
      throw httpStatusOf(error) === 404 ? new StoredFileMissing(key) : storageError(error);
    });
    return Body as Readable;
  }

  async *list(folder: string): AsyncGenerator<ListedFile> {
    const Prefix = `${this.objectKey(folder)}/`;
    const pages = paginateListObjectsV2({ client: this.client }, { Bucket: this.place.bucket, Prefix });
    try {
      for await (const { Contents = [] } of pages)
        for (const { Key = "", Size = 0, LastModified = new Date() } of Contents)
          yield { key: Key.slice(this.place.prefix.length), byteSize: Size, modifiedAt: LastModified };
    } catch (error) {
      throw storageError(error);
    }
  }

  async delete(key: string): Promise<void> {
    await this.driver.delete(this.objectKey(key)).catch(rethrow);
  }

  async linkTo(key: string, options: LinkOptions): Promise<string> {
    return this.links.sign(this.objectKey(key), options);
  }

  /** In parts, since S3 must know the length of each thing it is sent, and a stream has none. */
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
    const params = { Bucket: this.place.bucket, Key: objectKey, Body: body, ...headers };
    try {
      await new Upload({ client: this.client, params, queueSize: partsAtOnceMax }).done();
    } catch (error) {
      // After a failure the parts are given up, and should that fail too, it would hide the reason.
      throw bodyFailure ?? storageError(error);
    } finally {
      body.destroy();
    }
  }

  private objectKey(key: string): string {
    assertStorageKey(key);
    return this.place.prefix + key;
  }
}

function rethrow(error: unknown): never {
  throw storageError(error);
}
