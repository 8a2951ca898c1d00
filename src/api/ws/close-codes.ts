/** The reasons for which this server closes a WebSocket. graphql-ws itself uses 4400 to 4429. */
export const closeCodes = {
  /** The server is stopping. Reconnect to another one or to its successor. */
  goingAway: { code: 1001, reason: "Going away" },
  /** Too many sockets of this caller, or a failure in the server. Reconnect later. */
  tryAgainLater: { code: 1013, reason: "Try again later" },
  /** Too many messages between two pings. */
  tooManyMessages: { code: 1008, reason: "Too many messages" },
  /** A message that the protocol does not allow, or nested too deeply. The code is graphql-ws's own. */
  invalidMessage: { code: 4400, reason: "Invalid message" },
  /** The token of connection_init is invalid. Log in again. */
  forbidden: { code: 4403, reason: "Forbidden" },
  /** Logout, reuse of a refresh token, or a ban. Log in again. */
  sessionEnded: { code: 4403, reason: "Session ended" },
  /** The access token expired. Refresh the session and reconnect with the new token. */
  tokenExpired: { code: 4440, reason: "Access token expired" },
} as const;

export interface CloseReason {
  code: number;
  reason: string;
}
