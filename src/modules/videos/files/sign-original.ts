import { buffer } from "node:stream/consumers";
import { formatLabel, hasCredentials, madeByAi, readOriginal } from "../../../platform/ai-labels/index.js";
import {
  type Claim,
  credentialsBytesMax,
  readCredentials,
  type Signer,
  signContent,
} from "../../../platform/content-credentials/index.js";
import { digestBytes } from "../../../platform/storage/file-digest.js";
import type { Storage } from "../../../platform/storage/storage.js";
import { crashPoint } from "../videos.crash-points.js";
import { probeFile } from "./probe-video.js";
import type { StoredOriginal } from "./store-original.js";
import { originalKey } from "./video-keys.js";

const mimeType = "video/mp4";
const generator = { name: "SkyRiff", version: "1" };

/**
 * Signs a stored, labeled file and replaces it by the signed one. The vendor's own credentials fit the file as it came,
 * so that file becomes the ingredient. A file that cannot be signed stays as it is, and `detail` says why.
 */
export async function signOriginal(
  storage: Storage,
  stored: StoredOriginal,
  signer: Signer,
): Promise<{ kind: "signed"; stored: StoredOriginal } | { kind: "not-signed"; detail: string }> {
  const { folder, byteSize, label, edits } = stored;
  if (!label) return { kind: "not-signed", detail: "it has no label" };
  if (byteSize > credentialsBytesMax)
    return { kind: "not-signed", detail: `it has over ${credentialsBytesMax} bytes` };
  const bytes = await buffer(await storage.open(originalKey(folder)));
  const read = async (start: number, end: number) => bytes.subarray(start, end);
  const vendorFile = hasCredentials(bytes)
    ? await readOriginal(edits, read)(0, Number.POSITIVE_INFINITY)
    : null;
  const title = label.PropagateID || label.ProduceID;
  const claim = { generator, title, digitalSourceType: madeByAi, ingredient: vendorFile };
  const signed = await signAndCheck(bytes, claim, signer).catch((error: Error) => error);
  if (signed instanceof Error) return { kind: "not-signed", detail: signed.message };
  const expected = {
    label: formatLabel(label),
    edits: [{ start: 0, byteSize: signed.length, original: bytes }],
  };
  const found = await probeFile(signed.length, async ({ start, end }) => signed.subarray(start, end), {
    expected,
  });
  if (found.kind !== "video") return { kind: "not-signed", detail: found.detail };
  await storage.put(originalKey(folder), signed, { contentType: mimeType });
  crashPoint("ingest-video.signed-stored");
  return { kind: "signed", stored: { ...stored, ...digestBytes(signed), signed: true } };
}

/** The library does not check its own work: an expired certificate gives a signature that no reader accepts. */
async function signAndCheck(bytes: Buffer, claim: Claim, signer: Signer): Promise<Buffer> {
  const signed = await signContent({ bytes, mimeType }, claim, signer);
  const state = await readCredentials({ bytes: signed, mimeType }, null);
  if (state === "invalid") throw new Error("the signature is not valid: look at the certificate's dates");
  return signed;
}
