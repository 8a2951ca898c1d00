import { buffer } from "node:stream/consumers";
import { type Storage, StoredFileMissing } from "../../../platform/storage/storage.js";
import type { ExpectedLabel } from "./check-label.js";
import { acquireChild, crashSignals, listen, releaseChild } from "./probe-children.js";
import type { ByteRange, FromChild, ProbeStart, ToChild } from "./probe-process.js";
import type { NotAVideo, VideoMetadata } from "./video-metadata.js";

/** Computing time between two reads of the file. A whole video takes a few milliseconds. */
const defaultTimeoutMs = 20_000;
interface ProbeOptions {
  expected?: ExpectedLabel;
  timeoutMs?: number;
}

/** An index or a frame is read in one piece. Those of ten minutes in 4096x4096 pixels are smaller. */
const readBytesMax = 64 * 1024 * 1024;

/**
 * Reads the index of a stored mp4 or mov, and checks that its first and last frame are present. Of a labeled file, it
 * also reads the label back and compares all packets with the file before. A file that is not a complete video is
 * returned as a result. A failure of the storage is thrown.
 *
 * Runs in a child process with limits for time and memory: a few bytes of an index can claim billions of frames.
 * Iterating over them would block the event loop. Listing them exhausts the heap, and V8 then aborts the whole process,
 * even if a worker thread with `resourceLimits` does it.
 */
export async function probeVideo(
  storage: Storage,
  key: string,
  options: ProbeOptions = {},
): Promise<VideoMetadata | NotAVideo> {
  const stored = await storage.stat(key);
  if (!stored) throw new StoredFileMissing(key);
  const read = async ({ start, end }: ByteRange) => buffer(await storage.open(key, { start, end: end - 1 }));
  const path = storage.localPath?.(key);
  const expected = options.expected && { ...options.expected, path };
  return probeFile(stored.byteSize, read, { ...options, expected });
}

/** The same for a file that is not stored. */
export function probeFile(
  byteSize: number,
  read: (range: ByteRange) => Promise<Uint8Array>,
  { expected, timeoutMs = defaultTimeoutMs }: ProbeOptions = {},
): Promise<VideoMetadata | NotAVideo> {
  return runInChild({ byteSize, expected }, read, timeoutMs);
}

function runInChild(
  start: ProbeStart,
  read: (range: ByteRange) => Promise<Uint8Array>,
  timeoutMs: number,
): Promise<VideoMetadata | NotAVideo> {
  const child = acquireChild();
  let timer: NodeJS.Timeout | undefined;
  let reads = 0;
  let removeListeners = () => {};
  let result: VideoMetadata | NotAVideo | undefined;
  return new Promise<VideoMetadata | NotAVideo>((resolve, reject) => {
    const fail = (detail: string) => resolve({ kind: "not-a-video", detail });
    // A message that cannot be sent needs no handling: `exit` follows.
    const send = (message: ToChild) => child.send(message, () => {});
    const startTimer = () => {
      clearTimeout(timer);
      timer = setTimeout(() => fail(`probing took over ${timeoutMs} ms`), timeoutMs);
    };
    const sendBytes = async (id: number, range: ByteRange) => {
      if (range.end - range.start > readBytesMax) return fail(`a part of over ${readBytesMax} bytes`);
      reads += 1;
      clearTimeout(timer);
      const bytes = await read(range);
      send({ id, bytes });
      reads -= 1;
      if (reads === 0 && !result) startTimer();
    };
    removeListeners = listen(child, {
      message: (message: FromChild) => {
        if (!("result" in message)) return void sendBytes(message.id, message.range).catch(reject);
        result = message.result;
        resolve(result);
      },
      error: reject,
      exit: (_code: number | null, signal: NodeJS.Signals | null) =>
        signal && crashSignals.has(signal)
          ? fail(`probing ended by ${signal}: most likely it needed too much memory`)
          : reject(new Error(`the process that probes videos ended without a result (${signal})`)),
    });
    startTimer();
    send(start);
  }).finally(() => {
    clearTimeout(timer);
    removeListeners();
    // A file that is not a video may have left a large heap.
    releaseChild(child, result?.kind === "video");
  });
}
