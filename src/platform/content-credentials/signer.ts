import { constants, createPrivateKey, type KeyObject, sign, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { OperatorError } from "../base/operator-error.js";
import { encodeSignature, type SignatureParts } from "./cose.js";

interface Algorithm {
  /** As c2pa-rs names it. */
  name: string;
  /** IANA's number of the COSE algorithm. */
  cose: number;
  hash: string | null;
}

const curves: Record<string, Algorithm> = {
  prime256v1: { name: "es256", cose: -7, hash: "sha256" },
  secp384r1: { name: "es384", cose: -35, hash: "sha384" },
  secp521r1: { name: "es512", cose: -36, hash: "sha512" },
};
const ed25519: Algorithm = { name: "ed25519", cose: -8, hash: null };
const rsaPss: Algorithm = { name: "ps256", cose: -37, hash: "sha256" };

/** A signature has as many bits as its key. Larger ones take seconds, and do not fit into the room for a signature. */
const rsaBits = { min: 2048, max: 8192 };

/** Purposes of a certificate, of which C2PA asks for one: its own, documents, e-mail. */
const purposes = ["1.3.6.1.4.1.62558.2.1", "1.3.6.1.5.5.7.3.36", "1.3.6.1.5.5.7.3.4"];

/** Signs Content Credentials. */
export interface Signer {
  algorithm: string;
  /** Every signature has this many bytes. */
  signatureBytes: number;
  /** The certificates without their keys, in PEM: anchors for the credentials that it signs. */
  certificates: string;
  /** A COSE_Sign1 structure over the claim. */
  sign(claim: Uint8Array): Uint8Array<ArrayBuffer>;
}

/** Loads certificate and key from PEM files. Throws OperatorError that says what is wrong with them. */
export function loadSigner(certificateFile: string, keyFile: string, now: Date): Signer {
  const pem = readPem("C2PA_CERT_FILE", certificateFile);
  const chain = parse("C2PA_CERT_FILE has no certificates in PEM", () =>
    (pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []).map(
      (text) => new X509Certificate(text),
    ),
  );
  const [leaf, ...issuers] = chain;
  if (!leaf) throw new OperatorError("C2PA_CERT_FILE has no certificates in PEM");
  const keyPem = readPem("C2PA_KEY_FILE", keyFile);
  const key = parse("C2PA_KEY_FILE has no private key in PEM without a password", () =>
    createPrivateKey(keyPem),
  );
  const algorithm = algorithmOf(key);
  if (!algorithm)
    throw new OperatorError(
      `C2PA_KEY_FILE must be an EC (P-256, P-384, P-521), Ed25519 or RSA key, the latter of ${rsaBits.min} to ${rsaBits.max} bits`,
    );
  const problem = problemWith(leaf, issuers, key, now);
  if (problem !== null) throw new OperatorError(problem);
  // The root is an anchor on the reader's side and does not belong into the file.
  const sent = chain.filter((certificate) => certificate === leaf || !isSelfSigned(certificate));
  const signer = createSigner(key, algorithm, sent, pem);
  parse("C2PA_KEY_FILE has a key that cannot sign", () => signer.sign(Buffer.from("a trial")));
  return signer;
}

function createSigner(
  key: KeyObject,
  algorithm: Algorithm,
  chain: X509Certificate[],
  certificates: string,
): Signer {
  const parts: SignatureParts = { algorithm: algorithm.cose, certificates: chain.map(({ raw }) => raw) };
  const signatureBytes = 2048 + parts.certificates.reduce((sum, { length }) => sum + length, 0);
  const padding = constants.RSA_PKCS1_PSS_PADDING;
  return {
    ...{ algorithm: algorithm.name, signatureBytes, certificates },
    sign: (claim) =>
      encodeSignature(claim, parts, signatureBytes, (bytes) =>
        sign(algorithm.hash, bytes, {
          key,
          dsaEncoding: "ieee-p1363",
          padding: key.asymmetricKeyType === "rsa" ? padding : undefined,
          saltLength: 32,
        }),
      ),
  };
}

function problemWith(
  leaf: X509Certificate,
  issuers: X509Certificate[],
  key: KeyObject,
  now: Date,
): string | null {
  if (!leaf.checkPrivateKey(key))
    return "C2PA_KEY_FILE is not the key of the first certificate in C2PA_CERT_FILE";
  if (now < leaf.validFromDate || now > leaf.validToDate)
    return `the first certificate in C2PA_CERT_FILE is valid from ${leaf.validFrom} to ${leaf.validTo}`;
  if (leaf.ca || isSelfSigned(leaf))
    return "the first certificate in C2PA_CERT_FILE must be issued by an authority, and not be one";
  if (!(leaf.keyUsage ?? []).some((purpose) => purposes.includes(purpose)))
    return `the first certificate in C2PA_CERT_FILE must have one of the extended key usages ${purposes.join(", ")}`;
  const chain = [leaf, ...issuers];
  const isOrdered = issuers.every(
    (issuer, nth) => chain[nth]?.checkIssued(issuer) && chain[nth]?.verify(issuer.publicKey),
  );
  return isOrdered ? null : "C2PA_CERT_FILE must list each certificate before its issuer";
}

function algorithmOf(key: KeyObject): Algorithm | null {
  if (key.asymmetricKeyType === "ed25519") return ed25519;
  if (key.asymmetricKeyType === "rsa") {
    const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
    return bits >= rsaBits.min && bits <= rsaBits.max ? rsaPss : null;
  }
  return curves[key.asymmetricKeyDetails?.namedCurve ?? ""] ?? null;
}

function isSelfSigned(certificate: X509Certificate): boolean {
  return certificate.checkIssued(certificate);
}

function readPem(setting: string, path: string): string {
  return parse(`${setting} cannot be read`, () => readFileSync(path, "utf8"));
}

function parse<T>(problem: string, read: () => T): T {
  try {
    return read();
  } catch {
    throw new OperatorError(problem);
  }
}
