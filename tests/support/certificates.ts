import "reflect-metadata";
import { webcrypto } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  cryptoProvider,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectKeyIdentifierExtension,
  X509CertificateGenerator,
} from "@peculiar/x509";

const algorithms = {
  es256: { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" },
  ed25519: { name: "Ed25519" },
  ps256: {
    name: "RSASSA-PKCS1-v1_5",
    modulusLength: 2048,
    publicExponent: new Uint8Array([1, 0, 1]),
    hash: "SHA-256",
  },
};
const day = 24 * 60 * 60 * 1000;
const emailProtection = "1.3.6.1.5.5.7.3.4";

export interface CertificateFiles {
  /** In PEM. */
  root: string;
  certificateFile: string;
  keyFile: string;
}

/** A certificate that an authority of its own has issued, as PEM files in the folder. */
export async function issueCertificate(
  folder: string,
  { algorithm = "es256" as keyof typeof algorithms, validDays = 30, purpose = emailProtection } = {},
): Promise<CertificateFiles> {
  cryptoProvider.set(webcrypto as never);
  const signingAlgorithm = algorithms[algorithm];
  const [rootKeys, keys] = [await generateKeys(signingAlgorithm), await generateKeys(signingAlgorithm)];
  const validity = {
    notBefore: new Date(Date.now() - 100 * day),
    notAfter: new Date(Date.now() + validDays * day),
  };
  const root = await X509CertificateGenerator.createSelfSigned({
    ...{ name: "CN=Test authority, O=Test", keys: rootKeys, signingAlgorithm, ...validity },
    extensions: [
      new BasicConstraintsExtension(true, 1, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign, true),
      await SubjectKeyIdentifierExtension.create(rootKeys.publicKey),
    ],
  });
  const leaf = await X509CertificateGenerator.create({
    ...{ subject: "CN=Test studio, O=Test", issuer: root.subject, signingAlgorithm, ...validity },
    ...{ publicKey: keys.publicKey, signingKey: rootKeys.privateKey },
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([purpose]),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
      await AuthorityKeyIdentifierExtension.create(rootKeys.publicKey),
    ],
  });
  const files = { certificateFile: join(folder, "certificate.pem"), keyFile: join(folder, "key.pem") };
  await writeFile(files.certificateFile, `${leaf.toString("pem")}\n${root.toString("pem")}\n`);
  const pkcs8 = await webcrypto.subtle.exportKey("pkcs8", keys.privateKey);
  await writeFile(files.keyFile, PemConverter.encode(pkcs8, "PRIVATE KEY"));
  return { root: root.toString("pem"), ...files };
}

function generateKeys(algorithm: { name: string }): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithm, true, [
    "sign",
    "verify",
  ]) as Promise<webcrypto.CryptoKeyPair>;
}
