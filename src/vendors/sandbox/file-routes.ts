import { createReadStream } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { applyFaults, sendEndlessBody, sendError } from "./response-faults.js";
import { type SandboxState, toFilmSpec } from "./sandbox-state.js";
import { hasFault, type SandboxTask } from "./sandbox-task.js";
import { sendFile } from "./send-file.js";

interface FileCall {
  Params: { name: string; kind: string };
  Querystring: { expired?: string; hop?: string };
}

/** `GET /files/{id}.mp4`, and `.jpg` and `.gif` made from it. They need no key. */
export function addFileRoutes(server: FastifyInstance, sandbox: SandboxState): void {
  server.get<FileCall>("/files/:name.:kind", async (request, reply) => {
    const { name, kind } = request.params;
    const task = sandbox.tasks.find(name);
    const spec = task ? toFilmSpec(task) : sandbox.posts.get(name);
    if (!spec || !["mp4", "jpg", "gif"].includes(kind)) return sendError(reply, "404");
    if (kind !== "mp4")
      return sendFile(request, reply, await sandbox.films.getExtract(spec, kind as "jpg" | "gif"));
    if (task && (await applyFaults(sandbox.faults.consumeFaults(task.prompt, "file"), request, reply)))
      return reply;
    if (task && (await corrupt(task, sandbox, request, reply))) return reply;
    return sendFile(request, reply, await sandbox.films.request(spec).path);
  });
}

/** Applies the task's faults to the file. True if they replaced it. */
export async function corrupt(
  task: SandboxTask,
  sandbox: SandboxState,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<boolean> {
  const { expired, hop } = request.query as FileCall["Querystring"];
  const here = request.url.split("?")[0] ?? "/";
  const target = hasFault(task, "link-to")?.argument;
  if (expired) return done(sendError(reply, "403", "This link has expired."));
  if (hasFault(task, "link-404")) return done(sendError(reply, "404"));
  if (hasFault(task, "link-garbage"))
    return done(reply.type("video/mp4").send("This is not a video. ".repeat(5000)));
  const change = hasFault(task, "link-hostile")
    ? claimFrames
    : hasFault(task, "link-two-indexes")
      ? addIndex
      : null;
  if (change) {
    const film = await readFile(await sandbox.films.request(toFilmSpec(task)).path);
    return done(reply.type("video/mp4").send(change(film)));
  }
  if (hasFault(task, "link-endless")) return done(sendEndlessBody(reply, "video/mp4", ""));
  if (target) return done(reply.redirect(target, 302));
  if (hasFault(task, "link-loop")) return done(reply.redirect(here, 302));
  if (hasFault(task, "link-redirect") && hop !== "2")
    return done(reply.redirect(`${here}?hop=${hop === "1" ? 2 : 1}`, 302));
  if (hasFault(task, "link-cut"))
    return done(await cutHalfway(await sandbox.films.request(toFilmSpec(task)).path, reply));
  return false;
}

/** Turns the list of frame sizes (stsz) into one whose sizes have no bits (stz2), so that any number of them fits. */
export function claimFrames(film: Buffer): Buffer {
  const at = film.indexOf("stsz");
  film.write("stz2", at, "latin1");
  film.writeUInt32BE(0x7fffffff, at + 12);
  return film;
}

function addIndex(film: Buffer): Buffer {
  return Buffer.concat([film, Buffer.from("\0\0\0\x08moov", "latin1")]);
}

const done = (_reply: unknown): true => true;

async function cutHalfway(path: string, reply: FastifyReply): Promise<void> {
  const { size } = await stat(path);
  reply.hijack();
  reply.raw.writeHead(200, { "content-type": "video/mp4", "content-length": size });
  const half = createReadStream(path, { end: Math.floor(size / 2) });
  half.on("end", () => reply.raw.socket?.destroy());
  half.pipe(reply.raw, { end: false });
}
