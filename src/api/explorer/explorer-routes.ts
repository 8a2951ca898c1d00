import fastifyStatic from "@fastify/static";
import { getAltairHtml, getDistDirectory, renderInitSnippet } from "altair-static";
import type { FastifyInstance } from "fastify";
import { addressHere, explorerOptions } from "./explorer-options.js";

/** Altair loads nothing from elsewhere, and with this it cannot. */
const pagePolicy = [
  "default-src 'self'",
  // The windows' own scripts (they keep the token for the next window) run in a worker of this page;
  // where eval is forbidden Altair would run them in a frame from its own host instead.
  "script-src 'self' 'unsafe-eval'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "font-src 'self' data:",
  "worker-src 'self' blob:",
  "connect-src 'self'",
  "frame-ancestors 'none'",
  "base-uri 'self'",
].join("; ");

/** The explorer at /playground: https://altairgraphql.dev, every byte of it served from here. */
export function addExplorerRoutes(app: FastifyInstance): void {
  app.register(async (explorer) => {
    explorer.addHook("onRequest", async (_request, reply) => {
      reply.header("content-security-policy", pagePolicy);
    });
    addRoutes(explorer);
  });
}

function addRoutes(app: FastifyInstance): void {
  // Relative, so that it works below any path that a proxy puts before ours.
  const page = getAltairHtml()
    .replace(/<base.*>/, '<base href="./playground/">')
    .replace("</body>", '<script type="module" src="start.js"></script></body>');
  const start = startScript();
  const quiet = { config: { quiet: true } };

  app.get("/playground", async (_request, reply) => {
    reply.type("text/html; charset=utf-8");
    return page;
  });
  app.get("/playground/", async (_request, reply) => reply.redirect("../playground", 308));
  app.get("/playground/start.js", quiet, async (_request, reply) => {
    reply.type("text/javascript; charset=utf-8");
    return start;
  });
  app.register(fastifyStatic, {
    root: getDistDirectory(),
    prefix: "/playground/",
    index: false,
    decorateReply: false,
    wildcard: true,
  });
}

/** Runs in the browser: Altair's own start, with the addresses as seen from there. */
function startScript(): string {
  const started = renderInitSnippet(explorerOptions)
    .replaceAll(`\`${addressHere.http}\``, "address.href")
    .replaceAll(`\`${addressHere.webSocket}\``, 'address.href.replace(/^http/, "ws")');
  return `const address = new URL("../graphql", document.baseURI);\n${started}`;
}
