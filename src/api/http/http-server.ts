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
import { ClientErrors } from "./malformed-requests.js";
import { AllowedOrigins } from "./origins.js";
import { addSecurityHeaders } from "./security-headers.js";
import type { TrustProxy } from "./trust-proxy.js";
import { answerBeforeClosing } from "./unread-bodies.js";

declare module "fastify" {
  interface FastifyRequest {
    /** Its id, language, and what its log line will say. */
    info: RequestInfo;
  }
}

export interface HttpServerOptions {
  /** Which proxies are believed; none if not given. */
  trustProxy?: TrustProxy;
  /** Whether people reach this server by https; they do not if not given. */
  https?: boolean;
  /** Of web pages that may read answers; any if not given. */
  origins?: AllowedOrigins;
  limits: ApiLimits;
  formatter: ErrorFormatter;
}

/** Fastify with our ids, headers, limits and error shape, and no route yet. */
export function createHttpServer({
  trustProxy = () => false,
  https = false,
  origins = new AllowedOrigins("any"),
  limits,
  formatter,
}: HttpServerOptions): FastifyInstance {
  const clientErrors = new ClientErrors(origins, limits);
  const app = fastify({
    trustProxy,
    bodyLimit: limits.messageBytesMax,
    requestTimeout: limits.requestMs,
    connectionTimeout: limits.silenceMs,
    clientErrorHandler: clientErrors.answer,
    // A path that cannot be decoded, for one: no hook has run, and no route knows of it.
    frameworkErrors: (_error, request, reply) => {
      request.info = newRequestInfo(request.id, languageFrom(request.headers["accept-language"]));
      void refuse(new BadRequest(), 400, request, reply, formatter);
    },
    http: {
      headersTimeout: limits.headersMs,
      connectionsCheckingInterval: limits.slownessCheckMs,
      maxHeaderSize: limits.headerBytesMax,
      // Some HTTP clients offer HTTP/2 in an Upgrade header; their requests are plain ones to us.
      shouldUpgradeCallback: ({ headers }) => headers.upgrade?.toLowerCase() === "websocket",
    },
    forceCloseConnections: "idle",
    // Not randomUUID(): its text is 14 pieces until it is written somewhere, and an idle socket would keep them.
    genReqId: ({ headers }) => acceptableId(headers["x-request-id"]) ?? newUuid(),
    logger: false,
  });
  clientErrors.watch(app.server);
  app.decorateRequest("info", null as unknown as RequestInfo);
  app.addHook("onRequest", async (request, reply) => {
    request.info = newRequestInfo(request.id, languageFrom(request.headers["accept-language"]));
    reply.header("x-request-id", request.id);
  });
  addSecurityHeaders(app, { https });
  answerBeforeClosing(app, limits);
  // Here and not before: reading the body comes back from the socket, which knows no request.
  app.addHook("preHandler", (request, _reply, done) => currentRequest.run(request.info, done));
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const told = toRequestError(error, limits);
    return refuse(told, statusOf(told, error), request, reply, formatter);
  });
  app.setNotFoundHandler((request, reply) => refuse(new NoSuchAddress(), 404, request, reply, formatter));
  return app;
}

/** An id from outside is kept if it can do no harm in a log. */
function acceptableId(given: string | string[] | undefined): string | null {
  return typeof given === "string" && /^[\w.:-]{8,128}$/.test(given) ? given : null;
}

/** What Fastify refuses by itself, as the contract calls it. */
function toRequestError(error: FastifyError, limits: ApiLimits): Error {
  if (error instanceof AppError) return error;
  if (error.statusCode === 413) return new PayloadTooLarge(limits.messageBytesMax);
  if (error.statusCode === 415) return new UnsupportedContentType();
  const isClients = error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500;
  return isClients ? new BadRequest() : error;
}

function statusOf(told: Error, error: FastifyError): number {
  if (!(told instanceof AppError)) return 500;
  if (told.code === "PAYLOAD_TOO_LARGE") return 413;
  if (told instanceof RateLimited) return 429;
  return error.statusCode ?? 400;
}

/** Says when to ask again, if something that we stand on is away. */
export function inviteRetry({ info }: FastifyRequest, reply: FastifyReply): boolean {
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
  const isAway = inviteRetry(request, reply);
  if (error instanceof RateLimited) reply.header("retry-after", String(Math.ceil(error.retryAfterMs / 1000)));
  return reply
    .code(isAway ? 503 : status)
    .type(`${type}; charset=utf-8`)
    .send(body);
}
