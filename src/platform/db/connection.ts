import { once } from "node:events";
import { Socket } from "node:net";
import postgres from "postgres";
import type { DatabaseAddress, Host } from "./address.js";
import { arraySerializers } from "./array-types.js";

export interface ConnectionOptions {
  address: DatabaseAddress;
  applicationName: string;
  /** How long one statement may take. 0: without a limit. */
  statementMs: number;
  /**
   * The address is of a pool that lends its connections for one transaction each. Then nothing outlives
   * a transaction, and the pool sets the time limits itself (deploy/pgbouncer.ini).
   */
  pooled: boolean;
  /** Whether the server keeps the plan of each statement. */
  prepare: boolean;
  onNotification?: (text: string) => void;
}

/** How values are read from and written to the wire, by the numbers of PostgreSQL's types. */
export interface TypeParsers {
  parsers: Record<string, unknown>;
  serializers: Record<string, unknown>;
}

export interface Statement {
  text: string;
  parameters: unknown[];
  /** Rows as arrays. */
  asArrays: boolean;
}

/** A host gets this long for the TCP connection, and again for the login. */
export const connectMs = 4_000;
const keepAliveSec = 10;
/** The server reads the goodbye by then, or it never will. */
const goodbyeMs = 1_000;

/** Of several statements in one text: when one of them fails, the transaction is still open. */
const beginsTransaction = /^\s*begin\b/i;

function timeLimits(statementMs: number) {
  return {
    statement_timeout: statementMs,
    lock_timeout: Math.ceil((statementMs * 2) / 3),
    // No transaction of ours waits for anything but the database; one that does must not hold its locks for ever.
    idle_in_transaction_session_timeout: 30_000,
  };
}

/** Before a transaction's end: then none of it has happened. */
class ConnectionLost extends Error {
  readonly code = "CONNECTION_CLOSED";

  constructor() {
    super("the connection to the database was lost");
  }
}

class ConnectTimeout extends Error {
  readonly code = "CONNECT_TIMEOUT";

  constructor({ name, port }: Host) {
    super(`${name}:${port} did not answer within ${connectMs} ms`);
  }
}

/** A statement's failure, after which the connection is as good as before; anything else is the end of it. */
function isServersWord(error: unknown): boolean {
  return error instanceof postgres.PostgresError && !/^(FATAL|PANIC)$/.test(error.severity);
}

/**
 * The rows, and the driver's own array without them. V8 makes a function old at once that is assigned to
 * a property (the driver: `this.resolve = x => …`), and with it what it reaches: the whole answer would
 * outlive all minor garbage collections, which have to copy it, until the next major one.
 */
function takenFrom(answered: unknown[]): unknown[] {
  const rows = Array.from(answered);
  answered.length = 0;
  return rows;
}

/**
 * One connection to one PostgreSQL server that runs one statement at a time. When it is lost it is never
 * used again: postgres.js would reconnect and run what is left of a transaction outside of any
 * (https://github.com/porsager/postgres/issues/1216), write to the closed socket, which ends the process
 * (https://github.com/porsager/postgres/issues/1208), or, while a server closes every new connection,
 * connect again without a pause and without an end.
 */
export class Connection {
  lost = false;
  /** The server process's number, as the login told it; null before the first statement. */
  processId: number | null = null;
  readonly madeAtMs = performance.now();
  private readonly sql: postgres.Sql;
  private socket: Socket | null = null;
  private running: { checks: number; fail: (error: Error) => void } | null = null;

  constructor(
    readonly host: Host,
    private readonly options: ConnectionOptions,
    types: TypeParsers,
    private readonly onLoss: () => void,
  ) {
    const { user, password, database, parameters } = options.address;
    const credentials = `${encodeURIComponent(user)}:${encodeURIComponent(password)}`;
    this.sql = postgres(`postgres://${credentials}@host/?${parameters}`, {
      // The driver would look for the port in an IPv6 address that is no list. Its types know only texts.
      host: [host.name] as unknown as string,
      port: [host.port] as unknown as number,
      ...{ socket: () => this.connectOnce() },
      ...(database && { database }),
      max: 1,
      connect_timeout: connectMs / 1000,
      keep_alive: keepAliveSec,
      idle_timeout: 0, // The pool ends idle connections.
      max_lifetime: null, // The driver's would cut a transaction between two of its statements.
      onnotice: () => {},
      ...(options.onNotification && {
        onnotify: (_channel: string, text: string) => options.onNotification?.(text),
      }),
      fetch_types: false,
      prepare: options.prepare,
      onclose: () => this.closed(),
      connection: {
        application_name: options.applicationName,
        ...(!options.pooled && timeLimits(options.statementMs)),
      },
    });
    Object.assign(this.sql.options.parsers, types.parsers);
    Object.assign(this.sql.options.serializers, types.serializers, arraySerializers);
  }

  /**
   * A server asks the same few statements again and again: each is parsed and planned once here. A pool
   * would hand them to connections that do not know them; the driver then repeats them, and a COMMIT
   * that is repeated after its failure rolls back and says nothing.
   */
  async run({ text, parameters, asArrays }: Statement): Promise<unknown> {
    if (this.lost) throw new ConnectionLost();
    const query = this.sql.unsafe(text, parameters as never[], { prepare: this.options.prepare });
    try {
      const answered = await new Promise<unknown[] & { state?: { pid: number } }>((answer, fail) => {
        this.running = { checks: 0, fail };
        (asArrays ? query.values() : query).then(answer, fail);
      });
      this.processId ??= answered.state?.pid ?? null;
      return takenFrom(answered);
    } catch (error) {
      if (!isServersWord(error) || beginsTransaction.test(text)) void this.end();
      throw error;
    } finally {
      this.running = null;
    }
  }

  /** Answers how often it was called while the present statement ran. */
  countCheck(): number {
    return this.running ? ++this.running.checks : 0;
  }

  /** Ends it now. A statement that still runs fails. */
  async end(): Promise<void> {
    if (!this.lost) {
      this.lost = true;
      this.onLoss();
      // A server that is frozen or unreachable never closes its side.
      setTimeout(() => this.socket?.destroy(), goodbyeMs).unref();
    }
    await this.sql.end({ timeout: 0 });
  }

  /** The driver calls this for its first connection, and for each that it would make after a loss. */
  private async connectOnce(): Promise<Socket> {
    if (this.socket) throw new ConnectionLost();
    this.socket = new Socket();
    // The driver takes the name from here for its TLS certificate.
    const socket = Object.assign(this.socket, { host: this.host.name });
    const timer = setTimeout(() => socket.destroy(new ConnectTimeout(this.host)), connectMs);
    try {
      socket.connect(this.host.port, this.host.name);
      await once(socket, "connect");
    } finally {
      clearTimeout(timer);
    }
    return socket;
  }

  private closed(): void {
    // The driver never answers statements that were sent between the socket's error and its close.
    setImmediate(() => this.running?.fail(new ConnectionLost()));
    if (this.lost) return;
    this.lost = true;
    this.onLoss();
  }
}
