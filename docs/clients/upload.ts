import type { Session } from "./session.js";

const uploadMedia = `mutation ($input: UploadMediaInput!) {
  uploadMedia(input: $input) { media { id url } }
}`;

/** With nothing but fetch: the GraphQL multipart request specification. */
export async function upload(
  url: string,
  session: Session,
  file: Blob,
): Promise<{ id: string; url: string }> {
  const form = new FormData();
  const variables = { input: { file: null } };
  form.set("operations", JSON.stringify({ query: uploadMedia, variables }));
  form.set("map", JSON.stringify({ 0: ["variables.input.file"] }));
  form.set("0", file);
  const authorization = session.authorization ?? "";
  const headers = { authorization, "apollo-require-preflight": "true" };
  const response = await fetch(url, { method: "POST", headers, body: form });
  const { data, errors } = (await response.json()) as {
    data: { uploadMedia: { media: { id: string; url: string } } } | null;
    errors?: { message: string }[];
  };
  if (!data) throw new Error(errors?.[0]?.message);
  return data.uploadMedia.media;
}
