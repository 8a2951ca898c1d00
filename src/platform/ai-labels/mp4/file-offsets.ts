import { type Box, CannotLabel, readBoxes } from "./boxes.js";

// Positions in the file that an index names. They change when the index before the media data grows.

/** Positions from `from` on move by `by` bytes. */
export interface Shift {
  from: number;
  by: number;
}

/** trak, mdia, minf, stbl and their content. */
const depthMax = 5;
const containers = new Set(["trak", "mdia", "minf", "stbl", "traf"]);

/** Changes all positions in a `moov`, `moof` or `mfra` box, in place. True if any has changed. */
export function shiftOffsets(
  buffer: Buffer,
  start: number,
  end: number,
  shift: Shift,
  depth = depthMax,
): boolean {
  if (depth === 0) throw new CannotLabel("its index is nested too deep");
  return readBoxes(buffer, start, end)
    .map((box) => {
      if (containers.has(box.type)) return shiftOffsets(buffer, box.contentStart, box.end, shift, depth - 1);
      if (box.type === "stco") return shiftTable(buffer, box, 4, 4, shift);
      if (box.type === "co64") return shiftTable(buffer, box, 4, 8, shift);
      if (box.type === "tfhd") return shiftFragmentBase(buffer, box, shift);
      if (box.type === "tfra") return shiftFragmentIndex(buffer, box, shift);
      // Of encrypted tracks alone, which no player shows without a key.
      if (box.type === "saio") throw new CannotLabel("it is encrypted");
      return false;
    })
    .includes(true);
}

/** A table of positions with its count before it (stco, co64). */
function shiftTable(buffer: Buffer, box: Box, countAt: number, width: 4 | 8, shift: Shift): boolean {
  const first = box.contentStart + countAt + 4;
  if (first > box.end) throw new CannotLabel(`its table ${box.type} is cut short`);
  const count = buffer.readUInt32BE(first - 4);
  if (first + count * width > box.end) throw new CannotLabel(`its table ${box.type} is cut short`);
  let changed = false;
  for (let nth = 0; nth < count; nth++)
    changed = shiftAt(buffer, first + nth * width, width, shift) || changed;
  return changed;
}

/** A fragment may name the position of its data instead of counting from its own. */
function shiftFragmentBase(buffer: Buffer, { contentStart, end }: Box, shift: Shift): boolean {
  const hasBase = end - contentStart >= 16 && (buffer.readUInt32BE(contentStart) & 1) === 1;
  return hasBase && shiftAt(buffer, contentStart + 8, 8, shift);
}

/** The positions of fragments at the end of a file. */
function shiftFragmentIndex(buffer: Buffer, { contentStart, end }: Box, shift: Shift): boolean {
  if (end - contentStart < 16) throw new CannotLabel("its index of fragments is cut short");
  const width = buffer.readUInt8(contentStart) === 1 ? 8 : 4;
  const sizes = buffer.readUInt32BE(contentStart + 8);
  const numberBytes = ((sizes >> 4) & 3) + ((sizes >> 2) & 3) + (sizes & 3) + 3;
  const count = buffer.readUInt32BE(contentStart + 12);
  const entryBytes = 2 * width + numberBytes;
  if (contentStart + 16 + count * entryBytes > end)
    throw new CannotLabel("its index of fragments is cut short");
  let changed = false;
  for (let nth = 0; nth < count; nth++)
    changed = shiftAt(buffer, contentStart + 16 + nth * entryBytes + width, width, shift) || changed;
  return changed;
}

function shiftAt(buffer: Buffer, at: number, width: 4 | 8, { from, by }: Shift): boolean {
  const position = width === 4 ? buffer.readUInt32BE(at) : Number(buffer.readBigUInt64BE(at));
  if (position < from || by === 0) return false;
  const moved = position + by;
  if (!Number.isSafeInteger(moved)) throw new CannotLabel("its positions are beyond any file");
  if (width === 8) buffer.writeBigUInt64BE(BigInt(moved), at);
  else if (moved > 0xffffffff) throw new CannotLabel("its positions beyond 4 GiB do not fit its index");
  else buffer.writeUInt32BE(moved, at);
  return true;
}
