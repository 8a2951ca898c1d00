import type { Sql } from "postgres";
import type { Connection, Statement, TypeParsers } from "./connection.js";
import type { Pool } from "./pool.js";

/** Runs when it is awaited, as the driver's own queries do. */
class LazyQuery implements PromiseLike<unknown> {
  private asArrays = false;

  constructor(
    private readonly statement: Omit<Statement, "asArrays">,
    private readonly run: (statement: Statement) => Promise<unknown>,
  ) {}

  values(): this {
    this.asArrays = true;
    return this;
  }

  // biome-ignore lint/suspicious/noThenProperty: a query is awaited
  then<A, B>(
    resolve?: ((rows: unknown) => A | PromiseLike<A>) | null,
    reject?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.run({ ...this.statement, asArrays: this.asArrays }).then(resolve, reject);
  }
}

type Run = (statement: Statement) => Promise<unknown>;

const unsafe =
  (run: Run) =>
  (text: string, parameters: unknown[] = []) =>
    new LazyQuery({ text, parameters }, run);

type Lend = Pool["withConnection"];

/** The part of postgres.js that drizzle uses, on our connections: statements and transactions. */
export function clientFor(lend: Lend, types: TypeParsers): Sql {
  return {
    options: types,
    unsafe: unsafe((statement) => lend((connection) => connection.run(statement))),
    begin: <T>(work: (tx: Sql) => Promise<T>) => lend((connection) => transaction(connection, work)),
  } as unknown as Sql;
}

/**
 * Its statements run one after the other and end with it: one that comes after its end, or after the
 * connection was lost, fails, since by then the connection may be another's. A statement that fails
 * fails the whole, whoever caught the error.
 */
async function transaction<T>(connection: Connection, work: (tx: Sql) => Promise<T>): Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  let failure: { error: unknown } | null = null;
  let over = false;
  const runInTurn: Run = (statement) => {
    if (over) return Promise.reject(new Error("this transaction has ended"));
    const run = () => connection.run(statement);
    const mine = last.then(run, run);
    last = mine.catch((error: unknown) => {
      failure ??= { error };
    });
    return mine;
  };
  await command(connection, "begin");
  try {
    const result = await work({ unsafe: unsafe(runInTurn) } as unknown as Sql);
    over = true;
    await last;
    if (failure) throw (failure as { error: unknown }).error;
    await command(connection, "commit");
    return result;
  } catch (error) {
    over = true;
    await last;
    if (!connection.lost) await command(connection, "rollback").catch(() => connection.end());
    throw error;
  }
}

function command(connection: Connection, text: string): Promise<unknown> {
  return connection.run({ text, parameters: [], asArrays: false });
}
