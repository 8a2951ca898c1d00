import { HeaderMap } from "@apollo/server";
import type { FastifyRequest } from "fastify";
import { GraphQLError } from "graphql";
import { RateLimited, Unauthenticated } from "../../platform/base/common-errors.js";
import type { RequestContext } from "../../platform/graphql/request-context.js";
import { type Authenticate, bearerToken, newContext, type ProvenSession } from "./context.js";
import { isFromThisMachine } from "./local-request.js";
import { callerKey, type RateLimit } from "./rate-limit.js";

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
  return newContext(session, {
    language: request.info.language,
    address: request.ip,
    isFromThisMachine: isFromThisMachine(request),
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
