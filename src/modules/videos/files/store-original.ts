import { pipeline, type Readable, Transform } from "node:stream";
import {
  type AigcLabel,
  CannotLabel,
  type Edit,
  type LabelIssuer,
  LabelWriter,
  mergeLabel,
} from "../../../platform/ai-labels/index.js";
import { DigestStream } from "../../../platform/storage/file-digest.js";
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

/** `byteSize` and `sha256` are those of the labeled file. */
export interface StoredOriginal {
  kind: "stored";
  folder: string;
  byteSize: number;
  sha256: string;
  /** Null without labels. */
  label: AigcLabel | null;
  /** The pieces of the vendor's file that the label has replaced. */
  edits: Edit[];
  /** Carries Content Credentials of ours. */
  signed: boolean;
}

export type StoreResult =
  | StoredOriginal
  /** The file is larger than allowed, or announced as such. */
  | { kind: "too-large"; bytesMax: number }
  /** The stream failed, timed out, or does not have the announced length. */
  | { kind: "cut-short"; receivedBytes: number; detail: string }
  /** No label can be written into the file. */
  | { kind: "cannot-label"; detail: string };

/**
 * Streams a vendor's file into the storage, labels it on the way and hashes the labeled file. A failure of the stream is
 * returned as a result. A failure of the storage (disk full) is thrown, because a retry may help.
 */
export async function storeOriginal(
  storage: Storage,
  folder: string,
  body: Readable,
  limits: StoreLimits,
  issuer: LabelIssuer | null,
): Promise<StoreResult> {
  if ((limits.announcedBytes ?? 0) > limits.bytesMax) {
    body.destroy();
    return { kind: "too-large", bytesMax: limits.bytesMax };
  }
  if (body.destroyed)
    return { kind: "cut-short", receivedBytes: 0, detail: "the connection closed before the first byte" };
  const meter = new Meter(limits);
  const writer = issuer && new LabelWriter((found) => mergeLabel(found, issuer));
  const digest = new DigestStream();
  const timer = setTimeout(() => meter.fail("took too long"), limits.timeLimitMs);
  body.once("error", (error) => meter.fail(error.message));
  // A close without an end means that the connection broke.
  body.once("close", () => body.readableEnded || meter.fail("the connection closed before the last byte"));
  try {
    // The last stream fails with the first error of them all, which rejects the call below.
    const file = pipeline([body, meter, ...(writer ? [writer] : []), digest], () => {}) as DigestStream;
    await storage.put(originalKey(folder), file, { contentType: "video/mp4" });
    crashPoint("ingest-video.clean-stored");
    const { label, edits } = writer?.result ?? { label: null, edits: [] };
    return { kind: "stored", folder, ...digest.result, label, edits, signed: false };
  } catch (error) {
    if (meter.failure) return meter.failure;
    if (error instanceof CannotLabel) return { kind: "cannot-label", detail: error.message };
    throw error;
  } finally {
    clearTimeout(timer);
    body.destroy();
  }
}

/** Counts the bytes, and fails the stream at the first exceeded limit. */
class Meter extends Transform {
  byteSize = 0;
  failure: Exclude<StoreResult, { kind: "stored" | "cannot-label" }> | null = null;

  constructor(private readonly limits: StoreLimits) {
    super();
    // The timer may fire after the pipeline has ended and removed its error listener.
    this.on("error", () => {});
  }

  fail(detail: string): void {
    this.failure ??= { kind: "cut-short", receivedBytes: this.byteSize, detail };
    this.destroy(new Error(this.failure.kind));
  }

  override _transform(chunk: Buffer, _encoding: string, done: (error: Error | null, out?: Buffer) => void) {
    this.byteSize += chunk.length;
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
