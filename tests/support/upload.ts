import type { Client } from "./client.js";

/** Uploads an image, and returns the requested fields. */
export async function upload<T = { id: string }>(client: Client, bytes: Buffer, fields = "id"): Promise<T> {
  const document = `mutation ($input: UploadMediaInput!) { uploadMedia(input: $input) { media { ${fields} } } }`;
  const file = new Blob([bytes as never]);
  const { uploadMedia } = await client.upload<{ uploadMedia: { media: T } }, unknown>(
    document,
    file,
    "picture.png",
  );
  return uploadMedia.media;
}
