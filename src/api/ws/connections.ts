import { TooManyOperations } from "../api.errors.js";
import { callerKey } from "../http/rate-limit.js";
import type { ApiLimits } from "../limits.js";
import { closeCodes } from "./close-codes.js";
import type { Connection } from "./connection.js";

/** All open sockets of this server, by session, with the limits per address and per caller. */
export class Connections {
  private readonly all = new Set<Connection>();
  private readonly bySession = new Map<string, Set<Connection>>();
  /** Sockets per address, and sockets and operations per caller. */
  private readonly counts = new Map<string, number>();

  constructor(private readonly limits: ApiLimits) {}

  get size(): number {
    return this.all.size;
  }

  [Symbol.iterator](): Iterator<Connection> {
    return this.all.values();
  }

  /** Called before the caller is known. False if the address has too many sockets. */
  add(connection: Connection): boolean {
    const { limitedAddress } = connection;
    if (!this.acquire(`sockets of ${limitedAddress}`, this.limits.socketsPerAddressMax)) return false;
    this.all.add(connection);
    return true;
  }

  /** Called once connection_init has named the caller. False if the caller has too many sockets. */
  admit(connection: Connection): boolean {
    const caller = callerKey(connection.session, connection.origin.address);
    if (!this.acquire(`sockets by ${caller}`, this.limits.socketsPerCallerMax)) return false;
    connection.caller = caller;
    const sessionId = connection.session?.sessionId;
    if (sessionId) {
      const ofSession = this.bySession.get(sessionId) ?? new Set();
      this.bySession.set(sessionId, ofSession.add(connection));
    }
    return true;
  }

  remove(connection: Connection): void {
    if (!this.all.delete(connection)) return;
    this.release(`sockets of ${connection.limitedAddress}`);
    connection.dispose();
    if (connection.caller === "") return;
    this.release(`sockets by ${connection.caller}`);
    const sessionId = connection.session?.sessionId ?? "";
    const ofSession = this.bySession.get(sessionId);
    ofSession?.delete(connection);
    if (ofSession?.size === 0) this.bySession.delete(sessionId);
  }

  sessions(): string[] {
    return [...this.bySession.keys()];
  }

  endSession(sessionId: string): void {
    for (const connection of this.bySession.get(sessionId) ?? []) connection.close(closeCodes.sessionEnded);
  }

  /** Counts an operation until the returned function is called. Throws TooManyOperations. */
  beginOperation(caller: string): () => void {
    const key = `operations by ${caller}`;
    const max = this.limits.socketOperationsPerCallerMax;
    if (!this.acquire(key, max)) throw new TooManyOperations(max);
    let open = true;
    return () => {
      if (open) this.release(key);
      open = false;
    };
  }

  private acquire(key: string, max: number): boolean {
    const count = this.counts.get(key) ?? 0;
    if (count >= max) return false;
    this.counts.set(key, count + 1);
    return true;
  }

  private release(key: string): void {
    const count = (this.counts.get(key) ?? 0) - 1;
    if (count > 0) this.counts.set(key, count);
    else this.counts.delete(key);
  }
}
