import { stat } from "node:fs/promises";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { actOut, refuse } from "./answer-faults.js";
import { detailAnswerOf, taskAnswerOf } from "./answers.js";
import { findTask, standingNow, takeOrder } from "./counter.js";
import { baseOf, filmOf, type SandboxState } from "./request-intake.js";
import { hasFault, type SandboxTask } from "./sandbox-task.js";

/** DyuAPI: `POST /v1/videos`, `GET /v1/videos/{id}`, `GET /v1/videos/{id}/content`. */
export function addVideoRoutes(server: FastifyInstance, desk: SandboxState): void {
  const protocol = "dyuapi";
  server.post("/v1/videos", (request, reply) =>
    takeOrder(
      { desk, protocol, answerOf: (task, standing) => taskAnswerOf(task, standing, null) },
      request,
      reply,
    ),
  );

  server.get<{ Params: { id: string } }>("/v1/videos/:id", async (request, reply) => {
    const task = findTask(desk, protocol, request.params.id);
    if (!task) return refuse(reply, "404");
    if (await actOut(desk.faults.meet(task.prompt, "check"), request, reply)) return reply;
    const standing = standingNow(desk, task);
    const isLinked =
      standing.outcome === "completed" && !hasFault(task, "no-link") && !hasFault(task, "no-link-ever");
    return taskAnswerOf(task, standing, isLinked ? linkOf(request, task, "state") : null);
  });

  server.get<{ Params: { id: string } }>("/v1/videos/:id/content", async (request, reply) => {
    const task = findTask(desk, protocol, request.params.id);
    if (!task) return refuse(reply, "404");
    if (await actOut(desk.faults.meet(task.prompt, "detail"), request, reply)) return reply;
    if (standingNow(desk, task).outcome !== "completed")
      return refuse(reply, "404", "The video is not ready.");
    const { size } = await stat(await desk.films.order(filmOf(task)).path);
    const link = hasFault(task, "no-link-ever") ? null : linkOf(request, task, "detail");
    return detailAnswerOf(task, link, `${baseOf(request)}/files/${task.id}.jpg`, size);
  });
}

function linkOf(request: FastifyRequest, task: SandboxTask, from: "state" | "detail"): string {
  const given = hasFault(task, "link-is")?.argument;
  if (given) return given;
  const expired = from === "state" && hasFault(task, "link-expired") ? "?expired=1" : "";
  return `${baseOf(request)}/files/${task.id}.mp4${expired}`;
}
