import { crc32, deflateSync } from "node:zlib";
import sharp from "sharp";

export const label = JSON.stringify({
  ...{ Label: "1", ContentProducer: "Another maker", ProduceID: "their-42", ReservedCode1: "" },
  ...{ ContentPropagator: "", PropagateID: "", ReservedCode2: "" },
});

export const trained = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia";
const namespaces = `xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
  xmlns:TC260="http://www.tc260.org.cn/ns/AIGC/1.0/" xmlns:ext="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"`;
export const escaped = (text: string) => text.replaceAll("&", "&amp;").replaceAll('"', "&quot;");

/** A packet of XMP with these attributes and elements of its description. */
export const xmp = (attributes: string, elements = "") =>
  `<?xpacket begin="\uFEFF" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF ${namespaces}>
  <rdf:Description rdf:about="" ${attributes}>${elements}</rdf:Description></rdf:RDF></x:xmpmeta>
  ${" ".repeat(200)}<?xpacket end="w"?>`;

export const labelXmp = xmp(`TC260:AIGC="${escaped(label)}"`);

export function picture(format: "jpeg" | "png" | "webp", packet?: string): Promise<Buffer> {
  const image = sharp({ create: { width: 64, height: 48, channels: 3, background: "teal" } });
  return (packet ? image.withXmp(packet) : image).toFormat(format).toBuffer();
}

/** A segment of a JPEG, right after its start. */
export function withSegments(jpeg: Buffer, segments: readonly Buffer[]): Buffer {
  return Buffer.concat([jpeg.subarray(0, 2), ...segments, jpeg.subarray(2)]);
}

export function segment(marker: number, ...content: (Buffer | string)[]): Buffer {
  const body = Buffer.concat(content.map((part) => Buffer.from(part as string, "latin1")));
  return Buffer.concat([Buffer.from([0xff, marker, (body.length + 2) >> 8, (body.length + 2) & 0xff]), body]);
}

/** Chunks of a PNG, after its header. */
export function withChunks(png: Buffer, chunks: readonly Buffer[]): Buffer {
  return Buffer.concat([png.subarray(0, 33), ...chunks, png.subarray(33)]);
}

export function pngChunk(type: string, content: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), content]);
  const ends = Buffer.alloc(8);
  ends.writeUInt32BE(content.length);
  ends.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)]);
}

export const compressedXmp = (packet: Buffer | string) =>
  pngChunk(
    "iTXt",
    Buffer.concat([Buffer.from("XML:com.adobe.xmp\0\x01\0\0\0", "latin1"), deflateSync(packet)]),
  );

/** A chunk at the end of a WebP. */
export function withWebpChunk(webp: Buffer, type: string, content: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.write(type, "latin1");
  head.writeUInt32LE(content.length, 4);
  const all = Buffer.concat([webp, head, content, Buffer.alloc(content.length % 2)]);
  all.writeUInt32LE(all.length - 8, 4);
  return all;
}

/** The start of a C2PA manifest store: a JUMBF superbox of that type. */
export const manifestStore = Buffer.concat([
  Buffer.from("\0\0\0\x80jumb\0\0\0\x1ejumd", "latin1"),
  Buffer.from("6332706100110010800000aa00389b71", "hex"),
  Buffer.from("\x03c2pa\0", "latin1"),
  Buffer.alloc(90),
]);
