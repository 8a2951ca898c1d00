import { extname } from "node:path";
import { Worker } from "node:worker_threads";
import { bulkhead } from "cockatiel";
import type { FromThread, ReadRequest, SignRequest, ToThread } from "./credentials-thread.js";
import type { Signer } from "./signer.js";

// Content Credentials (C2PA) by the library of their authors, as WebAssembly. It holds a file several times in memory, so
// files and memory are limited, one is processed at a time, and a thread that has grown is not used again.

export const credentialsBytesMax = 50 * 1024 * 1024;
const timeLimitMs = 60_000;
const idleMemoryBytesMax = 64 * 1024 * 1024;

/** `trusted`: by one of the given anchors. `invalid`: the file is not as it was signed, or its signature is broken. */
export type CredentialsState = "valid" | "trusted" | "invalid";

export interface Content {
  bytes: Uint8Array;
  mimeType: string;
}

export interface Claim {
  /** Of the program that makes the claim. */
  generator: { name: string; version: string };
  title: string;
  /** IPTC's term for how the content was made. */
  digitalSourceType: string;
  /** The file that the content was made from, if it has credentials of its own. */
  ingredient: Uint8Array | null;
}

const slot = bulkhead(1, Number.POSITIVE_INFINITY);

/**
 * The content with a signed claim that it was created, as its digital source type says. Rejects if it cannot be signed,
 * for example with an expired certificate.
 */
export async function signContent(
  { bytes, mimeType }: Content,
  claim: Claim,
  signer: Signer,
): Promise<Buffer> {
  const created = { action: "c2pa.created", digitalSourceType: claim.digitalSourceType };
  const manifest = {
    ...{ claim_version: 2, claim_generator_info: [claim.generator], title: claim.title, format: mimeType },
    assertions: [{ label: "c2pa.actions.v2", data: { actions: [created] } }],
  };
  const { ingredient } = claim;
  const request: SignRequest = {
    ...{ kind: "sign", mimeType, bytes: copyOf(bytes), manifest: JSON.stringify(manifest) },
    ingredient: ingredient && {
      bytes: copyOf(ingredient),
      definition: JSON.stringify({ title: "original", relationship: "inputTo" }),
    },
    ...{ algorithm: signer.algorithm, signatureBytes: signer.signatureBytes },
  };
  const answer = await slot.execute(() => runInThread(request, signer));
  if (answer.kind !== "signed")
    throw new Error(answer.kind === "failed" ? answer.detail : "no signature was made");
  return Buffer.from(answer.bytes.buffer, answer.bytes.byteOffset, answer.bytes.byteLength);
}

/**
 * Reads and checks the credentials of a content that has some. `trustAnchors` are certificates in PEM. Rejects if the
 * library fails or takes too long.
 */
export async function readCredentials(
  { bytes, mimeType }: Content,
  trustAnchors: string | null,
): Promise<CredentialsState> {
  const request: ReadRequest = { kind: "read", bytes: copyOf(bytes), mimeType, trustAnchors };
  const answer = await slot.execute(() => runInThread(request, null));
  if (answer.kind !== "read") return "invalid";
  const states: Record<string, CredentialsState> = { Valid: "valid", Trusted: "trusted" };
  return states[answer.state] ?? "invalid";
}

/** The thread gets the copy and this process keeps its own, without a moment at which both sides hold two. */
function copyOf(bytes: Uint8Array): ArrayBuffer {
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
}

type Answer = Exclude<FromThread, { kind: "to-sign" }>;

let idle: Worker | null = null;

/** Rejects if the thread fails or takes too long. */
async function runInThread(request: SignRequest | ReadRequest, signer: Signer | null): Promise<Answer> {
  const thread = idle ?? startThread();
  idle = null;
  thread.ref();
  let timer: NodeJS.Timeout | undefined;
  let answer: Answer | undefined;
  try {
    answer = await new Promise<Answer>((resolve, reject) => {
      timer = setTimeout(() => reject(new Error(`it took over ${timeLimitMs} ms`)), timeLimitMs);
      thread.on("error", (cause) => reject(new Error(`the library failed: ${cause.message}`, { cause })));
      thread.on("exit", () => reject(new Error("the thread for Content Credentials ended")));
      thread.on("message", (message: FromThread) => {
        if (message.kind !== "to-sign") return resolve(message);
        try {
          const signature = signer?.sign(message.bytes);
          if (signature) thread.postMessage({ kind: "signature", signature } satisfies ToThread);
        } catch (error) {
          reject(error); // An error that leaves a listener would end the process.
        }
      });
      const ingredient = request.kind === "sign" && request.ingredient ? [request.ingredient.bytes] : [];
      thread.postMessage(request, [request.bytes, ...ingredient]);
    });
    return answer;
  } finally {
    clearTimeout(timer);
    for (const event of ["error", "exit", "message"]) thread.removeAllListeners(event);
    release(thread, answer !== undefined && answer.memoryBytes <= idleMemoryBytesMax);
  }
}

function release(thread: Worker, canReuse: boolean): void {
  thread.on("error", () => {}); // Without a listener, a late error would end the process.
  if (!canReuse) return void thread.terminate();
  thread.once("exit", () => {
    if (idle === thread) idle = null;
  });
  thread.unref();
  idle = thread;
}

function startThread(): Worker {
  const program = new URL(`./credentials-thread${extname(import.meta.url)}`, import.meta.url);
  return new Worker(program, {
    ...{ env: {}, execArgv: [] },
    resourceLimits: { maxOldGenerationSizeMb: 128, maxYoungGenerationSizeMb: 32 },
  });
}
