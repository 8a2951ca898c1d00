import { AppError } from "../../platform/base/app-error.js";

/** A web page of an origin that may not use this server. */
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
 * Which web pages may use the API. Who sends no Origin is no page, and no business of this: an app, a
 * server, a command. Nothing here protects a user whose token was stolen; no cookie is ever used, so a
 * page acts only with the token that it holds itself.
 */
export class AllowedOrigins {
  private readonly origins: ReadonlySet<string> | "any";

  constructor(origins: readonly string[] | "any") {
    this.origins = origins === "any" ? origins : new Set(origins);
  }

  get any(): boolean {
    return this.origins === "any";
  }

  /** `host` is the one that the request was sent to: a server's own pages always may. */
  allows(origin: string, host: string): boolean {
    if (this.origins === "any" || this.origins.has(origin.toLowerCase())) return true;
    return URL.parse(origin)?.host === host.toLowerCase();
  }
}
