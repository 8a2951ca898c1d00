import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fastifyStatic from "@fastify/static";
import { getAltairHtml, getDistDirectory, renderInitSnippet } from "altair-static";
import type { FastifyInstance } from "fastify";
import { exampleWindows } from "./example-windows.js";
import { addressPlaceholders, explorerOptions } from "./explorer-options.js";

/** Altair loads nothing from other hosts. This enforces it. */
const pagePolicy = [
  "default-src 'self'",
  // The scripts of the windows, which save the token for the next one, run in a worker of this page.
  // Without eval Altair would run them in a frame from its own host.
  "script-src 'self' 'unsafe-eval'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "font-src 'self' data:",
  "worker-src 'self' blob:",
  "connect-src 'self'",
  "frame-ancestors 'none'",
  "base-uri 'self'",
].join("; ");

/** The explorer at /playground (https://altairgraphql.dev), served completely by this server. */
export function addExplorerRoutes(app: FastifyInstance): void {
  app.register(async (explorer) => {
    explorer.addHook("onRequest", async (_request, reply) => {
      reply.header("content-security-policy", pagePolicy);
    });
    addRoutes(explorer);
  });
}

function addRoutes(app: FastifyInstance): void {
  // Relative, so that it works below any path prefix of a proxy.
  const page = getAltairHtml()
    .replace(/<base.*>/, '<base href="./playground/">')
    .replace(/<title>.*<\/title>/, "<title>SkyRiff explorer</title>")
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
  const main = mainScript();
  app.get("/playground/main.js", quiet, async (request, reply) => {
    reply.headers({ etag: main.etag, "cache-control": "no-cache" });
    if (request.headers["if-none-match"] === main.etag) return reply.code(304).send();
    reply.type("text/javascript; charset=utf-8");
    return main.text;
  });
  app.register(fastifyStatic, {
    root: getDistDirectory(),
    prefix: "/playground/",
    index: false,
    decorateReply: false,
    wildcard: true,
  });
}

/** Runs in the browser: Altair's own start, with the addresses that the browser uses. */
function startScript(): string {
  const started = renderInitSnippet(explorerOptions)
    .replaceAll(`\`${addressPlaceholders.http}\``, "address.href")
    .replaceAll(`\`${addressPlaceholders.webSocket}\``, 'address.href.replace(/^http/, "ws")');
  return `const address = new URL("../graphql", document.baseURI);\n${openFirstWindow}\n${started}`;
}

/** On the first visit Altair would show the last of the initial windows. */
const openFirstWindow = `if (!localStorage.getItem("skyriff_visited")) {
  const observer = new MutationObserver(() => {
    const windows = document.querySelectorAll(".window-switcher__item");
    if (windows.length < ${exampleWindows.length}) return;
    observer.disconnect();
    localStorage.setItem("skyriff_visited", "yes");
    windows[0].click();
  });
  observer.observe(document.body, { childList: true, subtree: true });
}`;

/**
 * Altair's code with the pane of variables open in every window, for which it has no option. The rest is
 * unchanged.
 */
function mainScript(): { text: string; etag: string } {
  const original = readFileSync(join(getDistDirectory(), "main.js"), "utf8");
  const text = original.replace("showVariableDialog:!1", "showVariableDialog:!0");
  return { text, etag: `"${createHash("sha256").update(text).digest("base64url")}"` };
}
