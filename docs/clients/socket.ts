import { type Client, createClient } from "graphql-ws";
import type { Session } from "./session.js";

/** The access token has expired: refresh it and connect again. */
const tokenExpired = 4440;
/** The session has ended, or the token was never good: log in again. */
const forbidden = 4403;

export function createSocket(url: string, session: Session): Client {
  let sent: string | undefined;
  let isExpired = false;
  return createClient({
    url: url.replace(/^http/, "ws"),
    async connectionParams() {
      if (isExpired) await session.refresh(sent);
      isExpired = false;
      sent = session.authorization;
      return sent ? { authorization: sent } : {};
    },
    retryAttempts: Number.POSITIVE_INFINITY,
    // Retries also while the server cannot be reached. Codes that graphql-ws calls fatal do not come here.
    shouldRetry: (event) => (event as { code?: number }).code !== forbidden,
    on: {
      closed(event) {
        const { code } = event as { code: number };
        if (code === tokenExpired) isExpired = true;
        if (code === forbidden && sent === session.authorization) session.set(null);
      },
    },
  });
}
