import { AppError } from "../../platform/base/app-error.js";

/** A web page of a disallowed origin opens a WebSocket. */
export class OriginRefused extends AppError {
  readonly statusCode = 403;

  constructor() {
    super("FORBIDDEN", {
      en: "Pages of this origin may not connect to this server.",
      zh: "该来源的网页不允许连接此服务器。",
    });
  }
}

/**
 * The web pages that may use the API. Requests without an Origin header do not come from a web page and are
 * not checked. This does not protect a user whose token was stolen. The API uses no cookies, so a page
 * acts only with a token that it has itself.
 */
export class AllowedOrigins {
  private readonly origins: ReadonlySet<string> | "any";

  constructor(origins: readonly string[] | "any") {
    this.origins = origins === "any" ? origins : new Set(origins);
  }

  get any(): boolean {
    return this.origins === "any";
  }

  /** `host` is the request's. The server's own pages are always allowed. */
  allows(origin: string, host: string): boolean {
    if (this.origins === "any" || this.origins.has(origin.toLowerCase())) return true;
    return URL.parse(origin)?.host === host.toLowerCase();
  }
}
