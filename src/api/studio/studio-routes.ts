import { join } from "node:path";
import fastifyStatic from "@fastify/static";
import type { FastifyInstance } from "fastify";
import { type StudioOptions, StudioPage } from "./studio-page.js";

const yearMs = 365 * 24 * 60 * 60 * 1000;

/** The studio's own routes. Every other address of a page is answered by the server's not-found handler. */
export function addStudioRoutes(app: FastifyInstance, page: StudioPage, { folder }: StudioOptions): void {
  app.register(async (studio) => {
    for (const path of ["/", "/works/:id"]) {
      studio.get(path, async (request, reply) =>
        // A client that wants JSON gets the JSON of an unknown address.
        wantsJson(request.headers.accept) ? reply.callNotFound() : page.send(request, reply),
      );
    }
    studio.register(fastifyStatic, {
      root: join(folder, "assets"),
      prefix: "/assets/",
      index: false,
      decorateReply: false,
      // The names carry a hash of the content.
      maxAge: yearMs,
      immutable: true,
      preCompressed: true,
    });
  });
}

function wantsJson(accept = ""): boolean {
  return accept.toLowerCase().includes("json");
}
