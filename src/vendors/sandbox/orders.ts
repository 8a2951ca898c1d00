import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import type { IncomingHttpHeaders } from "node:http";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { Busboy, type BusboyHeaders } from "@fastify/busboy";
import sharp from "sharp";
import { z } from "zod";
import type { Order } from "./sandbox-task.js";

/** An order that the sandbox does not take; the message goes into its answer. */
export class BadOrder extends Error {}

const pictureBytesMax = 20 * 1024 * 1024;

const fields = z.object({
  prompt: z.string().trim().min(1).max(8000),
  model: z.string().min(1),
  size: z.string().regex(/^\d{2,4}x\d{2,4}$/),
  seconds: z.coerce.number().int().min(1).max(60),
  image_url: z.url().optional(),
});

/** Parts of a multipart form: text fields, and the bytes of `input_reference`. */
export interface OrderForm {
  fields: Record<string, string>;
  picture: Buffer | null;
}

export function readForm(headers: IncomingHttpHeaders, body: Readable): Promise<OrderForm> {
  return new Promise((resolve, reject) => {
    const form: OrderForm = { fields: {}, picture: null };
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

/** Throws BadOrder for what is no order. A picture is kept in `folder` under the name of its content. */
export async function readOrder(body: unknown, folder: string): Promise<Order> {
  const form = isForm(body) ? body : { fields: body, picture: null };
  const parsed = fields.safeParse(form.fields);
  if (!parsed.success) throw new BadOrder(z.prettifyError(parsed.error));
  const { image_url: imageUrl, size, ...rest } = parsed.data;
  const [width = 0, height = 0] = size.split("x").map(Number);
  if (width % 2 || height % 2) throw new BadOrder("The size must be even.");
  const bytes = form.picture ?? (imageUrl ? await download(imageUrl) : null);
  return { ...rest, width, height, picture: bytes && (await keepPicture(bytes, folder)) };
}

const isForm = (body: unknown): body is OrderForm =>
  typeof body === "object" && body !== null && "fields" in body && "picture" in body;

async function download(url: string): Promise<Buffer> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(10_000) });
    if (!answer.ok) throw new BadOrder(`The image_url answers with ${answer.status}.`);
    return Buffer.from(await answer.arrayBuffer());
  } catch (error) {
    if (error instanceof BadOrder) throw error;
    throw new BadOrder("The image_url cannot be fetched.");
  }
}

async function keepPicture(bytes: Buffer, folder: string): Promise<string> {
  const isPicture = await sharp(bytes)
    .metadata()
    .then(
      () => true,
      () => false,
    );
  if (!isPicture) throw new BadOrder("The reference is no picture.");
  const path = join(folder, `${createHash("sha256").update(bytes).digest("hex").slice(0, 32)}.picture`);
  await writeFile(path, bytes);
  return path;
}
