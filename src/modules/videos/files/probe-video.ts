import { extname } from "node:path";
import { buffer } from "node:stream/consumers";
import { Worker } from "node:worker_threads";
import { type Storage, StoredFileMissing } from "../../../platform/storage/storage.js";
import type { ByteRange, FromThread, ThreadStart, ToThread } from "./probe-thread.js";
import type { NotAVideo, VideoMetadata } from "./video-metadata.js";

/** Computing time between two reads of the file. A whole video takes a few milliseconds. */
const defaultTimeoutMs = 20_000;
const memoryMb = { maxOldGenerationSizeMb: 192, maxYoungGenerationSizeMb: 32 };

/**
 * Reads the index of a stored mp4 or mov, and checks that its first and last frame are present. A file that is not a
 * complete video is returned as a result. A failure of the storage is thrown.
 *
 * Runs in a worker thread with limits for time and memory: a few bytes of an index can claim billions of frames, and
 * iterating over them would block the event loop.
 */
export async function probeVideo(
  storage: Storage,
  key: string,
  timeoutMs = defaultTimeoutMs,
): Promise<VideoMetadata | NotAVideo> {
  const stored = await storage.stat(key);
  if (!stored) throw new StoredFileMissing(key);
  const read = async ({ start, end }: ByteRange) => buffer(await storage.open(key, { start, end: end - 1 }));
  return runInThread({ byteSize: stored.byteSize }, read, timeoutMs);
}

function runInThread(
  start: ThreadStart,
  read: (range: ByteRange) => Promise<Uint8Array>,
  timeoutMs: number,
): Promise<VideoMetadata | NotAVideo> {
  const thread = acquireThread();
  let timer: NodeJS.Timeout | undefined;
  let reads = 0;
  let removeListeners = () => {};
  let hasResult = false;
  return new Promise<VideoMetadata | NotAVideo>((resolve, reject) => {
    const fail = (detail: string) => resolve({ kind: "not-a-video", detail });
    const startTimer = () => {
      clearTimeout(timer);
      timer = setTimeout(() => fail(`probing took over ${timeoutMs} ms`), timeoutMs);
    };
    const sendBytes = async (id: number, range: ByteRange) => {
      reads += 1;
      clearTimeout(timer);
      const bytes = await read(range);
      thread.postMessage({ id, bytes } satisfies ToThread);
      reads -= 1;
      if (reads === 0 && !hasResult) startTimer();
    };
    removeListeners = listen(thread, {
      message: (message: FromThread) => {
        if (!("result" in message)) return void sendBytes(message.id, message.range).catch(reject);
        hasResult = true;
        resolve(message.result);
      },
      error: (error: Error & { code?: string }) =>
        error.code === "ERR_WORKER_OUT_OF_MEMORY" ? fail("probing needed too much memory") : reject(error),
      exit: () => reject(new Error("the worker thread that probes videos exited without a result")),
    });
    startTimer();
    thread.postMessage(start);
  }).finally(() => {
    clearTimeout(timer);
    removeListeners();
    if (hasResult) releaseThread(thread);
    else void thread.terminate();
  });
}

/** Returns a function that removes the listeners. */
function listen(thread: Worker, listeners: Record<string, (...args: never[]) => void>): () => void {
  const all = Object.entries(listeners) as [string, (...args: unknown[]) => void][];
  for (const [name, listener] of all) thread.on(name, listener);
  return () => {
    for (const [name, listener] of all) thread.off(name, listener);
  };
}

const threadUrl = new URL(`./probe-thread${extname(import.meta.url)}`, import.meta.url);
const idleMax = 2;
const idle: Worker[] = [];

/** Starting a thread takes many times longer than probing a video, so idle threads are reused. */
function acquireThread(): Worker {
  const thread = idle.pop() ?? startThread();
  thread.ref();
  return thread;
}

function releaseThread(thread: Worker): void {
  if (idle.length >= idleMax) return void thread.terminate();
  thread.unref();
  idle.push(thread);
}

function startThread(): Worker {
  const thread = new Worker(threadUrl, { env: {}, execArgv: [], resourceLimits: memoryMb });
  thread.on("error", () => {}); // An idle thread has no other listener.
  thread.once("exit", () => {
    if (idle.includes(thread)) idle.splice(idle.indexOf(thread), 1);
  });
  return thread;
}
