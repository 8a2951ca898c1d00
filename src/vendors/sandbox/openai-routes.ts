import type { FastifyInstance } from "fastify";
import { failureBody } from "./dyuapi-responses.js";
import { corrupt } from "./file-routes.js";
import { protocolPaths } from "./protocols.js";
import { applyFaults, sendError } from "./response-faults.js";
import { type SandboxState, toFilmSpec } from "./sandbox-state.js";
import { getDurationMs, hasFault, type SandboxTask, type TaskState } from "./sandbox-task.js";
import { sendFile } from "./send-file.js";
import { findTask, getCurrentState, handleSubmit } from "./task-handlers.js";

const protocol = "openai";
const videos = `${protocolPaths[protocol]}/v1/videos`;

interface VideoCall {
  Params: { id: string };
}

/** The protocol of OpenAI's Videos API, below /openai: create, state, content, delete. */
export function addOpenaiRoutes(server: FastifyInstance, sandbox: SandboxState): void {
  server.post(videos, (request, reply) =>
    handleSubmit({ sandbox, protocol, toResponse: videoOf }, request, reply),
  );

  server.get<VideoCall>(`${videos}/:id`, async (request, reply) => {
    const task = findTask(sandbox, protocol, request.params.id);
    if (!task) return sendError(reply, "404");
    if (await applyFaults(sandbox.faults.consumeFaults(task.prompt, "check"), request, reply)) return reply;
    return videoOf(task, getCurrentState(sandbox, task));
  });

  server.get<VideoCall>(`${videos}/:id/content`, async (request, reply) => {
    const task = findTask(sandbox, protocol, request.params.id);
    if (!task) return sendError(reply, "404");
    if (await applyFaults(sandbox.faults.consumeFaults(task.prompt, "file"), request, reply)) return reply;
    const isThere = getCurrentState(sandbox, task).outcome === "completed" && !hasFault(task, "no-link-ever");
    if (!isThere) return sendError(reply, "404", "The video is not ready.");
    if (await corrupt(task, sandbox, request, reply)) return reply;
    return sendFile(request, reply, await sandbox.films.request(toFilmSpec(task)).path);
  });

  server.delete<VideoCall>(`${videos}/:id`, async (request, reply) => {
    const task = findTask(sandbox, protocol, request.params.id);
    if (!task) return sendError(reply, "404");
    if (await applyFaults(sandbox.faults.consumeFaults(task.prompt, "cancel"), request, reply)) return reply;
    const { isStarted, outcome } = getCurrentState(sandbox, task);
    if (isStarted && !outcome) return sendError(reply, "409", "The video is being made.");
    sandbox.tasks.cancel(task.id);
    return { id: task.id, object: "video.deleted", deleted: true };
  });
}

function videoOf(task: SandboxTask, { status: word, progress, outcome }: TaskState): object {
  const seconds = (ms: number) => Math.floor(ms / 1000);
  return {
    id: task.id,
    object: "video",
    model: task.model,
    prompt: task.prompt,
    status: word === "processing" ? "in_progress" : word,
    progress,
    created_at: seconds(task.createdAtMs),
    completed_at: outcome === "completed" ? seconds(task.createdAtMs + getDurationMs(task)) : null,
    expires_at: null,
    size: `${task.width}x${task.height}`,
    seconds: String(task.seconds),
    error: outcome && outcome !== "completed" ? failureBody(outcome, task) : null,
  };
}
