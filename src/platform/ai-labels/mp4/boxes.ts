// Boxes of an ISO base media file (ISO/IEC 14496-12): a size, a type of four characters and the content.

/** The file has a form in which no label can be written. Its message is for operators. */
export class CannotLabel extends Error {}

/** An index has one box for each track. More than this are a trick. */
const boxesMax = 10_000;

export interface Box {
  type: string;
  /** Positions in the buffer. */
  start: number;
  contentStart: number;
  end: number;
}

/** The boxes between two positions, which they fill, except for the zero that may end a list in QuickTime files. */
export function readBoxes(buffer: Buffer, start: number, end: number): Box[] {
  const boxes: Box[] = [];
  let at = start;
  while (at < end) {
    if (end - at < 8) {
      if (buffer.subarray(at, end).every((byte) => byte === 0)) break;
      throw new CannotLabel("its index ends inside a box");
    }
    const type = buffer.toString("latin1", at + 4, at + 8);
    let size = buffer.readUInt32BE(at);
    let headerBytes = 8;
    if (size === 1) {
      if (end - at < 16) throw new CannotLabel("its index ends inside a box");
      size = Number(buffer.readBigUInt64BE(at + 8));
      headerBytes = 16;
    } else if (size === 0) size = end - at;
    if (size < headerBytes || size > end - at)
      throw new CannotLabel(`its box ${printable(type)} has a wrong size`);
    if (boxes.length === boxesMax) throw new CannotLabel("its index has too many boxes");
    boxes.push({ type, start: at, contentStart: at + headerBytes, end: at + size });
    at += size;
  }
  return boxes;
}

export function makeBox(type: string, ...content: Buffer[]): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt32BE(content.reduce((sum, { length }) => sum + length, 8));
  header.write(type, 4, "latin1");
  return Buffer.concat([header, ...content]);
}

export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

export function printable(type: string): string {
  return type.replaceAll(/[^\x20-\x7e]/g, "?");
}
