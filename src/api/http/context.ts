import { Loaders, type RequestContext } from "../../platform/graphql/request-context.js";

/** Whom an access token proves, and until when. */
export interface ProvenSession {
  userId: string;
  sessionId: string;
  expiresAt: Date;
}

/**
 * Throws Unauthenticated for a token that is bad, expired or of a session that ended. It has the session's
 * id for a token that has expired and can be refreshed.
 */
export type Authenticate = (token: string) => Promise<ProvenSession>;

/** For what outlives a request. Rejects while nobody can tell. */
export type IsSessionLive = (sessionId: string) => Promise<boolean>;

/** The token of an Authorization value; null when there is none, "" when it is of another scheme. */
export function bearerToken(authorization: unknown): string | null {
  if (authorization === undefined || authorization === null || authorization === "") return null;
  const match = /^Bearer(?:\s+(\S*))?\s*$/i.exec(String(authorization));
  return match ? match[1] || null : "";
}

export function newContext(
  session: ProvenSession | null,
  request: Pick<RequestContext, "language" | "address" | "isFromThisMachine">,
): RequestContext {
  const viewer = session && { userId: session.userId, sessionId: session.sessionId };
  return { ...request, viewer, loaders: new Loaders() };
}

/** The context of one event of a subscription: what an earlier event loaded is old by now. */
export function contextOfEvent(context: RequestContext): RequestContext {
  return { ...context, loaders: new Loaders() };
}
