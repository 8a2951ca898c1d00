import { type FileHandle, open } from "node:fs/promises";

const windowBytes = 64 * 1024;

/** Reads short pieces of a local file at any position, through a small buffer, so that its size does not matter. */
export class FileBytes {
  private buffer = Buffer.alloc(0);
  private bufferStart = 0;

  private constructor(
    private readonly file: FileHandle,
    readonly byteSize: number,
  ) {}

  /** Opens the file for `use` and closes it afterwards. */
  static async with<T>(path: string, use: (bytes: FileBytes) => Promise<T>): Promise<T> {
    const file = await open(path);
    try {
      return await use(new FileBytes(file, (await file.stat()).size));
    } finally {
      await file.close();
    }
  }

  /** Fewer than `length` bytes at the end of the file. */
  async read(position: number, length: number): Promise<Buffer> {
    const from = position - this.bufferStart;
    if (from >= 0 && from + length <= this.buffer.length) return this.buffer.subarray(from, from + length);
    const buffer = Buffer.alloc(
      Math.max(0, Math.min(Math.max(length, windowBytes), this.byteSize - position)),
    );
    const { bytesRead } = await this.file.read(buffer, 0, buffer.length, position);
    this.buffer = buffer.subarray(0, bytesRead);
    this.bufferStart = position;
    return this.buffer.subarray(0, length);
  }
}
