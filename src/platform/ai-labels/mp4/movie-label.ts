import { type AigcLabel, formatLabel, labelKey } from "../aigc-label.js";
import { type Box, CannotLabel, makeBox, readBoxes } from "./boxes.js";
import { shiftOffsets } from "./file-offsets.js";
import { hasKeys, makeMeta, readItem, removeItem, writeItem } from "./metadata-keys.js";

/** Gets the label that a file has, or null. */
export type ChooseLabel = (found: string | null) => AigcLabel;

export interface LabeledMovie {
  /** The whole `moov` box. */
  bytes: Buffer;
  label: AigcLabel;
  /** How many bytes it has grown by. */
  growth: number;
}

/** The label in a `moov` box, or null. Where several places have one, the first of the usual order counts. */
export function readMovieLabel(moov: Buffer): string | null {
  const children = readMovie(moov);
  for (const box of children.filter(({ type }) => type === "udta")) {
    const parts = readBoxes(moov, box.contentStart, box.end);
    const metas = parts.filter(({ type }) => type === "meta");
    const found = metas.map((meta) => readItem(moov, meta, labelKey)).find((text) => text !== null);
    if (found !== undefined && found !== null) return found;
    const plain = parts.find(({ type }) => type === labelKey);
    if (plain) return moov.toString("utf8", plain.contentStart, plain.end);
  }
  const meta = children.find(({ type }) => type === "meta");
  return meta ? readItem(moov, meta, labelKey) : null;
}

/**
 * Writes the label into `moov/udta/meta` and changes the positions of the media data behind the box. `moovStart` is the box's position in the file. Throws CannotLabel.
 */
export function labelMovie(moov: Buffer, moovStart: number, choose: ChooseLabel): LabeledMovie {
  const label = choose(readMovieLabel(moov));
  const text = formatLabel(label);
  const children = readMovie(moov);
  if (children.some(({ type }) => type === "cmov")) throw new CannotLabel("its index is compressed");
  const userData = children.find(({ type }) => type === "udta");
  const parts = children.map((box) => {
    if (box === userData) return labelUserData(moov, box, text);
    if (box.type === "meta" && readItem(moov, box, labelKey) !== null)
      return writeItem(moov, box, labelKey, text);
    return moov.subarray(box.start, box.end);
  });
  if (!userData) parts.push(makeBox("udta", makeMeta(labelKey, text)));
  const bytes = makeBox("moov", ...parts);
  const growth = bytes.length - moov.length;
  shiftOffsets(bytes, 8, bytes.length, { from: moovStart + moov.length, by: growth });
  return { bytes, label, growth };
}

function readMovie(moov: Buffer): Box[] {
  const [box] = readBoxes(moov, 0, moov.length);
  return box ? readBoxes(moov, box.contentStart, box.end) : [];
}

/** All other user data stays, in its order. Labels in other places than the usual one are removed. */
function labelUserData(moov: Buffer, userData: Box, text: string): Buffer {
  const boxes = readBoxes(moov, userData.contentStart, userData.end);
  const keyed = boxes.find((box) => box.type === "meta" && hasKeys(moov, box));
  const parts = boxes.flatMap((box) => {
    if (box.type === labelKey) return [];
    if (box === keyed) return [writeItem(moov, box, labelKey, text)];
    if (box.type === "meta" && readItem(moov, box, labelKey) !== null)
      return [removeItem(moov, box, labelKey)];
    return [moov.subarray(box.start, box.end)];
  });
  if (!keyed) parts.push(makeMeta(labelKey, text));
  const end = boxes.at(-1)?.end ?? userData.contentStart;
  return makeBox("udta", ...parts, moov.subarray(end, userData.end));
}
