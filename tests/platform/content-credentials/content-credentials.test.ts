import { createPrivateKey } from "node:crypto";
import { copyFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hasCredentials, madeByAi } from "../../../src/platform/ai-labels/index.js";
import { makeBox } from "../../../src/platform/ai-labels/mp4/boxes.js";
import {
  credentialsBytesMax,
  loadSigner,
  readCredentials,
  signContent,
} from "../../../src/platform/content-credentials/index.js";
import { type CertificateFiles, issueCertificate } from "../../support/certificates.js";
import { temporaryFolder } from "../../support/temporary-folder.js";
import { frontIndex, makeMp4, readPackets } from "../ai-labels/sample-mp4.js";

const mimeType = "video/mp4";
const claim = {
  generator: { name: "Test", version: "1" },
  ...{ title: "vid_01", digitalSourceType: madeByAi, ingredient: null },
};

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let certificate: CertificateFiles;
let original: Buffer;
beforeAll(async () => {
  folder = await temporaryFolder();
  certificate = await issueCertificate(folder.path);
  original = await makeMp4(join(folder.path, "original.mp4"), frontIndex);
});
afterAll(() => folder.remove());

const signer = ({ certificateFile, keyFile } = certificate) =>
  loadSigner(certificateFile, keyFile, new Date());
const stateOf = (bytes: Buffer, trustAnchors: string | null = null) =>
  readCredentials({ bytes, mimeType }, trustAnchors);

describe("a signed file", () => {
  test("is trusted with its authority as anchor, valid without, and invalid once a byte has changed", async () => {
    const signed = await signContent({ bytes: original, mimeType }, claim, signer());
    expect(hasCredentials(signed)).toBe(true);
    for (const text of ["c2pa.created", "digitalSourceType", madeByAi, claim.title])
      expect(signed.includes(text)).toBe(true);
    expect(await readPackets(signed)).toEqual(await readPackets(original));
    expect(await stateOf(signed, certificate.root)).toBe("trusted");
    expect(await stateOf(signed)).toBe("valid");
    signed.writeUInt8(signed.readUInt8(signed.length - 100) ^ 1, signed.length - 100);
    expect(await stateOf(signed, certificate.root)).toBe("invalid");
  });

  test.each(["ed25519", "ps256"] as const)("can be signed with %s", async (algorithm) => {
    const other = await issueCertificate(folder.path, { algorithm });
    const signed = await signContent({ bytes: original, mimeType }, claim, signer(other));
    expect(await stateOf(signed, other.root)).toBe("trusted");
    certificate = await issueCertificate(folder.path);
  });

  test("names the file with other credentials that it was made from as its ingredient", async () => {
    const vendors = await signContent({ bytes: original, mimeType }, claim, signer());
    const signed = await signContent(
      { bytes: vendors, mimeType },
      { ...claim, ingredient: vendors },
      signer(),
    );
    expect(await stateOf(signed, certificate.root)).toBe("trusted");
    expect(signed.includes("c2pa.ingredient")).toBe(true);
    expect(vendors.includes("c2pa.ingredient")).toBe(false);
  });
});

test("a file of another kind cannot be signed, and its credentials are invalid", async () => {
  const junk = Buffer.from("This is no mp4. ".repeat(100));
  await expect(signContent({ bytes: junk, mimeType }, claim, signer())).rejects.toThrow();
  expect(await stateOf(junk)).toBe("invalid");
});

test("an error of the signer fails its own file, and the next one is signed", async () => {
  const broken = {
    ...signer(),
    sign: () => {
      throw new Error("the signature does not fit");
    },
  };
  const content = { bytes: original, mimeType };
  await expect(signContent(content, claim, broken)).rejects.toThrow("the signature does not fit");
  expect(await stateOf(await signContent(content, claim, signer()))).toBe("valid");
});

describe("the library's memory", () => {
  const withBytes = (byteSize: number) => {
    const free = makeBox("free", Buffer.alloc(byteSize - original.length - 8));
    return Buffer.concat([original, free]);
  };

  test("is enough for the largest file that is signed, with another one as its ingredient", async () => {
    const large = { bytes: withBytes(credentialsBytesMax), mimeType };
    const vendors = await signContent(large, claim, signer());
    const signed = await signContent(large, { ...claim, ingredient: vendors }, signer());
    expect(await stateOf(signed, certificate.root)).toBe("trusted");
  });

  test("is limited: a file that needs more fails, and the next one is signed", async () => {
    const huge = { bytes: withBytes(2.5 * credentialsBytesMax), mimeType };
    await expect(signContent(huge, claim, signer())).rejects.toThrow(/the library failed/);
    const signed = await signContent({ bytes: original, mimeType }, claim, signer());
    expect(await stateOf(signed, certificate.root)).toBe("trusted");
  });
});

describe("a certificate is refused at the start", () => {
  const problemWith = (files: { certificateFile: string; keyFile: string }) => {
    try {
      signer({ ...certificate, ...files });
      return null;
    } catch (error) {
      return (error as Error).message;
    }
  };
  const inFolder = (name: string) => join(folder.path, name);

  test("if a file is missing or holds something else", async () => {
    await writeFile(inFolder("text.pem"), "no PEM");
    const { certificateFile, keyFile } = certificate;
    expect(problemWith({ certificateFile: inFolder("absent.pem"), keyFile })).toMatch(
      /C2PA_CERT_FILE cannot be read/,
    );
    expect(problemWith({ certificateFile: inFolder("text.pem"), keyFile })).toMatch(/C2PA_CERT_FILE has no/);
    expect(problemWith({ certificateFile, keyFile: inFolder("text.pem") })).toMatch(/C2PA_KEY_FILE has no/);
  });

  test("if its key has more bits than a signature has room for", async () => {
    // No primes, because finding them takes minutes. The size is checked before the key is used.
    const number = (bits: number) => Buffer.alloc(bits / 8, 0xff).toString("base64url");
    const [n, half] = [number(16_384), number(8_192)];
    const jwk = { kty: "RSA", n, e: "AQAB", d: n, p: half, q: half, dp: half, dq: half, qi: half };
    const key = createPrivateKey({ key: jwk, format: "jwk" });
    await writeFile(inFolder("huge.pem"), key.export({ type: "pkcs8", format: "pem" }));
    expect(problemWith({ ...certificate, keyFile: inFolder("huge.pem") })).toMatch(/RSA key.* 2048 to 8192/);
  });

  test("if it does not belong to the key, has expired, is for another purpose, or signs itself", async () => {
    await copyFile(certificate.keyFile, inFolder("first.pem"));
    const other = await issueCertificate(folder.path);
    expect(problemWith({ ...other, keyFile: inFolder("first.pem") })).toMatch(/is not the key/);
    expect(problemWith(await issueCertificate(folder.path, { validDays: -1 }))).toMatch(/valid from/);
    const forServers = await issueCertificate(folder.path, { purpose: "1.3.6.1.5.5.7.3.1" });
    expect(problemWith(forServers)).toMatch(/extended key usages/);
    certificate = await issueCertificate(folder.path);
    const pem = await readFile(certificate.certificateFile, "utf8");
    await writeFile(
      inFolder("reversed.pem"),
      pem
        .split(/(?=-----BEGIN)/)
        .reverse()
        .join("\n"),
    );
    expect(problemWith({ ...certificate, certificateFile: inFolder("reversed.pem") })).toMatch(
      /is not the key/,
    );
  });
});
