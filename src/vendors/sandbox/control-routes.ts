import type { FastifyInstance } from "fastify";
import ipaddr from "ipaddr.js";
import { z } from "zod";
import { isWebhookSecret } from "../../platform/crypto/standard-webhooks.js";
import { NoSuchFault } from "./fault-board.js";
import { answerFaults, taskFaults } from "./faults.js";
import type { SandboxState } from "./request-intake.js";

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
 * For tests and for people at this machine: `GET /control/tasks`, `POST` and `DELETE
 * /control/faults`, `POST /control/duration`, `GET`, `POST` and `DELETE /control/webhooks`. Nobody
 * else gets in, whatever the sandbox listens on.
 */
export function addControlRoutes(server: FastifyInstance, desk: SandboxState): void {
  server.register(async (control) => {
    control.addHook("onRequest", async (request, reply) => {
      const address = request.socket.remoteAddress ?? "";
      if (!ipaddr.isValid(address) || ipaddr.process(address).range() !== "loopback")
        return reply.code(403).send({ error: "Only from this machine." });
    });
    control.get("/control/tasks", () => ({ tasks: desk.tasks.list() }));
    control.get("/control/faults", () => ({ on: desk.faults.list(), answerFaults, taskFaults }));
    control.post("/control/faults", async (request, reply) => {
      const parsed = faultCall.safeParse(request.body);
      if (!parsed.success) return reply.code(400).send({ error: z.prettifyError(parsed.error) });
      const { fault, match, times } = parsed.data;
      try {
        desk.faults.switchOn(fault, match ?? null, times ?? null);
      } catch (error) {
        if (!(error instanceof NoSuchFault)) throw error;
        return reply.code(400).send({ error: `There is no fault "${fault}".` });
      }
      return reply.code(204).send();
    });
    control.delete("/control/faults", async (_request, reply) => {
      desk.faults.clear();
      return reply.code(204).send();
    });
    control.get("/control/webhooks", () => ({ deliveries: desk.webhooks.deliveries }));
    control.post("/control/webhooks", async (request, reply) => {
      const parsed = webhookCall.safeParse(request.body);
      if (!parsed.success) return reply.code(400).send({ error: z.prettifyError(parsed.error) });
      desk.webhooks.target = parsed.data;
      return reply.code(204).send();
    });
    control.delete("/control/webhooks", async (_request, reply) => {
      desk.webhooks.target = null;
      return reply.code(204).send();
    });
    control.post("/control/duration", async (request, reply) => {
      const parsed = durationCall.safeParse(request.body);
      if (!parsed.success) return reply.code(400).send({ error: z.prettifyError(parsed.error) });
      desk.durationMs = parsed.data.durationMs;
      return reply.code(204).send();
    });
  });
}
