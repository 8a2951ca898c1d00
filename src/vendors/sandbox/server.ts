import type { Readable } from "node:stream";
import fastify, { type FastifyInstance, type FastifyRequest } from "fastify";
import { refuse } from "./answer-faults.js";
import { addChatRoutes } from "./chat-routes.js";
import { addControlRoutes } from "./control-routes.js";
import { addFileRoutes } from "./file-routes.js";
import { addOpenaiRoutes } from "./openai-routes.js";
import { readForm } from "./orders.js";
import { protocolPaths } from "./protocols.js";
import type { SandboxState } from "./request-intake.js";
import { addVideoRoutes } from "./video-routes.js";

export function createSandboxServer(desk: SandboxState): FastifyInstance {
  // Calls that hang by order must not keep it from closing.
  const server = fastify({ forceCloseConnections: true, bodyLimit: 30 * 1024 * 1024 });
  server.addContentTypeParser("multipart/form-data", (request: FastifyRequest, body: Readable) =>
    readForm(request.headers, body),
  );
  server.addHook("onRequest", async (request, reply) => {
    const isForCustomers = Object.values(protocolPaths).some((path) => request.url.startsWith(`${path}/v1/`));
    if (desk.apiKeys.length === 0 || !isForCustomers) return;
    const given = request.headers.authorization;
    // Real vendors repeat the key that they were given, and so must we, to see that nobody logs it.
    if (desk.apiKeys.every((key) => given !== `Bearer ${key}`))
      return refuse(reply, "401", `Incorrect key provided: ${given}`);
  });
  server.setErrorHandler((error: { statusCode?: number; message: string }, _request, reply) => {
    const isTheirs = error.statusCode !== undefined && error.statusCode < 500;
    return refuse(reply, isTheirs ? "reject" : "500", isTheirs ? error.message : undefined);
  });
  addVideoRoutes(server, desk);
  addOpenaiRoutes(server, desk);
  addChatRoutes(server, desk);
  addFileRoutes(server, desk);
  addControlRoutes(server, desk);
  return server;
}
