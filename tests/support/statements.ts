import { Connection } from "../../src/platform/db/connection.js";

/** Statements that the server sends without a request. */
const own = /vendor_health|pgboss|pg_catalog|shared_counts|figures|"sessions"|now_ms|has_deltas/;

/**
 * The statements that a request sends to the database, on a warm server. Caches of a few seconds may expire in
 * between, so the cheapest of three runs counts.
 */
export async function statementsOf(request: () => Promise<unknown>): Promise<string[]> {
  await request();
  const times: string[][] = [];
  for (let n = 0; n < 3; n++) times.push(await statementsOfOne(request));
  return times.reduce((fewest, statements) => (statements.length < fewest.length ? statements : fewest));
}

async function statementsOfOne(request: () => Promise<unknown>): Promise<string[]> {
  const statements = (await statementsDuring(request)).filter((query) => !own.test(query));
  if (statements.length === 0)
    throw new Error("no statement was recorded: Connection.run is no longer the way to the database");
  return statements;
}

/** Every statement that this process sends during `run`. */
export async function statementsDuring(run: () => Promise<unknown>): Promise<string[]> {
  const seen: string[] = [];
  const { run: send } = Connection.prototype;
  Connection.prototype.run = function (statement) {
    seen.push(statement.text);
    return send.call(this, statement);
  };
  try {
    await run();
  } finally {
    Connection.prototype.run = send;
  }
  return seen;
}
