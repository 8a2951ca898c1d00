import type { Client } from "./client.js";

/** Uploads an image by the GraphQL multipart request specification, and returns the requested fields. */
export async function upload<T = { id: string }>(client: Client, bytes: Buffer, fields = "id"): Promise<T> {
  const form = new FormData();
  const query = `mutation ($file: Upload!) { uploadMedia(input: { file: $file }) { media { ${fields} } } }`;
  form.set("operations", JSON.stringify({ query, variables: { file: null } }));
  form.set("map", JSON.stringify({ 0: ["variables.file"] }));
  form.set("0", new Blob([bytes as never]), "picture.png");
  const headers = { authorization: `Bearer ${client.token}`, "apollo-require-preflight": "true" };
  const response = await fetch(`${client.url}/graphql`, { method: "POST", headers, body: form });
  const { data } = (await response.json()) as { data: { uploadMedia: { media: T } } };
  return data.uploadMedia.media;
}
