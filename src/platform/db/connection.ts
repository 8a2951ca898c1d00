import postgres from "postgres";
import { arraySerializers } from "./array-types.js";

export interface ConnectionOptions {
  url: string;
  applicationName: string;
  statementMs: number;
  lifeMs: number;
  /**
   * The address is of a pool that lends its connections for one transaction each. Then nothing outlives
   * a transaction, and the pool sets the time limits itself (deploy/pgbouncer.ini).
   */
  pooled: boolean;
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

const connectSec = 5;
const idleSec = 60;
/** The server ends a statement at its limit and says so; whoever is silent for longer is not there. */
const silenceGraceMs = 5_000;

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
 * One connection to PostgreSQL that runs one statement at a time. When it is lost it is never used
 * again: postgres.js would reconnect and run what is left of a transaction outside of any
 * (https://github.com/porsager/postgres/issues/1216), or write to the closed socket, which ends the
 * process (https://github.com/porsager/postgres/issues/1208).
 */
export class Connection {
  lost = false;
  private readonly sql: postgres.Sql;
  private readonly madeAtMs = performance.now();
  private asked: { atMs: number; fail: (error: Error) => void } | null = null;

  constructor(
    private readonly options: ConnectionOptions,
    types: TypeParsers,
    onLoss: () => void,
  ) {
    this.sql = postgres(options.url, {
      max: 1,
      connect_timeout: connectSec,
      idle_timeout: idleSec,
      max_lifetime: null, // The driver's would cut a transaction between two of its statements.
      onnotice: () => {},
      fetch_types: false,
      prepare: !options.pooled,
      onclose: () => {
        this.lost = true;
        onLoss();
        // What was asked between the socket's error and its close the driver forgets to answer.
        setImmediate(() => this.asked?.fail(new ConnectionLost()));
      },
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
    const query = this.sql.unsafe(text, parameters as never[], { prepare: !this.options.pooled });
    try {
      const answered = await new Promise<unknown[]>((answer, fail) => {
        this.asked = { atMs: performance.now(), fail };
        (asArrays ? query.values() : query).then(answer, fail);
      });
      return takenFrom(answered);
    } catch (error) {
      if (!isServersWord(error)) void this.end();
      throw error;
    } finally {
      this.asked = null;
    }
  }

  /** A statement without an answer long after the server's own limit: the network or the server is gone. */
  isSilent(nowMs: number): boolean {
    const { statementMs } = this.options;
    if (this.asked === null || statementMs === 0) return false;
    return nowMs - this.asked.atMs > statementMs + silenceGraceMs;
  }

  isOld(): boolean {
    return performance.now() - this.madeAtMs > this.options.lifeMs;
  }

  /** Ends it now; a statement that still runs fails. */
  async end(): Promise<void> {
    this.lost = true;
    await this.sql.end({ timeout: 0 });
  }
}
