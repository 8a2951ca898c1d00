import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { setFlagsFromString } from "node:v8";
import { parentPort } from "node:worker_threads";
import init, { WasmBuilder, WasmReader } from "@contentauth/c2pa-wasm";

// Runs in a worker thread that credentials.ts starts. It imports only types from other files, so that it runs both from
// source and built. The private key stays outside: the thread sends the bytes to sign.

export interface SignRequest {
  kind: "sign";
  bytes: ArrayBuffer;
  mimeType: string;
  /** A manifest definition of c2pa-rs, as JSON. */
  manifest: string;
  /** The file that the bytes were made from, if it has credentials of its own. */
  ingredient: { bytes: ArrayBuffer; definition: string } | null;
  /** A name of c2pa-rs, such as es256. */
  algorithm: string;
  signatureBytes: number;
}

export interface ReadRequest {
  kind: "read";
  bytes: ArrayBuffer;
  mimeType: string;
  /** Certificates in PEM that make credentials trusted. */
  trustAnchors: string | null;
}

export type ToThread = SignRequest | ReadRequest | { kind: "signature"; signature: Uint8Array<ArrayBuffer> };

/** `memoryBytes` is the memory of the thread, which never shrinks. */
export type FromThread =
  | { kind: "to-sign"; bytes: Uint8Array }
  | { kind: "signed"; bytes: Uint8Array; source: ArrayBuffer; memoryBytes: number }
  | { kind: "read"; state: string; memoryBytes: number }
  | { kind: "failed"; detail: string; memoryBytes: number };

/** Stands for the browser's Blob. The library calls nothing else of it. */
class Bytes {
  readonly buffer: ArrayBuffer;

  constructor(buffer: ArrayBuffer) {
    this.buffer = buffer;
  }

  get size(): number {
    return this.buffer.byteLength;
  }

  slice(start: number, end: number): Bytes {
    return start === 0 && end >= this.size ? this : new Bytes(this.buffer.slice(start, end));
  }
}

Object.assign(globalThis, {
  FileReaderSync: class {
    readAsArrayBuffer({ buffer }: Bytes): ArrayBuffer {
      return buffer;
    }
  },
});

/**
 * Signing a file of 50 MiB with another one as its ingredient takes 320 MiB. A worker's `resourceLimits` do not cover
 * WebAssembly and the library sets no maximum, so V8 does, for the whole process. Beyond it the library ends with
 * "unreachable", and the thread with it.
 */
const memoryBytesMax = 512 * 1024 * 1024;
const pageBytes = 65_536;
setFlagsFromString(`--wasm-max-mem-pages=${memoryBytesMax / pageBytes}`);

const port = parentPort;
if (!port) throw new Error("credentials-thread must run in a worker thread");
const wasm = fileURLToPath(import.meta.resolve("@contentauth/c2pa-wasm/c2pa.wasm"));
const { memory } = await init({ module_or_path: readFileSync(wasm) });
let receiveSignature: (signature: Uint8Array<ArrayBuffer>) => void = () => {};

port.on("message", (message: ToThread) => {
  if (message.kind === "signature") return receiveSignature(message.signature);
  const answer = message.kind === "sign" ? sign(message) : read(message);
  void answer.catch((error: unknown) => {
    const detail = error instanceof Error ? error.message : String(error);
    port.postMessage({ kind: "failed", detail: detail.slice(0, 500), ...held() } satisfies FromThread);
  });
});

const held = () => ({ memoryBytes: memory.buffer.byteLength });
const asBlob = (bytes: ArrayBuffer) => new Bytes(bytes) as unknown as Blob;

async function sign(request: SignRequest): Promise<void> {
  const builder = WasmBuilder.fromJson(request.manifest);
  try {
    const { ingredient, mimeType, bytes: source } = request;
    if (ingredient)
      await builder.addIngredientFromBlob(ingredient.definition, mimeType, asBlob(ingredient.bytes));
    const signer = { alg: request.algorithm, reserveSize: request.signatureBytes, sign: requestSignature };
    const bytes = await builder.sign(signer, [], mimeType, asBlob(source));
    const answer: FromThread = { kind: "signed", bytes, source, ...held() };
    port?.postMessage(answer, [bytes.buffer as ArrayBuffer, source]);
  } finally {
    builder.free();
  }
}

function requestSignature(bytes: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  return new Promise((resolve) => {
    receiveSignature = resolve;
    port?.postMessage({ kind: "to-sign", bytes: bytes.slice() } satisfies FromThread);
  });
}

async function read({ bytes, mimeType, trustAnchors }: ReadRequest): Promise<void> {
  const settings = trustAnchors === null ? null : JSON.stringify({ trust: { trust_anchors: trustAnchors } });
  const reader = await WasmReader.fromBytes(mimeType, new Uint8Array(bytes), settings);
  try {
    const { validation_state: state } = JSON.parse(reader.json()) as { validation_state?: string };
    port?.postMessage({ kind: "read", state: state ?? "Invalid", ...held() } satisfies FromThread);
  } finally {
    reader.free();
  }
}
