import { Transform } from "node:stream";
import type { AigcLabel } from "../aigc-label.js";
import { CannotLabel, printable, readBoxes } from "./boxes.js";
import { shiftOffsets } from "./file-offsets.js";
import { type ChooseLabel, labelMovie } from "./movie-label.js";
import type { Edit } from "./original-bytes.js";

/** Boxes that are held in memory to be changed. The index of ten minutes takes about 1 MiB. */
const heldTypes = new Set(["moov", "moof", "mfra", "meta"]);
const heldBytesMax = 16 * 1024 * 1024;

type Done = (error?: Error | null) => void;

/** The written label, and the edits that must be undone to get the file without it. */
export interface WrittenLabel {
  label: AigcLabel;
  edits: Edit[];
}

/**
 * Writes a label into an mp4 or mov that streams through. Media data passes unchanged; only the index is held in memory.
 * Fails with CannotLabel.
 */
export class LabelWriter extends Transform {
  private written: WrittenLabel | null = null;
  /** Bytes that are not processed yet: an incomplete header, or a box that is held. */
  private pending: Buffer[] = [];
  private pendingBytes = 0;
  /** Of the current box. Null between boxes. Infinity if it goes to the end of the file. */
  private remainingBytes: number | null = null;
  private heldType: string | null = null;
  /** Positions of the next byte, before and after the change. */
  private inputAt = 0;
  private outputAt = 0;
  private movieEnd = 0;
  private growth = 0;

  constructor(private readonly choose: ChooseLabel) {
    super();
  }

  /** Once the stream has ended. */
  get result(): WrittenLabel {
    if (!this.written) throw new Error("the label is not written yet");
    return this.written;
  }

  override _transform(chunk: Buffer, _encoding: string, done: Done): void {
    this.attempt(done, () => {
      let rest = chunk;
      while (rest.length > 0) {
        if (this.remainingBytes === null) rest = this.readHeader(rest);
        else rest = this.readContent(rest, this.remainingBytes);
      }
    });
  }

  override _flush(done: Done): void {
    this.attempt(done, () => {
      if (this.heldType) throw new CannotLabel("it ends inside its index");
      this.emitBytes(this.takePending());
      if (!this.written) throw new CannotLabel("it has no index");
    });
  }

  private attempt(done: Done, step: () => void): void {
    try {
      step();
      done();
    } catch (error) {
      done(error as Error);
    }
  }

  /** Returns the bytes after the header. */
  private readHeader(chunk: Buffer): Buffer {
    const bytes = this.pendingBytes > 0 ? Buffer.concat([...this.pending, chunk]) : chunk;
    const isLong = bytes.length >= 8 && bytes.readUInt32BE(0) === 1;
    if (bytes.length < (isLong ? 16 : 8)) {
      this.pending = [bytes];
      this.pendingBytes = bytes.length;
      return Buffer.alloc(0);
    }
    this.takePending();
    const size = isLong ? Number(bytes.readBigUInt64BE(8)) : bytes.readUInt32BE(0);
    const headerBytes = isLong ? 16 : 8;
    const type = bytes.toString("latin1", 4, 8);
    if (size !== 0 && size < headerBytes)
      throw new CannotLabel(`its box ${printable(type)} has a wrong size`);
    // A box without a size goes to the end of the file.
    this.startBox(type, size === 0 ? Number.POSITIVE_INFINITY : size);
    return bytes;
  }

  private startBox(type: string, size: number): void {
    this.remainingBytes = size;
    // Its positions count from its own, across an index that is going to grow.
    if (type === "sidx" && !this.written) throw new CannotLabel("its index of segments precedes its index");
    if (!heldTypes.has(type)) return;
    if (size > heldBytesMax) throw new CannotLabel("its index is too large");
    this.heldType = type;
  }

  private readContent(chunk: Buffer, remaining: number): Buffer {
    const bytes = chunk.subarray(0, remaining);
    this.remainingBytes = remaining - bytes.length;
    if (this.heldType) {
      this.pending.push(bytes);
      this.pendingBytes += bytes.length;
      if (this.remainingBytes === 0) this.endHeld(this.heldType);
    } else this.emitBytes(bytes);
    if (this.remainingBytes === 0) this.remainingBytes = null;
    return chunk.subarray(bytes.length);
  }

  private endHeld(type: string): void {
    const original = this.takePending();
    this.heldType = null;
    if (type === "moov") this.endMovie(original);
    else this.endOther(type, original);
  }

  private endOther(type: string, original: Buffer): void {
    const [box] = readBoxes(original, 0, original.length);
    if (!box) return;
    if (type === "meta" && original.includes("iloc"))
      throw new CannotLabel("it has items with positions of their own");
    const changed = Buffer.from(original);
    const shift = { from: this.movieEnd, by: this.growth };
    if (type !== "meta" && shiftOffsets(changed, box.contentStart, box.end, shift))
      this.emitEdited(original, changed);
    else this.emitBytes(original);
  }

  private endMovie(original: Buffer): void {
    if (this.written) throw new CannotLabel("it has two indexes");
    const { bytes, label, growth } = labelMovie(original, this.inputAt, this.choose);
    this.written = { label, edits: [] };
    this.movieEnd = this.inputAt + original.length;
    this.growth = growth;
    if (bytes.equals(original)) this.emitBytes(original);
    else this.emitEdited(original, bytes);
  }

  private emitEdited(original: Buffer, changed: Buffer): void {
    this.written?.edits.push({ start: this.outputAt, byteSize: changed.length, original });
    this.push(changed);
    this.inputAt += original.length;
    this.outputAt += changed.length;
  }

  private emitBytes(bytes: Buffer): void {
    this.inputAt += bytes.length;
    this.outputAt += bytes.length;
    if (bytes.length > 0) this.push(bytes);
  }

  private takePending(): Buffer {
    const bytes = this.pending.length === 1 ? (this.pending[0] as Buffer) : Buffer.concat(this.pending);
    this.pending = [];
    this.pendingBytes = 0;
    return bytes;
  }
}
