import type { FastifyReply, FastifyRequest } from "fastify";
import { actOut, isAccepted, refuse } from "./answer-faults.js";
import { NoSuchFault } from "./fault-board.js";
import { BadOrder, readOrder } from "./orders.js";
import type { Protocol } from "./protocols.js";
import { filmOf, type SandboxState } from "./request-intake.js";
import { hasFault, type Order, type SandboxTask, stateOf, type TaskState } from "./sandbox-task.js";

/** Where orders of every protocol are taken in; how the answer is written is the protocol's affair. */
export interface ProtocolIntake {
  desk: SandboxState;
  protocol: Protocol;
  answerOf(task: SandboxTask, standing: TaskState): object;
}

export async function takeOrder(counter: ProtocolIntake, request: FastifyRequest, reply: FastifyReply) {
  try {
    const order = await readOrder(request.body, counter.desk.pictureFolder);
    return await submit(counter, order, request, reply);
  } catch (error) {
    if (error instanceof BadOrder) return refuse(reply, "reject", error.message);
    if (error instanceof NoSuchFault) return refuse(reply, "reject", `There is no fault "${error.message}".`);
    throw error;
  }
}

async function submit(counter: ProtocolIntake, order: Order, request: FastifyRequest, reply: FastifyReply) {
  const { desk, protocol } = counter;
  const submission = desk.tasks.seen(protocol, order);
  const faults = desk.faults.meet(order.prompt, "submit");
  const inTheWay = faults.find((fault) => fault.name !== "slow");
  const take = async () => {
    const task = desk.tasks.take(order, submission, desk.durationMs, desk.faults.meetForTask(order.prompt));
    if (!hasFault(task, "fail") && !hasFault(task, "stuck")) desk.films.order(filmOf(task));
    if (protocol === "openai") await desk.webhooks.taken(task);
    return task;
  };
  if (inTheWay && isAccepted(inTheWay)) await take();
  if (await actOut(faults, request, reply)) return reply;
  const task = await take();
  return counter.answerOf(task, stateOf(task, task.createdAtMs, false));
}

/** A task that was ordered in this protocol. */
export function findTask({ tasks: book }: SandboxState, protocol: Protocol, id: string): SandboxTask | null {
  const task = book.find(id);
  return task?.protocol === protocol ? task : null;
}

export function standingNow(desk: SandboxState, task: SandboxTask): TaskState {
  const early = stateOf(task, Date.now(), true);
  if (early.outcome !== "completed") return early;
  const film = desk.films.order(filmOf(task)).state;
  if (film === "failed") return { ...early, word: "failed", outcome: "failed" };
  return film === "drawn" ? early : stateOf(task, Date.now(), false);
}
