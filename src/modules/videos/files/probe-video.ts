import { extname } from "node:path";
import { buffer } from "node:stream/consumers";
import { Worker } from "node:worker_threads";
import { type Storage, StoredFileMissing } from "../../../platform/storage/storage.js";
import type { ByteRange, FromThread, ThreadStart, ToThread } from "./probe-thread.js";
import type { NotAVideo, VideoMetadata } from "./video-metadata.js";

/** Thinking, not waiting for the file: a whole video takes some milliseconds. */
const defaultTimeoutMs = 20_000;
const memoryMb = { maxOldGenerationSizeMb: 192, maxYoungGenerationSizeMb: 32 };

/**
 * Reads what a stored mp4 or mov holds: its index, and whether the bytes of its first and last frame
 * are there. A file that is no whole video is a result; a storage that cannot be read is thrown.
 *
 * A thread of its own does the reading, with bounds of time and memory: an index may claim billions of
 * frames in a few bytes, and whoever counts to them answers nobody meanwhile.
 */
export async function probeVideo(
  storage: Storage,
  key: string,
  silenceMs = defaultTimeoutMs,
): Promise<VideoMetadata | NotAVideo> {
  const stored = await storage.stat(key);
  if (!stored) throw new StoredFileMissing(key);
  const read = async ({ start, end }: ByteRange) => buffer(await storage.open(key, { start, end: end - 1 }));
  return runInThread({ byteSize: stored.byteSize }, read, silenceMs);
}

function runInThread(
  start: ThreadStart,
  read: (wanted: ByteRange) => Promise<Uint8Array>,
  silenceMs: number,
): Promise<VideoMetadata | NotAVideo> {
  const thread = acquireThread();
  let patience: NodeJS.Timeout | undefined;
  let reads = 0;
  let forget = () => {};
  let answered = false;
  return new Promise<VideoMetadata | NotAVideo>((resolve, reject) => {
    const giveUp = (detail: string) => resolve({ kind: "not-a-video", detail });
    const beginPatience = () => {
      clearTimeout(patience);
      patience = setTimeout(() => giveUp(`reading it takes over ${silenceMs} ms`), silenceMs);
    };
    const answer = async (id: number, wanted: ByteRange) => {
      reads += 1;
      clearTimeout(patience);
      const bytes = await read(wanted);
      thread.postMessage({ id, bytes } satisfies ToThread);
      reads -= 1;
      if (reads === 0 && !answered) beginPatience();
    };
    forget = listen(thread, {
      message: (said: FromThread) => {
        if (!("found" in said)) return void answer(said.id, said.wanted).catch(reject);
        answered = true;
        resolve(said.found);
      },
      error: (error: Error & { code?: string }) =>
        error.code === "ERR_WORKER_OUT_OF_MEMORY"
          ? giveUp("reading it takes too much memory")
          : reject(error),
      exit: () => reject(new Error("the thread that reads videos ended without a result")),
    });
    beginPatience();
    thread.postMessage(start);
  }).finally(() => {
    clearTimeout(patience);
    forget();
    if (answered) releaseThread(thread);
    else void thread.terminate();
  });
}

/** Returns what takes the listeners off again. */
function listen(thread: Worker, listeners: Record<string, (...said: never[]) => void>): () => void {
  const all = Object.entries(listeners) as [string, (...said: unknown[]) => void][];
  for (const [name, listener] of all) thread.on(name, listener);
  return () => {
    for (const [name, listener] of all) thread.off(name, listener);
  };
}

const program = new URL(`./probe-thread${extname(import.meta.url)}`, import.meta.url);
const idleMax = 2;
const idle: Worker[] = [];

/** A thread takes many times longer to start than to read a video, so those that answered stay. */
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
  const thread = new Worker(program, { env: {}, execArgv: [], resourceLimits: memoryMb });
  thread.on("error", () => {}); // While it waits nobody else listens.
  thread.once("exit", () => {
    if (idle.includes(thread)) idle.splice(idle.indexOf(thread), 1);
  });
  return thread;
}
