import type { FastifyReply, FastifyRequest } from "fastify";
import { actOut, isTakenIn, refuse } from "./answer-faults.js";
import { NoSuchFault } from "./fault-board.js";
import { BadOrder, readOrder } from "./orders.js";
import type { Protocol } from "./protocols.js";
import { type Desk, filmOf } from "./request-intake.js";
import { hasFault, type Order, type SandboxTask, type Standing, standingOf } from "./sandbox-task.js";

/** Where orders of every protocol are taken in; how the answer is written is the protocol's affair. */
export interface Counter {
  desk: Desk;
  protocol: Protocol;
  answerOf(task: SandboxTask, standing: Standing): object;
}

export async function takeOrder(counter: Counter, request: FastifyRequest, reply: FastifyReply) {
  try {
    const order = await readOrder(request.body, counter.desk.pictureFolder);
    return await submit(counter, order, request, reply);
  } catch (error) {
    if (error instanceof BadOrder) return refuse(reply, "reject", error.message);
    if (error instanceof NoSuchFault) return refuse(reply, "reject", `There is no fault "${error.message}".`);
    throw error;
  }
}

async function submit(counter: Counter, order: Order, request: FastifyRequest, reply: FastifyReply) {
  const { desk, protocol } = counter;
  const submission = desk.book.seen(protocol, order);
  const faults = desk.board.meet(order.prompt, "submit");
  const inTheWay = faults.find((fault) => fault.name !== "slow");
  const take = async () => {
    const task = desk.book.take(order, submission, desk.durationMs, desk.board.meetForTask(order.prompt));
    if (!hasFault(task, "fail") && !hasFault(task, "stuck")) desk.shelf.order(filmOf(task));
    if (protocol === "openai") await desk.webhooks.taken(task);
    return task;
  };
  if (inTheWay && isTakenIn(inTheWay)) await take();
  if (await actOut(faults, request, reply)) return reply;
  const task = await take();
  return counter.answerOf(task, standingOf(task, task.createdAtMs, false));
}

/** A task that was ordered in this protocol. */
export function findTask({ book }: Desk, protocol: Protocol, id: string): SandboxTask | null {
  const task = book.find(id);
  return task?.protocol === protocol ? task : null;
}

export function standingNow(desk: Desk, task: SandboxTask): Standing {
  const early = standingOf(task, Date.now(), true);
  if (early.outcome !== "completed") return early;
  const film = desk.shelf.order(filmOf(task)).state;
  if (film === "failed") return { ...early, word: "failed", outcome: "failed" };
  return film === "drawn" ? early : standingOf(task, Date.now(), false);
}
