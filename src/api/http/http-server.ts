import fastify, {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from "fastify";
import { AppError } from "../../platform/base/app-error.js";
import { RateLimited } from "../../platform/base/common-errors.js";
import { languageFrom } from "../../platform/base/language.js";
import { newUuid } from "../../platform/ids/ids.js";
import {
  currentRequest,
  newRequestInfo,
  type RequestInfo,
} from "../../platform/observability/request-info.js";
import { BadRequest, NoSuchAddress, PayloadTooLarge, UnsupportedContentType } from "../api.errors.js";
import type { ApiLimits } from "../limits.js";
import type { ErrorFormatter } from "./format-error.js";
import { MalformedRequests } from "./malformed-requests.js";
import { AllowedOrigins } from "./origins.js";
import { addSecurityHeaders } from "./security-headers.js";
import type { TrustProxy } from "./trust-proxy.js";
import { answerUnreadRequests } from "./unread-bodies.js";

declare module "fastify" {
  interface FastifyRequest {
    info: RequestInfo;
  }
}

export interface HttpServerOptions {
  /** Trusted proxies. Default: none. */
  trustProxy?: TrustProxy;
  /** Whether PUBLIC_URL is https. Default: false. */
  https?: boolean;
  /** The web pages that may read answers. Default: any. */
  origins?: AllowedOrigins;
  limits: ApiLimits;
  formatter: ErrorFormatter;
  /** The path of PUBLIC_URL, without a slash at its end. Every route also exists below it, in case no proxy strips it. */
  basePath?: string;
  /** Answers requests that no route matches. Null: they get an error. */
  answerUnknown?: (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply> | null;
}

/** Fastify with request ids, headers, limits and error answers, without routes. */
export function createHttpServer({
  trustProxy = () => false,
  https = false,
  origins = new AllowedOrigins("any"),
  limits,
  formatter,
  basePath = "",
  answerUnknown = () => null,
}: HttpServerOptions): FastifyInstance {
  const malformedRequests = new MalformedRequests(origins, limits);
  const app = fastify({
    trustProxy,
    rewriteUrl: ({ url = "/" }) => withoutBase(url, basePath),
    bodyLimit: limits.messageBytesMax,
    requestTimeout: limits.requestMs,
    connectionTimeout: limits.silenceMs,
    clientErrorHandler: malformedRequests.answer,
    // For example a path that cannot be decoded: no hook and no route runs.
    frameworkErrors: (_error, request, reply) => {
      request.info = newRequestInfo(request.id, languageFrom(request.headers["accept-language"]));
      void refuse(new BadRequest(), 400, request, reply, formatter);
    },
    http: {
      headersTimeout: limits.headersMs,
      connectionsCheckingInterval: limits.slownessCheckMs,
      maxHeaderSize: limits.headerBytesMax,
      // Some HTTP clients offer HTTP/2 in an Upgrade header. Their requests are served as HTTP/1.1.
      shouldUpgradeCallback: ({ headers }) => headers.upgrade?.toLowerCase() === "websocket",
    },
    forceCloseConnections: "idle",
    // Not randomUUID(): its string is a rope of 14 pieces, which an idle socket would hold in memory.
    genReqId: ({ headers }) => acceptableId(headers["x-request-id"]) ?? newUuid(),
    logger: false,
  });
  malformedRequests.watch(app.server);
  app.decorateRequest("info", null as unknown as RequestInfo);
  app.addHook("onRequest", async (request, reply) => {
    request.info = newRequestInfo(request.id, languageFrom(request.headers["accept-language"]));
    reply.header("x-request-id", request.id);
  });
  addSecurityHeaders(app, { https });
  answerUnreadRequests(app, limits);
  // Not earlier: reading the body loses the async context.
  app.addHook("preHandler", (request, _reply, done) => currentRequest.run(request.info, done));
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const requestError = toRequestError(error, limits);
    return refuse(requestError, statusOf(requestError, error), request, reply, formatter);
  });
  app.setNotFoundHandler(
    (request, reply) =>
      answerUnknown(request, reply) ?? refuse(new NoSuchAddress(), 404, request, reply, formatter),
  );
  return app;
}

function withoutBase(url: string, basePath: string): string {
  return basePath !== "" && url.startsWith(`${basePath}/`) ? url.slice(basePath.length) : url;
}

/** The client's id if it can do no harm in a log. */
function acceptableId(given: string | string[] | undefined): string | null {
  return typeof given === "string" && /^[\w.:-]{8,128}$/.test(given) ? given : null;
}

/** Converts Fastify's own errors to those of the contract. */
function toRequestError(error: FastifyError, limits: ApiLimits): Error {
  if (error instanceof AppError) return error;
  if (error.statusCode === 413) return new PayloadTooLarge(limits.messageBytesMax);
  if (error.statusCode === 415) return new UnsupportedContentType();
  const isClientError = error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500;
  return isClientError ? new BadRequest() : error;
}

function statusOf(requestError: Error, error: FastifyError): number {
  if (!(requestError instanceof AppError)) return 500;
  if (requestError.code === "PAYLOAD_TOO_LARGE") return 413;
  if (requestError instanceof RateLimited) return 429;
  return error.statusCode ?? 400;
}

/** Sets Retry-After if a dependency is unavailable. Returns whether it is. */
export function addRetryAfter({ info }: FastifyRequest, reply: FastifyReply): boolean {
  if (info.retryAfterMs === null) return false;
  reply.header("retry-after", String(Math.ceil(info.retryAfterMs / 1000)));
  return true;
}

function refuse(
  error: Error,
  status: number,
  request: FastifyRequest,
  reply: FastifyReply,
  formatter: ErrorFormatter,
): FastifyReply {
  const wanted = request.headers.accept?.includes("application/graphql-response+json");
  const type = wanted ? "application/graphql-response+json" : "application/json";
  const body = JSON.stringify({ errors: [formatter.format(error, request.info)] });
  const isUnavailable = addRetryAfter(request, reply);
  if (error instanceof RateLimited) reply.header("retry-after", String(Math.ceil(error.retryAfterMs / 1000)));
  return reply
    .code(isUnavailable ? 503 : status)
    .type(`${type}; charset=utf-8`)
    .send(body);
}
