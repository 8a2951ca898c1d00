import { TooManyOperations } from "../api.errors.js";
import { callerKey } from "../http/rate-limit.js";
import type { ApiLimits } from "../limits.js";
import { closeCodes } from "./close-codes.js";
import type { Connection } from "./connection.js";

/** All open sockets of this server: found by session, counted by caller. */
export class Connections {
  private readonly all = new Set<Connection>();
  private readonly bySession = new Map<string, Set<Connection>>();
  private readonly sockets = new Counts();
  private readonly byAddress = new Counts();
  private readonly operations = new Counts();

  constructor(private readonly limits: ApiLimits) {}

  get size(): number {
    return this.all.size;
  }

  [Symbol.iterator](): Iterator<Connection> {
    return this.all.values();
  }

  /** At once, before anybody knows whose it is. False: this address has too many. */
  add(connection: Connection): boolean {
    const { limitedAddress } = connection;
    if (this.byAddress.of(limitedAddress) >= this.limits.socketsPerAddressMax) return false;
    this.byAddress.add(limitedAddress, 1);
    this.all.add(connection);
    return true;
  }

  /** Once connection_init has told whose it is. False: this caller has too many. */
  admit(connection: Connection): boolean {
    const caller = callerKey(connection.session, connection.origin.address);
    if (this.sockets.of(caller) >= this.limits.socketsPerCallerMax) return false;
    this.sockets.add(caller, 1);
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
    this.byAddress.add(connection.limitedAddress, -1);
    connection.dispose();
    if (connection.caller === "") return;
    this.sockets.add(connection.caller, -1);
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

  /** Counts an operation; calling what it returns ends it. Throws TooManyOperations. */
  beginOperation(caller: string): () => void {
    const max = this.limits.socketOperationsPerCallerMax;
    if (this.operations.of(caller) >= max) throw new TooManyOperations(max);
    this.operations.add(caller, 1);
    let open = true;
    return () => {
      if (open) this.operations.add(caller, -1);
      open = false;
    };
  }
}

/** Numbers by name; what is zero is forgotten. */
class Counts {
  private readonly counts = new Map<string, number>();

  of(name: string): number {
    return this.counts.get(name) ?? 0;
  }

  add(name: string, change: 1 | -1): void {
    const count = this.of(name) + change;
    if (count === 0) this.counts.delete(name);
    else this.counts.set(name, count);
  }
}
