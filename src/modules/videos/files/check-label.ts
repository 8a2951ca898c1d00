import { readFile } from "node:fs/promises";
import { extname } from "node:path";
import { BufferSource, CustomSource, EncodedPacketSink, Input, type InputTrack, MP4, QTFF } from "mediabunny";
import type { Edit, ReadBytes } from "../../../platform/ai-labels/index.js";

// Runs in the child process that probes videos, and imports other files like probe-process.ts does.

/** The label of a file as JSON, and the pieces of the file that it has replaced. */
export interface ExpectedLabel {
  label: string;
  edits: Edit[];
  /** Where the file is on this machine, which is faster than to ask for its bytes. */
  path?: string;
}

interface File {
  byteSize: number;
  read: ReadBytes;
}

/** A file of at most this size is held in memory, twice. */
const smallBytesMax = 32 * 1024 * 1024;
const windowBytes = 1024 * 1024;
const windowsMax = 6;
const packetsMax = 1_000_000;

/**
 * Reads a label back, and compares all packets with those of the file before it was labeled. Returns the first fault, or
 * null if there is none.
 */
export async function findLabelFault(
  file: File,
  { label, edits, path }: ExpectedLabel,
): Promise<string | null> {
  const {
    originalByteSize,
    readOriginal,
  }: typeof import("../../../platform/ai-labels/mp4/original-bytes.js") = await import(
    new URL(`../../../platform/ai-labels/mp4/original-bytes${extname(import.meta.url)}`, import.meta.url).href
  );
  const isSmall = file.byteSize <= smallBytesMax;
  const read = isSmall ? await readAtOnce(file, path) : readThroughWindows(file);
  const original = { byteSize: originalByteSize(file.byteSize, edits), read: readOriginal(edits, read) };
  const openFile = isSmall ? openInMemory : open;
  const [labeled, before] = await Promise.all([
    openFile({ byteSize: file.byteSize, read }),
    openFile(original),
  ]);
  try {
    return await compare(labeled, before, { label, byteSize: file.byteSize });
  } finally {
    labeled.dispose();
    before.dispose();
  }
}

async function compare(
  labeled: Input,
  before: Input,
  { label, byteSize }: { label: string; byteSize: number },
): Promise<string | null> {
  const tags = await labeled.getMetadataTags();
  if (tags.raw?.AIGC !== label) return "its label cannot be read back";
  const [tracks, tracksBefore] = [await labeled.getTracks(), await before.getTracks()];
  if (tracks.length !== tracksBefore.length) return "the label changed its tracks";
  const budget = { packets: packetsMax, bytes: 2 * byteSize + windowBytes };
  for (const [nth, track] of tracks.entries()) {
    const fault = await comparePackets(track, tracksBefore[nth] as InputTrack, budget);
    if (fault !== null) return fault;
  }
  return null;
}

async function comparePackets(
  track: InputTrack,
  trackBefore: InputTrack,
  budget: { packets: number; bytes: number },
): Promise<string | null> {
  const [packets, packetsBefore] = [new EncodedPacketSink(track), new EncodedPacketSink(trackBefore)];
  let [packet, before] = await Promise.all([packets.getFirstPacket(), packetsBefore.getFirstPacket()]);
  while (packet && before) {
    const isSame =
      packet.timestamp === before.timestamp &&
      packet.duration === before.duration &&
      packet.type === before.type &&
      Buffer.compare(packet.data, before.data) === 0;
    if (!isSame) return "the label changed its packets";
    budget.packets -= 1;
    budget.bytes -= packet.byteLength;
    if (budget.packets < 0 || budget.bytes < 0) return "it claims more packets than it has";
    [packet, before] = await Promise.all([
      packets.getNextPacket(packet),
      packetsBefore.getNextPacket(before),
    ]);
  }
  return packet || before ? "the label changed its packets" : null;
}

function open({ byteSize, read }: File): Input {
  const source = new CustomSource({
    getSize: () => byteSize,
    read: async (start, end) => new Uint8Array(await read(start, end)),
    prefetchProfile: "fileSystem",
    handleUnhandledError: () => {},
  });
  return new Input({ formats: [MP4, QTFF], source });
}

/** mediabunny reads packets in memory twice as fast, because it need not wait for each. */
async function openInMemory({ byteSize, read }: File): Promise<Input> {
  const source = new BufferSource(new Uint8Array(await read(0, byteSize)));
  return new Input({ formats: [MP4, QTFF], source });
}

async function readAtOnce({ byteSize, read }: File, path?: string): Promise<ReadBytes> {
  const bytes = path ? await readFile(path) : await read(0, byteSize);
  return async (start, end) => bytes.subarray(start, end);
}

/** Reads each part of the file once, although both inputs read it, as long as they read about the same place. */
function readThroughWindows({ byteSize, read }: File): ReadBytes {
  const windows = new Map<number, Promise<Uint8Array>>();
  const getWindow = (nth: number): Promise<Uint8Array> => {
    const found = windows.get(nth) ?? read(nth * windowBytes, Math.min(byteSize, (nth + 1) * windowBytes));
    windows.delete(nth);
    windows.set(nth, found);
    for (const oldest of windows.keys()) if (windows.size > windowsMax) windows.delete(oldest);
    return found;
  };
  return async (start, end) => {
    const parts: Uint8Array[] = [];
    for (let at = start; at < end; ) {
      const nth = Math.floor(at / windowBytes);
      const part = (await getWindow(nth)).subarray(at - nth * windowBytes, end - nth * windowBytes);
      if (part.length === 0) break;
      parts.push(part);
      at += part.length;
    }
    return parts.length === 1 ? (parts[0] as Uint8Array) : Buffer.concat(parts);
  };
}
