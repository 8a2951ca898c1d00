import { createHash } from "node:crypto";
import { type Readable, Transform } from "node:stream";
import type { Storage } from "../../../platform/storage/storage.js";
import { crashPoint } from "../videos.crash-points.js";
import { originalKey } from "./video-keys.js";

export interface StoreLimits {
  bytesMax: number;
  /** Content length that the vendor announced, or null. */
  announcedBytes: number | null;
  /** From the first byte to the last. */
  timeLimitMs: number;
}

export type StoreResult =
  | { kind: "stored"; key: string; byteSize: number; sha256: string }
  /** The file is larger than allowed, or announced as such. */
  | { kind: "too-large"; bytesMax: number }
  /** The stream failed, timed out, or does not have the announced length. */
  | { kind: "cut-short"; receivedBytes: number; detail: string };

/**
 * Streams a vendor's file into the storage and hashes it. A failure of the stream is returned as a result. A failure
 * of the storage (disk full) is thrown, because a retry may help.
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
  if (body.destroyed)
    return { kind: "cut-short", receivedBytes: 0, detail: "the connection closed before the first byte" };
  const meter = new Meter(limits);
  const timer = setTimeout(() => meter.fail("took too long"), limits.timeLimitMs);
  body.once("error", (error) => meter.fail(error.message));
  // A close without an end means that the connection broke. `pipe` alone would wait forever.
  body.once("close", () => body.readableEnded || meter.fail("the connection closed before the last byte"));
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

/** Counts and hashes the bytes, and fails the stream at the first exceeded limit. */
class Meter extends Transform {
  byteSize = 0;
  failure: Exclude<StoreResult, { kind: "stored" }> | null = null;
  private readonly hash = createHash("sha256");

  constructor(private readonly limits: StoreLimits) {
    super();
    // The timer may fire after the pipeline has ended and removed its error listener.
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
