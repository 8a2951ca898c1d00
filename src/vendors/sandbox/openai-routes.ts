import type { FastifyInstance } from "fastify";
import { actOut, refuse } from "./answer-faults.js";
import { failureWords } from "./answers.js";
import { findTask, standingNow, takeOrder } from "./counter.js";
import { corrupt } from "./file-routes.js";
import { protocolPaths } from "./protocols.js";
import { filmOf, type SandboxState } from "./request-intake.js";
import { durationOf, hasFault, type SandboxTask, type TaskState } from "./sandbox-task.js";
import { sendFile } from "./send-file.js";

const protocol = "openai";
const videos = `${protocolPaths[protocol]}/v1/videos`;

interface VideoCall {
  Params: { id: string };
}

/** The protocol of OpenAI's Videos API, below /openai: create, state, content, delete. */
export function addOpenaiRoutes(server: FastifyInstance, desk: SandboxState): void {
  server.post(videos, (request, reply) => takeOrder({ desk, protocol, answerOf: videoOf }, request, reply));

  server.get<VideoCall>(`${videos}/:id`, async (request, reply) => {
    const task = findTask(desk, protocol, request.params.id);
    if (!task) return refuse(reply, "404");
    if (await actOut(desk.faults.meet(task.prompt, "check"), request, reply)) return reply;
    return videoOf(task, standingNow(desk, task));
  });

  server.get<VideoCall>(`${videos}/:id/content`, async (request, reply) => {
    const task = findTask(desk, protocol, request.params.id);
    if (!task) return refuse(reply, "404");
    if (await actOut(desk.faults.meet(task.prompt, "file"), request, reply)) return reply;
    const isThere = standingNow(desk, task).outcome === "completed" && !hasFault(task, "no-link-ever");
    if (!isThere) return refuse(reply, "404", "The video is not ready.");
    if (await corrupt(task, desk, request, reply)) return reply;
    return sendFile(request, reply, await desk.films.order(filmOf(task)).path);
  });

  server.delete<VideoCall>(`${videos}/:id`, async (request, reply) => {
    const task = findTask(desk, protocol, request.params.id);
    if (!task) return refuse(reply, "404");
    if (await actOut(desk.faults.meet(task.prompt, "cancel"), request, reply)) return reply;
    const { isStarted, outcome } = standingNow(desk, task);
    if (isStarted && !outcome) return refuse(reply, "409", "The video is being made.");
    desk.tasks.cancel(task.id);
    return { id: task.id, object: "video.deleted", deleted: true };
  });
}

function videoOf(task: SandboxTask, { word, progress, outcome }: TaskState): object {
  const seconds = (ms: number) => Math.floor(ms / 1000);
  return {
    id: task.id,
    object: "video",
    model: task.model,
    status: word === "processing" ? "in_progress" : word,
    progress,
    created_at: seconds(task.createdAtMs),
    completed_at: outcome === "completed" ? seconds(task.createdAtMs + durationOf(task)) : null,
    expires_at: null,
    size: `${task.width}x${task.height}`,
    seconds: String(task.seconds),
    error: outcome && outcome !== "completed" ? failureWords(outcome) : null,
  };
}
