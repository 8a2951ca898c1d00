import type { Socket } from "node:net";
import postgres from "postgres";
import type { DatabaseAddress, Host } from "./address.js";
import { connectSocket, connectTimeoutMs, createSocket } from "./socket.js";
import { arraySerializers, type TypeParsers } from "./wire-types.js";

export interface ConnectionOptions {
  address: DatabaseAddress;
  applicationName: string;
  /** 0: no limit. */
  statementTimeoutMs: number;
  /**
   * The address is of a connection pooler in transaction mode. Session settings would not outlive a
   * transaction there, so the pooler sets the time limits itself (deploy/pgbouncer.ini).
   */
  pooled: boolean;
  /** Whether statements are prepared, so that the server parses and plans each of them once. */
  prepare: boolean;
  onNotification?: (text: string) => void;
}

export interface Statement {
  text: string;
  parameters: unknown[];
  /** Rows as arrays instead of objects. */
  asArrays: boolean;
}

const keepAliveSec = 10;
/** Time for the server to read the Terminate message before the socket is destroyed. */
const terminateMs = 1_000;

/** When a text of several statements fails after its BEGIN, the transaction is still open. */
const beginsTransaction = /^\s*begin\b/i;

function timeLimits(statementTimeoutMs: number) {
  return {
    statement_timeout: statementTimeoutMs,
    lock_timeout: Math.ceil((statementTimeoutMs * 2) / 3),
    // Our transactions wait for the database only. One that waits for anything else must not hold its locks for long.
    idle_in_transaction_session_timeout: 30_000,
  };
}

/** A transaction that had not ended has been rolled back. */
class ConnectionLost extends Error {
  readonly code = "CONNECTION_CLOSED";

  constructor() {
    super("the connection to the database was lost");
  }
}

/** Whether only the statement failed, so that the connection is still usable. */
function isStatementError(error: unknown): boolean {
  return error instanceof postgres.PostgresError && !/^(FATAL|PANIC)$/.test(error.severity);
}

/**
 * Copies the rows and empties the driver's own array. V8 promotes a function that is assigned to a
 * property (the driver: `this.resolve = x => …`) to the old generation, with all it refers to. The rows
 * would survive every minor garbage collection, which copies them, until the next major one.
 */
function detachRows(result: unknown[]): unknown[] {
  const rows = Array.from(result);
  result.length = 0;
  return rows;
}

/**
 * A connection to one PostgreSQL server, which runs one statement at a time. A lost connection is never
 * used again, because postgres.js would reconnect and
 * - run the rest of a transaction outside of any (https://github.com/porsager/postgres/issues/1216),
 * - write to the closed socket, which ends the process (https://github.com/porsager/postgres/issues/1208),
 * - reconnect without a pause and without end while a server closes every new connection.
 */
export class Connection {
  isLost = false;
  /** The server process's number from the login; null before the first statement. */
  processId: number | null = null;
  readonly openedAtMs = performance.now();
  private readonly sql: postgres.Sql;
  private socket: Socket | null = null;
  private running: { healthChecks: number; reject: (error: Error) => void } | null = null;

  constructor(
    readonly host: Host,
    private readonly options: ConnectionOptions,
    types: TypeParsers,
    private readonly onLost: () => void,
  ) {
    const { user, password, database, parameters } = options.address;
    const credentials = `${encodeURIComponent(user)}:${encodeURIComponent(password)}`;
    this.sql = postgres(`postgres://${credentials}@host/?${parameters}`, {
      // Lists, because the driver looks for a port in an IPv6 address that is a string. Its types allow strings only.
      host: [host.name] as unknown as string,
      port: [host.port] as unknown as number,
      ...{ socket: () => this.connectOnce() }, // Missing in the types of postgres 3.4.
      ...(database && { database }),
      max: 1,
      connect_timeout: connectTimeoutMs / 1000,
      keep_alive: keepAliveSec,
      idle_timeout: 0, // The pool closes idle connections.
      max_lifetime: null, // The driver's limit would cut a transaction between two of its statements.
      onnotice: () => {},
      ...(options.onNotification && {
        onnotify: (_channel: string, text: string) => options.onNotification?.(text),
      }),
      fetch_types: false,
      prepare: options.prepare,
      onclose: () => this.onClose(),
      connection: {
        application_name: options.applicationName,
        ...(!options.pooled && timeLimits(options.statementTimeoutMs)),
      },
    });
    Object.assign(this.sql.options.parsers, types.parsers);
    Object.assign(this.sql.options.serializers, types.serializers, arraySerializers);
  }

  /**
   * Statements are prepared unless the address is a pooler's. A pooler would run them on connections where
   * they were not prepared. The driver then repeats them, and a COMMIT that is repeated after its failure
   * rolls back without an error.
   */
  async run({ text, parameters, asArrays }: Statement): Promise<unknown> {
    if (this.isLost) throw new ConnectionLost();
    const query = this.sql.unsafe(text, parameters as never[], { prepare: this.options.prepare });
    try {
      const result = await new Promise<unknown[] & { state?: { pid: number } }>((resolve, reject) => {
        this.running = { healthChecks: 0, reject };
        (asArrays ? query.values() : query).then(resolve, reject);
      });
      this.processId ??= result.state?.pid ?? null;
      return detachRows(result);
    } catch (error) {
      if (!isStatementError(error) || beginsTransaction.test(text)) void this.close();
      throw error;
    } finally {
      this.running = null;
    }
  }

  /** Counts a health check, and returns how many the running statement has lasted; 0 while idle. */
  countHealthCheck(): number {
    return this.running ? ++this.running.healthChecks : 0;
  }

  /** Closes it immediately. A running statement fails. */
  async close(): Promise<void> {
    if (!this.isLost) {
      this.markLost();
      // A frozen or unreachable server never closes its side.
      setTimeout(() => this.socket?.destroy(), terminateMs).unref();
    }
    await this.sql.end({ timeout: 0 });
  }

  /** The driver calls this for the first connection, and for each reconnect, which is refused. */
  private async connectOnce(): Promise<Socket> {
    if (this.socket) throw new ConnectionLost();
    this.socket = createSocket(this.host);
    await connectSocket(this.socket, this.host);
    return this.socket;
  }

  private onClose(): void {
    // The driver never settles statements that were sent between the socket's error and its close.
    setImmediate(() => this.running?.reject(new ConnectionLost()));
    if (!this.isLost) this.markLost();
  }

  private markLost(): void {
    this.isLost = true;
    this.onLost();
  }
}
