import { Connection } from "../../src/platform/db/connection.js";

/** What the server asks its database by itself, whatever its clients do. */
const own = /vendor_health|pgboss|pg_catalog|shared_counts|figures|"sessions"|now_ms/;

/**
 * The statements that a request takes, as its connections run them; answered from a warm server. Some of
 * what a server keeps for seconds may be read anew in between, so of three times the cheapest counts.
 */
export async function statementsOf(request: () => Promise<unknown>): Promise<string[]> {
  await request();
  const times: string[][] = [];
  for (let n = 0; n < 3; n++) times.push(await statementsOfOne(request));
  return times.reduce((fewest, statements) => (statements.length < fewest.length ? statements : fewest));
}

async function statementsOfOne(request: () => Promise<unknown>): Promise<string[]> {
  const asked = (await statementsDuring(request)).filter((query) => !own.test(query));
  if (asked.length === 0) throw new Error("no statement was seen: they are run elsewhere by now");
  return asked;
}

/** Every statement that this process sends while `run` does its work, whatever sends it. */
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
