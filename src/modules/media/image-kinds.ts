/** Accepted image types. */
export type ImageMimeType = "image/jpeg" | "image/png" | "image/webp";

export const extensions: Record<ImageMimeType, string> = {
  "image/jpeg": "jpg",
  "image/png": "png",
  "image/webp": "webp",
};

/** Number of leading bytes that identify every accepted type. */
export const signatureLength = 12;

/** Detects the type from a file's first bytes. Null for types that are not accepted. */
export function detectImageType(head: Buffer): ImageMimeType | null {
  const text = head.toString("latin1", 0, signatureLength);
  if (text.startsWith("\xff\xd8\xff")) return "image/jpeg";
  if (text.startsWith("\x89PNG\r\n\x1a\n")) return "image/png";
  if (text.startsWith("RIFF") && text.endsWith("WEBP")) return "image/webp";
  return null;
}
