import { Loaders, type RequestContext } from "../../platform/graphql/request-context.js";

/** The session that an access token proves. */
export interface ProvenSession {
  userId: string;
  sessionId: string;
  expiresAt: Date;
}

/**
 * Throws Unauthenticated for a token that is invalid, expired or of an ended session. The error has the
 * session's id if the token has expired and can be refreshed.
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

export function newContext(
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
