import type { Sql } from "postgres";
import type { Connection, Statement } from "./connection.js";
import type { Pool } from "./pool.js";
import type { TypeParsers } from "./wire-types.js";

type Run = (statement: Statement) => Promise<unknown>;
type WithConnection = Pool["withConnection"];

/** The part of postgres.js that drizzle uses (statements and transactions), on connections of our pool. */
export function createDrizzleClient(withConnection: WithConnection, types: TypeParsers): Sql {
  return {
    options: types,
    unsafe: unsafe((statement) => withConnection((connection) => connection.run(statement))),
    begin: <T>(work: (tx: Sql) => Promise<T>) =>
      withConnection((connection) => runTransaction(connection, work)),
  } as unknown as Sql;
}

const unsafe =
  (run: Run) =>
  (text: string, parameters: unknown[] = []) =>
    new LazyQuery({ text, parameters }, run);

/** Runs when it is awaited, like the queries of postgres.js. */
class LazyQuery implements PromiseLike<unknown> {
  private asArrays = false;

  constructor(
    private readonly statement: Omit<Statement, "asArrays">,
    private readonly run: Run,
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

/**
 * The statements of a transaction run one after the other. A statement after the transaction's end, or
 * after the loss of its connection, is rejected, since the connection may then belong to another caller.
 * A failed statement fails the transaction, even if its error was caught.
 */
async function runTransaction<T>(connection: Connection, work: (tx: Sql) => Promise<T>): Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  let failure: { error: unknown } | null = null;
  let ended = false;
  const runInOrder: Run = (statement) => {
    if (ended) return Promise.reject(new Error("this transaction has ended"));
    const run = () => connection.run(statement);
    const result = last.then(run, run);
    last = result.catch((error: unknown) => {
      failure ??= { error };
    });
    return result;
  };
  await runCommand(connection, "begin");
  try {
    const result = await work({ unsafe: unsafe(runInOrder) } as unknown as Sql);
    ended = true;
    await last;
    if (failure) throw (failure as { error: unknown }).error;
    await runCommand(connection, "commit");
    return result;
  } catch (error) {
    ended = true;
    await last;
    if (!connection.isLost) await runCommand(connection, "rollback").catch(() => connection.close());
    throw error;
  }
}

function runCommand(connection: Connection, text: string): Promise<unknown> {
  return connection.run({ text, parameters: [], asArrays: false });
}
