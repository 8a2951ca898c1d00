/** A piece of a file that was replaced. `start` and `byteSize` are those of the new piece in the new file. */
export interface Edit {
  start: number;
  byteSize: number;
  original: Uint8Array;
}

/** Reads the bytes from `start` to before `end`. */
export type ReadBytes = (start: number, end: number) => Promise<Uint8Array>;

/** The size of the file before the edits, which are in the order of their positions. */
export function originalByteSize(byteSize: number, edits: readonly Edit[]): number {
  return edits.reduce((size, edit) => size - edit.byteSize + edit.original.length, byteSize);
}

/** Reads the file as it was before the edits, from the edited file and the pieces that were replaced. */
export function readOriginal(edits: readonly Edit[], readEdited: ReadBytes): ReadBytes {
  return async (start, end) => {
    const parts: Uint8Array[] = [];
    let at = start;
    let moved = 0; // Bytes that the edits so far have added.
    for (const edit of [
      ...edits,
      { start: Number.POSITIVE_INFINITY, byteSize: 0, original: new Uint8Array() },
    ]) {
      const editAt = edit.start - moved; // In the original file.
      if (at < Math.min(end, editAt)) {
        const until = Math.min(end, editAt);
        parts.push(await readEdited(at + moved, until + moved));
        at = until;
      }
      if (at >= end) break;
      const replaced = edit.original.subarray(Math.max(0, at - editAt), end - editAt);
      if (at < editAt + edit.original.length) {
        parts.push(replaced);
        at += replaced.length;
      }
      moved += edit.byteSize - edit.original.length;
    }
    return parts.length === 1 ? (parts[0] as Uint8Array) : Buffer.concat(parts);
  };
}
