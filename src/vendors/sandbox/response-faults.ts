import { setTimeout as wait } from "node:timers/promises";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Fault } from "./faults.js";

/** Faults that replace the response after the task was created. */
const faultsAfterAcceptance: readonly Fault["name"][] = [
  ...(["500", "502", "504", "hang", "cut", "cut-within", "malformed", "no-id", "endless-body"] as const),
];

export const acceptsTask = (fault: Fault) => faultsAfterAcceptance.includes(fault.name);

const errorResponses: Partial<Record<string, [status: number, type: string, code: string, message: string]>> =
  {
    reject: [400, "invalid_request_error", "invalid_prompt", "The request is not acceptable."],
    "content-policy": [
      400,
      "content_policy",
      "content_policy_violation",
      "The prompt is against our content policy.",
    ],
    "401": [401, "authentication_error", "invalid_api_key", "The key is not valid."],
    "402": [402, "billing_error", "insufficient_quota", "The account has no credit left."],
    "403": [403, "permission_error", "forbidden", "This key may not do that."],
    "404": [404, "invalid_request_error", "not_found", "Not found."],
    "409": [409, "invalid_request_error", "conflict", "It is too late for that."],
    "422": [422, "invalid_request_error", "unprocessable", "The request is not acceptable."],
    "429": [429, "rate_limit_error", "rate_limit_exceeded", "Slow down."],
    "500": [500, "server_error", "internal_error", "Something broke."],
    "503": [503, "server_error", "overloaded", "Try again later."],
  };

export function sendError(reply: FastifyReply, name: string, message?: string): FastifyReply {
  const [status, type, code, text] = errorResponses[name] ?? [500, "server_error", name, name];
  return reply.code(status).send({ error: { message: message ?? text, type, code } });
}

/** Applies the faults to the response. False if the right response must still be sent. */
export async function applyFaults(
  faults: Fault[],
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<boolean> {
  for (const fault of faults) {
    if (fault.name === "slow") await wait(Number(fault.argument ?? 1000));
    else {
      applyFault(fault, request, reply);
      return true;
    }
  }
  return false;
}

function applyFault({ name, argument }: Fault, request: FastifyRequest, reply: FastifyReply): void {
  switch (name) {
    case "hang":
      return void reply.hijack();
    case "cut":
    case "cut-before":
      reply.hijack();
      return void request.raw.socket.destroy();
    case "cut-within":
      return void cutWithinBody(reply);
    case "endless-body":
      return void sendEndlessBody(reply, "application/json", '{"id":"');
    case "malformed":
      return void reply.type("application/json").send("<<< this is not JSON");
    case "no-id":
      return void reply.send({ object: "video", status: "queued" });
    case "502":
    case "504":
      return void reply.code(Number(name)).type("text/html").send("<html><h1>Bad gateway</h1></html>");
    case "redirect":
      return void reply.redirect(argument ?? request.url, 307);
    case "401":
      return void sendError(reply, name, `Incorrect key provided: ${request.headers.authorization}`);
    default:
      if (argument !== null && (name === "429" || name === "503"))
        reply.header("retry-after", retryAfter(argument));
      return void sendError(reply, name);
  }
}

function retryAfter(argument: string): string {
  const date = /^date\+(\d+)$/.exec(argument);
  return date ? new Date(Date.now() + Number(date[1]) * 1000).toUTCString() : argument;
}

function cutWithinBody(reply: FastifyReply): void {
  reply.hijack();
  reply.raw.writeHead(200, { "content-type": "application/json", "content-length": "4000" });
  reply.raw.write('{"id":"video_', () => reply.raw.socket?.destroy());
}

/** Writes as fast as the client reads, until the client closes the connection. */
export function sendEndlessBody(reply: FastifyReply, type: string, opening: string): void {
  reply.hijack();
  const { raw } = reply;
  raw.writeHead(200, { "content-type": type });
  raw.write(opening);
  const chunk = "a".repeat(64 * 1024);
  const writeMore = () => {
    while (!raw.destroyed && raw.write(chunk));
  };
  raw.on("drain", writeMore);
  writeMore();
}
