import type { WebSocket } from "ws";
import type { Language } from "../../platform/base/language.js";
import { limitedAddress } from "../../platform/rate-limit/sliding-window.js";
import type { ProvenSession } from "../http/context.js";
import { type CloseReason, closeCodes } from "./close-codes.js";

/** Facts of the upgrade request. */
export interface SocketOrigin {
  address: string;
  isFromThisMachine(): boolean;
  acceptLanguage: string | undefined;
}

/** Maximum delay of setTimeout: 2^31 - 1 ms, about 24 days. */
const timerMsMax = 2_147_483_647;

/** One WebSocket with its session and its running operations. */
export class Connection {
  session: ProvenSession | null = null;
  language: Language = "en";
  /** Operations without an answer yet. A stopping server waits for them, but not for running subscriptions. */
  readonly pending = new Set<object>();
  /** The user or address that limits count. Empty until connection_init. */
  caller = "";
  /** False between a ping and its pong. */
  alive = true;
  /** The address or network that limits count. */
  readonly limitedAddress: string;
  /** False once the socket closes or the server stops: further messages are ignored. */
  accepting = true;
  /** Set once this server begins to close it: operations that have not started are rejected. */
  closing = false;
  private expiry: NodeJS.Timeout | undefined;
  /** Messages since `beginCount`. */
  private messages = 0;

  constructor(
    readonly socket: WebSocket,
    readonly origin: SocketOrigin,
  ) {
    this.limitedAddress = limitedAddress(origin.address);
  }

  /** Begins a close. A client that does not confirm it is disconnected after `socketCloseMs`. */
  close({ code, reason }: CloseReason): void {
    this.accepting = false;
    this.closing = true;
    this.socket.close(code, reason);
  }

  /** False if there were more than `max` messages since `beginCount`. */
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
