import type { FastifyReply, FastifyRequest } from "fastify";
import { InvalidFault } from "./fault-injector.js";
import { InvalidRequest, parseVideoRequest } from "./parse-request.js";
import type { Protocol } from "./protocols.js";
import { acceptsTask, applyFaults, sendError } from "./response-faults.js";
import { type SandboxState, toFilmSpec } from "./sandbox-state.js";
import { getState, hasFault, type SandboxTask, type TaskState, type VideoRequest } from "./sandbox-task.js";

/** The submit endpoint of one protocol. `toResponse` writes the response in the protocol's format. */
export interface SubmitRoute {
  sandbox: SandboxState;
  protocol: Protocol;
  toResponse(task: SandboxTask, state: TaskState): object;
}

export async function handleSubmit(route: SubmitRoute, request: FastifyRequest, reply: FastifyReply) {
  try {
    const videoRequest = await parseVideoRequest(request.body, route.sandbox.pictureFolder);
    return await submit(route, videoRequest, request, reply);
  } catch (error) {
    if (error instanceof InvalidRequest) return sendError(reply, "reject", error.message);
    if (error instanceof InvalidFault)
      return sendError(reply, "reject", `There is no fault "${error.message}".`);
    throw error;
  }
}

async function submit(
  route: SubmitRoute,
  videoRequest: VideoRequest,
  request: FastifyRequest,
  reply: FastifyReply,
) {
  const { sandbox, protocol } = route;
  const submission = sandbox.tasks.countSubmission(protocol, videoRequest);
  const faults = sandbox.faults.consumeFaults(videoRequest.prompt, "submit");
  const failure = faults.find((fault) => fault.name !== "slow");
  const createTask = async () => {
    const task = sandbox.tasks.create(
      videoRequest,
      submission,
      sandbox.durationMs,
      sandbox.faults.consumeTaskFaults(videoRequest.prompt),
    );
    if (!hasFault(task, "fail") && !hasFault(task, "stuck")) sandbox.films.request(toFilmSpec(task));
    if (protocol === "openai") await sandbox.webhooks.onTaskCreated(task);
    return task;
  };
  if (failure && acceptsTask(failure)) await createTask();
  if (await applyFaults(faults, request, reply)) return reply;
  const task = await createTask();
  return route.toResponse(task, getState(task, task.createdAtMs, false));
}

/** Finds a task that was submitted in this protocol. */
export function findTask({ tasks }: SandboxState, protocol: Protocol, id: string): SandboxTask | null {
  const task = tasks.find(id);
  return task?.protocol === protocol ? task : null;
}

export function getCurrentState(sandbox: SandboxState, task: SandboxTask): TaskState {
  const planned = getState(task, Date.now(), true);
  if (planned.outcome !== "completed") return planned;
  const film = sandbox.films.request(toFilmSpec(task)).state;
  if (film === "failed") return { ...planned, status: "failed", outcome: "failed" };
  return film === "rendered" ? planned : getState(task, Date.now(), false);
}
