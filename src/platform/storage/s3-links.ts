import { GetObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { getSignedUrl, S3RequestPresigner } from "@aws-sdk/s3-request-presigner";
import { buildQueryString, HttpRequest } from "@smithy/core/protocols";
import type { Clock } from "../base/clock.js";
import { neverCached, revalidated, saveAs } from "./link-headers.js";
import type { S3Place } from "./storage.config.js";
import type { LinkOptions } from "./storage.js";

const dayMs = 24 * 60 * 60 * 1000;
/** Signature version 4 allows no more. */
const lifeMaxSec = 7 * 24 * 60 * 60;
/** Some 600 bytes each. */
const cachedMax = 10_000;

interface Signing {
  signingDate: Date;
  expiresIn: number;
  downloadAs: string | undefined;
}

/**
 * The bucket's own links (AWS Signature Version 4 in the query). They are signed as of the start of
 * the day (UTC), so that a link with the same end is the same text all day and browsers find what
 * they have in their cache. Making one asks nobody: lists of links work while the bucket is away.
 */
export class S3Links {
  /** To sign one takes the SDK 50 µs, and a page of videos has forty of which most were asked for before. */
  private cached = new Map<string, string>();

  private constructor(
    private readonly presigner: S3RequestPresigner,
    /** The address of the object with the empty key. */
    private readonly base: URL,
    private readonly place: S3Place,
    private readonly clock: Clock,
  ) {}

  static async open(client: S3Client, place: S3Place, clock: Clock): Promise<S3Links> {
    const { region, credentials, bucket } = place;
    // Only the SDK knows every way in which a bucket is addressed, and one look is enough: it takes
    // twenty times as long as a signature.
    const anyKey = "key";
    const base = new URL(await getSignedUrl(client, new GetObjectCommand({ Bucket: bucket, Key: anyKey })));
    base.search = "";
    base.pathname = base.pathname.slice(0, -anyKey.length);
    const presigner = new S3RequestPresigner({ region, credentials, sha256: client.config.sha256 });
    return new S3Links(presigner, base, place, clock);
  }

  /** `expiresAt` counts in whole seconds; the rest is cut off. At most six days from now. */
  async sign(objectKey: string, { expiresAt, downloadAs }: LinkOptions): Promise<string> {
    const signingDate = new Date(Math.floor(this.clock.now().getTime() / dayMs) * dayMs);
    const expiresIn = Math.floor((expiresAt.getTime() - signingDate.getTime()) / 1000);
    if (expiresIn < 1 || expiresIn > lifeMaxSec) throw new Error(`no link can be good for ${expiresIn} s`);
    const asked = JSON.stringify([objectKey, signingDate, expiresIn, downloadAs]);
    const known = this.cached.get(asked);
    if (known) return known;
    const link = await this.make(objectKey, { signingDate, expiresIn, downloadAs });
    if (this.cached.size >= cachedMax) this.cached = new Map();
    this.cached.set(asked, link);
    return link;
  }

  private async make(objectKey: string, { signingDate, expiresIn, downloadAs }: Signing): Promise<string> {
    const request = new HttpRequest({
      method: "GET",
      protocol: this.base.protocol,
      hostname: this.base.hostname,
      ...(this.base.port && { port: Number(this.base.port) }),
      path: this.base.pathname + objectKey,
      query:
        downloadAs === undefined
          ? { "response-cache-control": revalidated }
          : { "response-cache-control": neverCached, "response-content-disposition": saveAs(downloadAs) },
    });
    const { path, query = {} } = await this.presigner.presign(request, { signingDate, expiresIn });
    return `${this.place.cdnUrl ?? this.base.origin}${path}?${buildQueryString(query)}`;
  }
}
