import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import type { IncomingHttpHeaders } from "node:http";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { Busboy, type BusboyHeaders } from "@fastify/busboy";
import sharp from "sharp";
import { z } from "zod";
import type { VideoRequest } from "./sandbox-task.js";

/** The message is sent in the response. */
export class InvalidRequest extends Error {}

const pictureBytesMax = 20 * 1024 * 1024;

const fields = z.object({
  prompt: z.string().trim().min(1).max(8000),
  model: z.string().min(1),
  size: z.string().regex(/^\d{2,4}x\d{2,4}$/),
  seconds: z.coerce.number().int().min(1).max(60),
  image_url: z.url().optional(),
});

/** A multipart form: text fields, and the bytes of `input_reference`. */
export interface MultipartForm {
  fields: Record<string, string>;
  picture: Buffer | null;
}

export function parseMultipart(headers: IncomingHttpHeaders, body: Readable): Promise<MultipartForm> {
  return new Promise((resolve, reject) => {
    const form: MultipartForm = { fields: {}, picture: null };
    const parser = new Busboy({
      headers: headers as BusboyHeaders,
      limits: { fileSize: pictureBytesMax, files: 1 },
    });
    parser.on("field", (name, value) => {
      form.fields[name] = value;
    });
    parser.on("file", (name, file) => {
      const chunks: Buffer[] = [];
      file.on("data", (chunk: Buffer) => chunks.push(chunk));
      file.on("end", () => {
        if (name === "input_reference") form.picture = Buffer.concat(chunks);
      });
    });
    parser.on("finish", () => resolve(form));
    parser.on("error", reject);
    body.on("error", reject);
    body.pipe(parser);
  });
}

/** Throws InvalidRequest. Stores a picture in `folder` under the hash of its content. */
export async function parseVideoRequest(body: unknown, folder: string): Promise<VideoRequest> {
  const form = isForm(body) ? body : { fields: body, picture: null };
  const parsed = fields.safeParse(form.fields);
  if (!parsed.success) throw new InvalidRequest(z.prettifyError(parsed.error));
  const { image_url: imageUrl, size, ...rest } = parsed.data;
  const [width = 0, height = 0] = size.split("x").map(Number);
  if (width % 2 || height % 2) throw new InvalidRequest("The size must be even.");
  const bytes = form.picture ?? (imageUrl ? await download(imageUrl) : null);
  return { ...rest, width, height, picture: bytes && (await storePicture(bytes, folder)) };
}

const isForm = (body: unknown): body is MultipartForm =>
  typeof body === "object" && body !== null && "fields" in body && "picture" in body;

async function download(url: string): Promise<Buffer> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(10_000) });
    if (!response.ok) throw new InvalidRequest(`The image_url responded with ${response.status}.`);
    return Buffer.from(await response.arrayBuffer());
  } catch (error) {
    if (error instanceof InvalidRequest) throw error;
    throw new InvalidRequest("The image_url cannot be fetched.");
  }
}

async function storePicture(bytes: Buffer, folder: string): Promise<string> {
  const isPicture = await sharp(bytes)
    .metadata()
    .then(
      () => true,
      () => false,
    );
  if (!isPicture) throw new InvalidRequest("The reference is not a picture.");
  const path = join(folder, `${createHash("sha256").update(bytes).digest("hex").slice(0, 32)}.picture`);
  await writeFile(path, bytes);
  return path;
}
