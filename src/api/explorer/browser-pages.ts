import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";

const pagePolicy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'";

const offPage = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>SkyRiff API</title>
<style>body { font: 16px/1.5 system-ui, sans-serif; max-width: 36em; margin: 15vh auto; padding: 0 1.5em }</style>
<h1>SkyRiff API</h1>
<p>This is a GraphQL server: programs send their operations to <code>/graphql</code> by POST. The explorer,
a page to try them on, is switched off here (<code>INTROSPECTION=on</code> switches it on).</p>
<p lang="zh">这是一个 GraphQL 服务：程序通过 POST 向 <code>/graphql</code> 发送操作。可视化调试页面在此服务器上未开启
（设置 <code>INTROSPECTION=on</code> 可开启）。</p>
</html>
`;

/** Redirects browsers from the API's address to the explorer. If the explorer is off, they get a page that says so. */
export class BrowserPages {
  constructor(private readonly explorer: boolean) {}

  /** `root`: whether this also serves "/", which belongs to the studio if there is one. */
  addRoutes(app: FastifyInstance, { root }: { root: boolean }): void {
    for (const path of [...(root ? ["/"] : []), ...(this.explorer ? [] : ["/playground"])]) {
      app.get(path, async (request, reply) => this.answer(request, reply) ?? reply.callNotFound());
    }
  }

  /** Null if the request is not a browser's for a page. */
  answer(request: FastifyRequest, reply: FastifyReply): FastifyReply | null {
    if (!wantsPage(request)) return null;
    reply.header("vary", "accept");
    // Relative, so that it works below any path prefix of a proxy.
    if (this.explorer) return reply.redirect("playground", 302);
    return reply
      .code(404)
      .header("content-security-policy", pagePolicy)
      .type("text/html; charset=utf-8")
      .send(offPage);
  }
}

/** Whether a browser opens a page. A client that also accepts JSON gets JSON. */
export function wantsPage({ method, headers }: FastifyRequest): boolean {
  const accept = (headers.accept ?? "").toLowerCase();
  const isRead = method === "GET" || method === "HEAD";
  return isRead && accept.includes("text/html") && !accept.includes("json");
}
