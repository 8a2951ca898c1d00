import type { WebSocket } from "ws";
import type { Language } from "../../platform/base/language.js";
import { limitedAddress } from "../../platform/rate-limit/sliding-window.js";
import type { ProvenSession } from "../http/context.js";
import { type CloseReason, closeCodes } from "./close-codes.js";

/** What the upgrade request told. */
export interface SocketOrigin {
  address: string;
  isFromThisMachine: boolean;
  acceptLanguage: string | undefined;
}

/** setTimeout takes no more (2^31 - 1 ms, about 24 days). */
const timerMsMax = 2_147_483_647;

/** One WebSocket, whose it is, and what runs on it. */
export class Connection {
  session: ProvenSession | null = null;
  language: Language = "en";
  /** What has been asked and not been answered, subscriptions under way aside: a stopping server waits for it. */
  readonly unanswered = new Set<object>();
  /** Whom it is counted for; empty until connection_init has told. */
  caller = "";
  /** False until the next pong, after each ping. */
  alive = true;
  /** What its address counts as. */
  readonly limitedAddress: string;
  /** Whether messages that arrive are read: not once it closes, or the server stops. */
  accepting = true;
  /** Whether this server has begun to close it: operations that have not started yet never do. */
  closing = false;
  private expiry: NodeJS.Timeout | undefined;
  /** Messages since the last look. */
  private messages = 0;

  constructor(
    readonly socket: WebSocket,
    readonly origin: SocketOrigin,
  ) {
    this.limitedAddress = limitedAddress(origin.address);
  }

  /** Begins a close. A client that does not answer it is cut off after `socketCloseMs`. */
  close({ code, reason }: CloseReason): void {
    this.accepting = false;
    this.closing = true;
    this.socket.close(code, reason);
  }

  /** Counts a message. False: it is one too many since `beginCount`. */
  countMessage(max: number): boolean {
    this.messages += 1;
    return this.messages <= max;
  }

  beginCount(): void {
    this.messages = 0;
  }

  closeAt(expiresAt: Date, now: Date): void {
    const delayMs = Math.min(Math.max(0, expiresAt.getTime() - now.getTime()), timerMsMax);
    this.expiry = setTimeout(() => this.close(closeCodes.tokenExpired), delayMs);
    this.expiry.unref();
  }

  /** After the socket has closed. */
  dispose(): void {
    clearTimeout(this.expiry);
  }
}
