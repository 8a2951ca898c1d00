import { GetObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { getSignedUrl, S3RequestPresigner } from "@aws-sdk/s3-request-presigner";
import { buildQueryString, HttpRequest } from "@smithy/core/protocols";
import { LRUCache } from "lru-cache";
import type { Clock } from "../base/clock.js";
import { attachmentDisposition, neverCached, revalidated } from "./media-links.js";
import type { S3Location } from "./storage.config.js";
import type { LinkOptions } from "./storage.js";

const dayMs = 24 * 60 * 60 * 1000;
/** The longest lifetime that Signature Version 4 allows. */
const lifetimeMaxSec = 7 * 24 * 60 * 60;
/** About 600 bytes each. */
const cachedMax = 10_000;

interface Signing {
  signingDate: Date;
  expiresIn: number;
  downloadAs: string | undefined;
}

/**
 * Presigned URLs of the bucket (AWS Signature Version 4 in the query). They are dated to the start of the
 * day (UTC), so links with the same expiry have the same text all day and browsers find their cached
 * copies. Signing makes no requests, so it works while the bucket is unavailable.
 */
export class S3Links {
  /** Links to show files. The SDK takes 50 µs to sign one. A page of a list has forty, most of them requested before. */
  private readonly cached = new LRUCache<string, string>({ max: cachedMax });

  private constructor(
    private readonly presigner: S3RequestPresigner,
    /** The URL of the object with the empty key. */
    private readonly base: URL,
    private readonly location: S3Location,
    private readonly clock: Clock,
  ) {}

  static async open(client: S3Client, location: S3Location, clock: Clock): Promise<S3Links> {
    const { region, credentials, bucket } = location;
    // Only the SDK covers all ways to address a bucket. It is asked once, because `getSignedUrl` takes
    // twenty times as long as the presigner.
    const anyKey = "key";
    const base = new URL(await getSignedUrl(client, new GetObjectCommand({ Bucket: bucket, Key: anyKey })));
    base.search = "";
    base.pathname = base.pathname.slice(0, -anyKey.length);
    const presigner = new S3RequestPresigner({ region, credentials, sha256: client.config.sha256 });
    return new S3Links(presigner, base, location, clock);
  }

  /** `expiresAt` is rounded down to whole seconds and may be at most six days from now. */
  async sign(objectKey: string, { expiresAt, downloadAs }: LinkOptions): Promise<string> {
    const signingDate = new Date(Math.floor(this.clock.now().getTime() / dayMs) * dayMs);
    const expiresIn = Math.floor((expiresAt.getTime() - signingDate.getTime()) / 1000);
    if (expiresIn < 1 || expiresIn > lifetimeMaxSec)
      throw new Error(`no link can be good for ${expiresIn} s`);
    if (downloadAs !== undefined) return this.presign(objectKey, { signingDate, expiresIn, downloadAs });
    const cacheKey = JSON.stringify([objectKey, signingDate, expiresIn]);
    let link = this.cached.get(cacheKey);
    if (link === undefined) {
      link = await this.presign(objectKey, { signingDate, expiresIn, downloadAs });
      this.cached.set(cacheKey, link);
    }
    return link;
  }

  private async presign(objectKey: string, { signingDate, expiresIn, downloadAs }: Signing): Promise<string> {
    const request = new HttpRequest({
      method: "GET",
      protocol: this.base.protocol,
      hostname: this.base.hostname,
      ...(this.base.port && { port: Number(this.base.port) }),
      path: this.base.pathname + objectKey,
      query:
        downloadAs === undefined
          ? { "response-cache-control": revalidated }
          : {
              "response-cache-control": neverCached,
              "response-content-disposition": attachmentDisposition(downloadAs),
            },
    });
    const { path, query = {} } = await this.presigner.presign(request, { signingDate, expiresIn });
    return `${this.location.cdnUrl ?? this.base.origin}${path}?${buildQueryString(query)}`;
  }
}
