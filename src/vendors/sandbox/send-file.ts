import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import type { FastifyReply, FastifyRequest } from "fastify";

const types: Record<string, string> = { mp4: "video/mp4", jpg: "image/jpeg", gif: "image/gif" };

/** Supports a single `Range: bytes=` (RFC 9110, 14). */
export async function sendFile(
  request: FastifyRequest,
  reply: FastifyReply,
  path: string,
): Promise<FastifyReply> {
  const { size } = await stat(path);
  reply.type(types[path.slice(path.lastIndexOf(".") + 1)] ?? "application/octet-stream");
  reply.header("accept-ranges", "bytes");
  const range = parseRange(request.headers.range, size);
  if (range === "unsatisfiable") return reply.code(416).header("content-range", `bytes */${size}`).send();
  const { start, end } = range ?? { start: 0, end: size - 1 };
  if (range) reply.code(206).header("content-range", `bytes ${start}-${end}/${size}`);
  reply.header("content-length", end - start + 1);
  return reply.send(request.method === "HEAD" ? undefined : createReadStream(path, { start, end }));
}

function parseRange(
  header: string | undefined,
  size: number,
): { start: number; end: number } | "unsatisfiable" | null {
  const parts = /^bytes=(\d*)-(\d*)$/.exec(header ?? "");
  if (!parts) return null;
  const [, first = "", last = ""] = parts;
  if (first === "" && last === "") return null;
  const start = first === "" ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === "" || last === "" ? size - 1 : Math.min(size - 1, Number(last));
  return start > end || start >= size ? "unsatisfiable" : { start, end };
}
