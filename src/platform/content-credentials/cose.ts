// Signatures as COSE_Sign1 (RFC 9052) with the certificates in the protected header (RFC 9360), which C2PA asks for.

export interface SignatureParts {
  /** IANA's number of the COSE algorithm. */
  algorithm: number;
  /** In DER, the signer's first. */
  certificates: Buffer[];
}

const algorithmLabel = 1;
const certificatesLabel = 33;
const signTag = 0xd2;
const padMin = 256;

/** A structure of exactly `byteSize` bytes, which must leave room for 700 bytes besides the certificates. */
export function encodeSignature(
  payload: Uint8Array,
  { algorithm, certificates }: SignatureParts,
  byteSize: number,
  sign: (bytes: Buffer) => Buffer,
): Uint8Array<ArrayBuffer> {
  const [certificate] = certificates;
  const chain = certificates.length === 1 ? (certificate as Buffer) : certificates;
  const header = cbor(
    new Map<number, Cbor>([
      [algorithmLabel, algorithm],
      [certificatesLabel, chain],
    ]),
  );
  const signature = sign(cbor(["Signature1", header, Buffer.alloc(0), payload]));
  const encode = (padBytes: number) => {
    const pad = new Map([["pad", Buffer.alloc(padBytes)]]);
    return Buffer.concat([Buffer.from([signTag]), cbor([header, pad, null, signature])]);
  };
  const padBytes = padMin + byteSize - encode(padMin).length;
  if (padBytes < padMin) throw new Error("the signature does not fit");
  return new Uint8Array(encode(padBytes));
}

type Cbor = number | string | null | Uint8Array | Cbor[] | Map<number | string, Cbor>;

/** Concise Binary Object Representation (RFC 8949), as far as it is needed here. */
function cbor(value: Cbor): Buffer {
  if (value === null) return Buffer.from([0xf6]);
  if (typeof value === "number") return value >= 0 ? head(0, value) : head(1, -1 - value);
  if (typeof value === "string")
    return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)]);
  if (value instanceof Uint8Array) return Buffer.concat([head(2, value.length), value]);
  if (Array.isArray(value)) return Buffer.concat([head(4, value.length), ...value.map(cbor)]);
  return Buffer.concat([
    head(5, value.size),
    ...[...value].flatMap(([key, item]) => [cbor(key), cbor(item)]),
  ]);
}

function head(major: number, length: number): Buffer {
  if (length < 24) return Buffer.from([(major << 5) | length]);
  if (length < 0x100) return Buffer.from([(major << 5) | 24, length]);
  const bytes = Buffer.alloc(length < 0x10000 ? 3 : 5);
  bytes[0] = (major << 5) | (bytes.length === 3 ? 25 : 26);
  bytes.writeUIntBE(length, 1, bytes.length - 1);
  return bytes;
}
