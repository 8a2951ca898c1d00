import type { Readable } from "node:stream";
import fastify, { type FastifyInstance, type FastifyRequest } from "fastify";
import { addChatRoutes } from "./chat-routes.js";
import { addControlRoutes } from "./control-routes.js";
import { addDyuapiRoutes } from "./dyuapi-routes.js";
import { addFileRoutes } from "./file-routes.js";
import { addOpenaiRoutes } from "./openai-routes.js";
import { parseMultipart } from "./parse-request.js";
import { protocolPaths } from "./protocols.js";
import { sendError } from "./response-faults.js";
import type { SandboxState } from "./sandbox-state.js";

export function createSandboxServer(sandbox: SandboxState): FastifyInstance {
  // Requests with the fault "hang" must not block closing.
  const server = fastify({ forceCloseConnections: true, bodyLimit: 30 * 1024 * 1024 });
  server.addContentTypeParser("multipart/form-data", (request: FastifyRequest, body: Readable) =>
    parseMultipart(request.headers, body),
  );
  server.addHook("onRequest", async (request, reply) => {
    const needsKey = Object.values(protocolPaths).some((path) => request.url.startsWith(`${path}/v1/`));
    if (sandbox.apiKeys.length === 0 || !needsKey) return;
    const authorization = request.headers.authorization;
    // Some vendors echo the key. The sandbox does too, so that tests can check that it is never logged.
    if (sandbox.apiKeys.every((key) => authorization !== `Bearer ${key}`))
      return sendError(reply, "401", `Incorrect key provided: ${authorization}`);
  });
  server.setErrorHandler((error: { statusCode?: number; message: string }, _request, reply) => {
    const isClientError = error.statusCode !== undefined && error.statusCode < 500;
    return sendError(reply, isClientError ? "reject" : "500", isClientError ? error.message : undefined);
  });
  addDyuapiRoutes(server, sandbox);
  addOpenaiRoutes(server, sandbox);
  addChatRoutes(server, sandbox);
  addFileRoutes(server, sandbox);
  addControlRoutes(server, sandbox);
  return server;
}
