import { stat } from "node:fs/promises";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { actOut, isTakenIn, refuse } from "./answer-faults.js";
import { detailAnswerOf, taskAnswerOf } from "./answers.js";
import { baseOf, type Desk, filmOf } from "./desk.js";
import { NoSuchFault } from "./fault-board.js";
import { BadOrder, readOrder } from "./orders.js";
import { hasFault, type Order, type SandboxTask, type Standing, standingOf } from "./sandbox-task.js";

/** `POST /v1/videos`, `GET /v1/videos/{id}`, `GET /v1/videos/{id}/content`. */
export function addVideoRoutes(server: FastifyInstance, desk: Desk): void {
  server.post("/v1/videos", async (request, reply) => {
    try {
      return await submit(desk, await readOrder(request.body, desk.pictureFolder), request, reply);
    } catch (error) {
      if (error instanceof BadOrder) return refuse(reply, "reject", error.message);
      if (error instanceof NoSuchFault)
        return refuse(reply, "reject", `There is no fault "${error.message}".`);
      throw error;
    }
  });

  server.get<{ Params: { id: string } }>("/v1/videos/:id", async (request, reply) => {
    const task = desk.book.find(request.params.id);
    if (!task) return refuse(reply, "404");
    if (await actOut(desk.board.meet(task.prompt, "check"), request, reply)) return reply;
    const standing = standingNow(desk, task);
    const isLinked =
      standing.outcome === "completed" && !hasFault(task, "no-link") && !hasFault(task, "no-link-ever");
    return taskAnswerOf(task, standing, isLinked ? linkOf(request, task, "state") : null);
  });

  server.get<{ Params: { id: string } }>("/v1/videos/:id/content", async (request, reply) => {
    const task = desk.book.find(request.params.id);
    if (!task) return refuse(reply, "404");
    if (await actOut(desk.board.meet(task.prompt, "detail"), request, reply)) return reply;
    if (standingNow(desk, task).outcome !== "completed")
      return refuse(reply, "404", "The video is not ready.");
    const { size } = await stat(await desk.shelf.fileOf(filmOf(task)));
    const link = hasFault(task, "no-link-ever") ? null : linkOf(request, task, "detail");
    return detailAnswerOf(task, link, `${baseOf(request)}/files/${task.id}.jpg`, size);
  });
}

async function submit(desk: Desk, order: Order, request: FastifyRequest, reply: FastifyReply) {
  const submission = desk.book.seen(order);
  const faults = desk.board.meet(order.prompt, "submit");
  const inTheWay = faults.find((fault) => fault.name !== "slow");
  const take = () => {
    const task = desk.book.take(order, submission, desk.durationMs, desk.board.meetForTask(order.prompt));
    if (!hasFault(task, "fail") && !hasFault(task, "stuck")) desk.shelf.order(filmOf(task));
    return task;
  };
  if (inTheWay && isTakenIn(inTheWay)) take();
  if (await actOut(faults, request, reply)) return reply;
  const task = take();
  return taskAnswerOf(task, standingOf(task, task.createdAtMs, false), null);
}

function standingNow(desk: Desk, task: SandboxTask): Standing {
  const early = standingOf(task, Date.now(), true);
  if (early.outcome !== "completed") return early;
  const film = desk.shelf.order(filmOf(task));
  if (film === "failed") return { ...early, word: "failed", outcome: "failed" };
  return film === "drawn" ? early : standingOf(task, Date.now(), false);
}

function linkOf(request: FastifyRequest, task: SandboxTask, from: "state" | "detail"): string {
  const given = hasFault(task, "link-is")?.argument;
  if (given) return given;
  const expired = from === "state" && hasFault(task, "link-expired") ? "?expired=1" : "";
  return `${baseOf(request)}/files/${task.id}.mp4${expired}`;
}
