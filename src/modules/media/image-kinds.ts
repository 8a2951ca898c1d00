/** The images that are taken, by what their first bytes are. */
export type ImageMimeType = "image/jpeg" | "image/png" | "image/webp";

export const extensions: Record<ImageMimeType, string> = {
  "image/jpeg": "jpg",
  "image/png": "png",
  "image/webp": "webp",
};

/** Bytes that are enough to tell every kind. */
export const signatureLength = 12;

/** What a file that begins like this is, whatever it is called. Null for all that is not taken. */
export function detectImageType(head: Buffer): ImageMimeType | null {
  const text = head.toString("latin1", 0, signatureLength);
  if (text.startsWith("\xff\xd8\xff")) return "image/jpeg";
  if (text.startsWith("\x89PNG\r\n\x1a\n")) return "image/png";
  if (text.startsWith("RIFF") && text.endsWith("WEBP")) return "image/webp";
  return null;
}
