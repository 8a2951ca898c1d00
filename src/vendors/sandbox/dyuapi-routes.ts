import { stat } from "node:fs/promises";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { toDetailResponse, toTaskResponse } from "./dyuapi-responses.js";
import { applyFaults, sendError } from "./response-faults.js";
import { getBaseUrl, type SandboxState, toFilmSpec } from "./sandbox-state.js";
import { hasFault, type SandboxTask } from "./sandbox-task.js";
import { findTask, getCurrentState, handleSubmit } from "./task-handlers.js";

/** DyuAPI: `POST /v1/videos`, `GET /v1/videos/{id}`, `GET /v1/videos/{id}/content`. */
export function addDyuapiRoutes(server: FastifyInstance, sandbox: SandboxState): void {
  const protocol = "dyuapi";
  server.post("/v1/videos", (request, reply) =>
    handleSubmit(
      { sandbox, protocol, toResponse: (task, state) => toTaskResponse(task, state, null) },
      request,
      reply,
    ),
  );

  server.get<{ Params: { id: string } }>("/v1/videos/:id", async (request, reply) => {
    const task = findTask(sandbox, protocol, request.params.id);
    if (!task) return sendError(reply, "404");
    if (await applyFaults(sandbox.faults.consumeFaults(task.prompt, "check"), request, reply)) return reply;
    const state = getCurrentState(sandbox, task);
    const isLinked =
      state.outcome === "completed" && !hasFault(task, "no-link") && !hasFault(task, "no-link-ever");
    return toTaskResponse(task, state, isLinked ? getLink(request, task, "state") : null);
  });

  server.get<{ Params: { id: string } }>("/v1/videos/:id/content", async (request, reply) => {
    const task = findTask(sandbox, protocol, request.params.id);
    if (!task) return sendError(reply, "404");
    if (await applyFaults(sandbox.faults.consumeFaults(task.prompt, "detail"), request, reply)) return reply;
    if (getCurrentState(sandbox, task).outcome !== "completed")
      return sendError(reply, "404", "The video is not ready.");
    const { size } = await stat(await sandbox.films.request(toFilmSpec(task)).path);
    const link = hasFault(task, "no-link-ever") ? null : getLink(request, task, "detail");
    return toDetailResponse(task, link, `${getBaseUrl(request)}/files/${task.id}.jpg`, size);
  });
}

function getLink(request: FastifyRequest, task: SandboxTask, from: "state" | "detail"): string {
  const link = hasFault(task, "link-is")?.argument;
  if (link) return link;
  const expired = from === "state" && hasFault(task, "link-expired") ? "?expired=1" : "";
  return `${getBaseUrl(request)}/files/${task.id}.mp4${expired}`;
}
