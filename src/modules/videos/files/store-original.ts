import { createHash } from "node:crypto";
import { type Readable, Transform } from "node:stream";
import type { Storage } from "../../../platform/storage/storage.js";
import { crashPoint } from "../videos.crash-points.js";
import { originalKey } from "./video-keys.js";

export interface StoreLimits {
  bytesMax: number;
  /** What the vendor said that it would send, or null. */
  announcedBytes: number | null;
  /** From the first byte to the last. */
  timeLimitMs: number;
}

export type StoreResult =
  | { kind: "stored"; key: string; byteSize: number; sha256: string }
  /** It is, or says that it will be, longer than allowed. */
  | { kind: "too-large"; bytesMax: number }
  /** The stream failed, took too long, or its length is not what was announced. */
  | { kind: "cut-short"; receivedBytes: number; detail: string };

/**
 * Streams a vendor's file into the storage while hashing it. Whatever goes wrong with the stream is
 * a result; a storage that fails (disk full) is thrown, since trying again may help then.
 */
export async function storeOriginal(
  storage: Storage,
  folder: string,
  body: Readable,
  limits: StoreLimits,
): Promise<StoreResult> {
  if ((limits.announcedBytes ?? 0) > limits.bytesMax) {
    body.destroy();
    return { kind: "too-large", bytesMax: limits.bytesMax };
  }
  if (body.destroyed) return { kind: "cut-short", receivedBytes: 0, detail: "closed before its start" };
  const meter = new Meter(limits);
  const timer = setTimeout(() => meter.fail("took too long"), limits.timeLimitMs);
  body.once("error", (error) => meter.fail(error.message));
  // A body that is closed without an end is a cut connection; pipe alone would wait for ever.
  body.once("close", () => body.readableEnded || meter.fail("closed before its end"));
  try {
    const key = originalKey(folder);
    await storage.put(key, body.pipe(meter), { contentType: "video/mp4" });
    crashPoint("ingest-video.clean-stored");
    return { kind: "stored", key, byteSize: meter.byteSize, sha256: meter.sha256() };
  } catch (error) {
    if (meter.failure) return meter.failure;
    throw error;
  } finally {
    clearTimeout(timer);
    body.destroy();
  }
}

/** Counts and hashes what passes, and ends the stream with an error at the first broken limit. */
class Meter extends Transform {
  byteSize = 0;
  failure: Exclude<StoreResult, { kind: "stored" }> | null = null;
  private readonly hash = createHash("sha256");

  constructor(private readonly limits: StoreLimits) {
    super();
    // A limit may break when all is written and nobody listens any more.
    this.on("error", () => {});
  }

  sha256(): string {
    return this.hash.digest("hex");
  }

  fail(detail: string): void {
    this.failure ??= { kind: "cut-short", receivedBytes: this.byteSize, detail };
    this.destroy(new Error(this.failure.kind));
  }

  override _transform(chunk: Buffer, _encoding: string, done: (error: Error | null, out?: Buffer) => void) {
    this.byteSize += chunk.length;
    this.hash.update(chunk);
    if (this.byteSize <= this.limits.bytesMax) return done(null, chunk);
    this.failure ??= { kind: "too-large", bytesMax: this.limits.bytesMax };
    done(new Error(this.failure.kind));
  }

  override _flush(done: (error: Error | null) => void) {
    const { announcedBytes } = this.limits;
    if (announcedBytes === null || announcedBytes === this.byteSize) return done(null);
    const detail = `${announcedBytes} bytes were announced`;
    this.failure ??= { kind: "cut-short", receivedBytes: this.byteSize, detail };
    done(new Error(this.failure.kind));
  }
}
