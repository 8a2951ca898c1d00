import { type Box, CannotLabel, makeBox, readBoxes, uint32 } from "./boxes.js";

// A `meta` box with the handler `mdta` (QuickTime File Format, "Metadata"): `keys` has the names, and each item of `ilst`
// has the number of its name as its type.

const handlerType = "mdta";
const utf8 = 1;

interface Meta {
  /** Version and flags. QuickTime files have none. */
  prefix: Buffer;
  boxes: Box[];
  handler: string | null;
  keys: string[];
}

/** Whether the `meta` box names its items by keys. */
export function hasKeys(buffer: Buffer, meta: Box): boolean {
  return readMeta(buffer, meta).handler === handlerType;
}

/** The text of the first item with this key, also of an item whose type is the key. */
export function readItem(buffer: Buffer, box: Box, key: string): string | null {
  const meta = readMeta(buffer, box);
  for (const list of meta.boxes.filter(({ type }) => type === "ilst")) {
    for (const item of readBoxes(buffer, list.contentStart, list.end)) {
      if (isItemOf(meta, item, key)) return readText(buffer, item);
    }
  }
  return null;
}

/** A new `meta` box with one item. */
export function makeMeta(key: string, text: string): Buffer {
  const handler = Buffer.concat([uint32(0), uint32(0), Buffer.from(handlerType), Buffer.alloc(13)]);
  return makeBox(
    "meta",
    uint32(0),
    makeBox("hdlr", handler),
    makeKeys([key]),
    makeBox("ilst", makeItem(1, text)),
  );
}

/** The whole `meta` box with this text as the only one of the key. All other items stay. */
export function writeItem(buffer: Buffer, box: Box, key: string, text: string): Buffer {
  const meta = readMeta(buffer, box);
  const isNewKey = !meta.keys.includes(key);
  const number = isNewKey ? meta.keys.length + 1 : meta.keys.indexOf(key) + 1;
  const keys = isNewKey ? makeKeys([...meta.keys, key]) : null;
  const list = meta.boxes.find(({ type }) => type === "ilst");
  const others = list
    ? readBoxes(buffer, list.contentStart, list.end).filter((item) => !isItemOf(meta, item, key))
    : [];
  const items = makeBox("ilst", ...others.map((item) => bytesOf(buffer, item)), makeItem(number, text));
  const kept = meta.boxes
    .filter(({ type }) => type !== "ilst" && (type !== "keys" || !keys))
    .map((child) => bytesOf(buffer, child));
  return makeBox("meta", meta.prefix, ...kept, ...(keys ? [keys] : []), items);
}

/** The whole `meta` box without the items of this key. */
export function removeItem(buffer: Buffer, box: Box, key: string): Buffer {
  const meta = readMeta(buffer, box);
  const children = meta.boxes.map((child) => {
    if (child.type !== "ilst") return bytesOf(buffer, child);
    const items = readBoxes(buffer, child.contentStart, child.end).filter(
      (item) => !isItemOf(meta, item, key),
    );
    return makeBox("ilst", ...items.map((item) => bytesOf(buffer, item)));
  });
  return makeBox("meta", meta.prefix, ...children);
}

function readMeta(buffer: Buffer, { contentStart, end }: Box): Meta {
  const isQuickTime = buffer.toString("latin1", contentStart + 4, contentStart + 8) === "hdlr";
  const start = isQuickTime ? contentStart : Math.min(end, contentStart + 4);
  const boxes = readBoxes(buffer, start, end);
  const handler = boxes.find(({ type }) => type === "hdlr");
  const keys = boxes.find(({ type }) => type === "keys");
  return {
    prefix: buffer.subarray(contentStart, start),
    boxes,
    handler: handler ? buffer.toString("latin1", handler.contentStart + 8, handler.contentStart + 12) : null,
    keys: keys ? readKeys(buffer, keys) : [],
  };
}

function readKeys(buffer: Buffer, { contentStart, end }: Box): string[] {
  if (end - contentStart < 8) throw new CannotLabel("its list of metadata keys is broken");
  const count = buffer.readUInt32BE(contentStart + 4);
  // A key is stored like a box: its size, its namespace as the type, and its name.
  const keys = readBoxes(buffer, contentStart + 8, end);
  if (keys.length !== count) throw new CannotLabel("its list of metadata keys is broken");
  return keys.map((key) => buffer.toString("utf8", key.contentStart, key.end));
}

function makeKeys(keys: string[]): Buffer {
  return makeBox(
    "keys",
    uint32(0),
    uint32(keys.length),
    ...keys.map((key) => makeBox(handlerType, Buffer.from(key))),
  );
}

function makeItem(number: number, text: string): Buffer {
  const data = makeBox("data", uint32(utf8), uint32(0), Buffer.from(text));
  return makeBox(uint32(number).toString("latin1"), data);
}

function isItemOf({ keys }: Meta, { type }: Box, key: string): boolean {
  return type === key || keys[Buffer.from(type, "latin1").readUInt32BE() - 1] === key;
}

function readText(buffer: Buffer, item: Box): string {
  const data = readBoxes(buffer, item.contentStart, item.end).find(({ type }) => type === "data");
  return data ? buffer.toString("utf8", data.contentStart + 8, data.end) : "";
}

function bytesOf(buffer: Buffer, { start, end }: Box): Buffer {
  return buffer.subarray(start, end);
}
