import type { FastifyInstance } from "fastify";
import ipaddr from "ipaddr.js";
import { z } from "zod";
import { isWebhookSecret } from "../../platform/crypto/standard-webhooks.js";
import { type EnabledFault, InvalidFault } from "./fault-injector.js";
import { responseFaults, taskFaults } from "./faults.js";
import type { SandboxState } from "./sandbox-state.js";

const faultCall = z.object({
  fault: z.string(),
  match: z.string().nullish(),
  times: z.number().int().positive().nullish(),
});
const webhookCall = z.object({
  url: z.url({ protocol: /^https?$/ }),
  secret: z.string().refine(isWebhookSecret),
});
const durationCall = z.object({ durationMs: z.number().int().nonnegative() });

/**
 * `GET /control/tasks`, `GET`, `POST` and `DELETE /control/faults`, `POST /control/duration`, `GET`, `POST` and
 * `DELETE /control/webhooks`. Only loopback addresses have access, whatever the sandbox listens on.
 */
export function addControlRoutes(server: FastifyInstance, sandbox: SandboxState): void {
  server.register(async (control) => {
    control.addHook("onRequest", async (request, reply) => {
      const address = request.socket.remoteAddress ?? "";
      if (!ipaddr.isValid(address) || ipaddr.process(address).range() !== "loopback")
        return reply.code(403).send({ error: "Only from this machine." });
    });
    control.get("/control/tasks", () => ({ tasks: sandbox.tasks.list() }));
    control.get("/control/faults", () => ({
      on: sandbox.faults.list().map(toJson),
      answerFaults: responseFaults,
      taskFaults,
    }));
    control.post("/control/faults", async (request, reply) => {
      const parsed = faultCall.safeParse(request.body);
      if (!parsed.success) return reply.code(400).send({ error: z.prettifyError(parsed.error) });
      const { fault, match, times } = parsed.data;
      try {
        sandbox.faults.enable(fault, match ?? null, times ?? null);
      } catch (error) {
        if (!(error instanceof InvalidFault)) throw error;
        return reply.code(400).send({ error: `There is no fault "${fault}".` });
      }
      return reply.code(204).send();
    });
    control.delete("/control/faults", async (_request, reply) => {
      sandbox.faults.clear();
      return reply.code(204).send();
    });
    control.get("/control/webhooks", () => ({ deliveries: sandbox.webhooks.deliveries }));
    control.post("/control/webhooks", async (request, reply) => {
      const parsed = webhookCall.safeParse(request.body);
      if (!parsed.success) return reply.code(400).send({ error: z.prettifyError(parsed.error) });
      sandbox.webhooks.target = parsed.data;
      return reply.code(204).send();
    });
    control.delete("/control/webhooks", async (_request, reply) => {
      sandbox.webhooks.target = null;
      return reply.code(204).send();
    });
    control.post("/control/duration", async (request, reply) => {
      const parsed = durationCall.safeParse(request.body);
      if (!parsed.success) return reply.code(400).send({ error: z.prettifyError(parsed.error) });
      sandbox.durationMs = parsed.data.durationMs;
      return reply.code(204).send();
    });
  });
}

/** The control API's names for a fault and its uses. */
function toJson({ match, fault: { endpoint, ...fault }, uses }: EnabledFault) {
  return { match, fault: { ...fault, place: endpoint }, met: uses };
}
