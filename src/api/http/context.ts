import { HeaderMap } from "@apollo/server";
import type { FastifyRequest } from "fastify";
import { GraphQLError } from "graphql";
import { RateLimited, Unauthenticated } from "../../platform/base/common-errors.js";
import { Loaders, type RequestContext } from "../../platform/graphql/request-context.js";
import { isFromThisMachine } from "./local-request.js";
import { callerKey, type RateLimit } from "./rate-limit.js";

/** The session that an access token proves. */
export interface ProvenSession {
  userId: string;
  sessionId: string;
  expiresAt: Date;
}

/**
 * Throws Unauthenticated for a token that is invalid, expired or of an ended session. The error has the
 * session's id if the token has expired and can be refreshed. The server's is modules/accounts/authenticator.ts.
 */
export type Authenticate = (token: string) => Promise<ProvenSession>;

/** For sockets, which outlive the check of their token. Rejects while the database is unavailable. */
export type IsSessionLive = (sessionId: string) => Promise<boolean>;

/** The token of an Authorization value. Null if there is none, "" if the scheme is another. */
export function bearerToken(authorization: unknown): string | null {
  if (authorization === undefined || authorization === null || authorization === "") return null;
  const match = /^Bearer(?:\s+(\S*))?\s*$/i.exec(String(authorization));
  return match ? match[1] || null : "";
}

export function toContext(
  session: ProvenSession | null,
  request: Pick<RequestContext, "language" | "address" | "isFromThisMachine">,
): RequestContext {
  const viewer = session && { userId: session.userId, sessionId: session.sessionId };
  return { ...request, viewer, loaders: new Loaders() };
}

/** The context of one event of a subscription, without rows that an earlier event loaded. */
export function contextOfEvent(context: RequestContext): RequestContext {
  return { ...context, loaders: new Loaders() };
}

export interface CreateContextOptions {
  authenticate: Authenticate;
  rateLimit: RateLimit;
}

/** Authenticates a request and counts it. Throws RATE_LIMITED, wrapped for Apollo with its HTTP headers. */
export async function createContext(
  request: FastifyRequest,
  deps: CreateContextOptions,
): Promise<RequestContext> {
  const session = await sessionOf(request, deps.authenticate);
  try {
    await deps.rateLimit.take(callerKey(session, request.ip));
  } catch (error) {
    throw error instanceof RateLimited ? tooManyRequests(error) : error;
  }
  return toContext(session, {
    language: request.info.language,
    address: request.ip,
    isFromThisMachine: () => isFromThisMachine(request),
  });
}

/**
 * Null for an invalid token, which is not an error: clients send their old one with refreshSession and login,
 * too. Fields that need a user then answer UNAUTHENTICATED.
 */
async function sessionOf(request: FastifyRequest, authenticate: Authenticate): Promise<ProvenSession | null> {
  const token = bearerToken(request.headers.authorization);
  if (!token) return null;
  try {
    return await authenticate(token);
  } catch (error) {
    if (error instanceof Unauthenticated) return null;
    throw error;
  }
}

function tooManyRequests(error: RateLimited): GraphQLError {
  const headers = new HeaderMap([["retry-after", String(Math.ceil(error.retryAfterMs / 1000))]]);
  return new GraphQLError(error.message, {
    originalError: error,
    extensions: { http: { status: 429, headers } },
  });
}
