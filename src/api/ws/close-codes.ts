/** Why we close a WebSocket: what clients can rely on. The library's own codes are 4400 to 4429. */
export const closeCodes = {
  /** The server is stopping. Connect again: another one, or its successor, answers. */
  goingAway: { code: 1001, reason: "Going away" },
  /** Too many sockets of this caller, or a breakdown of ours while connecting. Try again later. */
  tryAgainLater: { code: 1013, reason: "Try again later" },
  /** More messages than any client needs. */
  tooManyMessages: { code: 1008, reason: "Too many messages" },
  /** The token of connection_init is bad. Only a new login helps. */
  forbidden: { code: 4403, reason: "Forbidden" },
  /** Logout, reuse of a refresh token, or a ban. Only a new login helps. */
  sessionEnded: { code: 4403, reason: "Session ended" },
  /**
   * The access token has run out, under way or before connection_init. Refresh the session and connect
   * again with the new token.
   */
  tokenExpired: { code: 4440, reason: "Access token expired" },
} as const;

export interface CloseReason {
  code: number;
  reason: string;
}
