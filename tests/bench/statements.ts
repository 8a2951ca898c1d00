import { fillPlaceholders, type Query } from "drizzle-orm";
import postgres from "postgres";
import { insertTasks } from "../../src/modules/tasks/steps/create-tasks.repository.js";
import type { Queryable } from "../../src/platform/db/index.js";
import { newUuid, uuidFromPublicId } from "../../src/platform/ids/ids.js";
import type { Environment } from "./environment.js";
import { type Measured, measure } from "./measure.js";
import type { Options } from "./options.js";
import { oneOf } from "./requests.js";
import { type BenchUser, userIdOf } from "./users.js";

/** The least that a request needs of the database, and one call of it for a user. */
export interface Statement {
  text: string;
  parametersOf(user: BenchUser): unknown[];
  /** Done first by each call, without the product. */
  before?(): Promise<void>;
}

/** A page of videos. */
export const videosStatement: Statement = {
  text: `select * from videos where user_id = $1::uuid and deleted_at is null
    order by created_at desc, id desc limit 21`,
  parametersOf: (user) => [userIdOf(user)],
};

export const taskStatement: Statement = {
  text: "select * from tasks where id = $1::uuid and user_id = $2::uuid",
  parametersOf: (user) => [uuidFromPublicId("task", user.taskId), userIdOf(user)],
};

/**
 * The product's own statement for one call: hold, task and transfer in one. Its text and parameters are
 * caught once from the place that writes it; each call of it has ids of its own.
 */
export function creationStatement(): Statement {
  const userId = newUuid();
  const id = newUuid();
  const { sql: text, params } = createTaskStatement(userId, id);
  const places = params.map((value) => {
    const [first] = Array.isArray(value) ? value : [];
    if (first === userId) return "user" as const;
    if (typeof first === "string" && /^[0-9a-f]{8}-[0-9a-f-]{27}$/.test(first)) {
      return first === id ? ("task" as const) : ("transfer" as const);
    }
    return null;
  });
  return {
    text,
    parametersOf: (user) => {
      const ids = { user: [userIdOf(user)], task: [newUuid()], transfer: [newUuid()] };
      return params.map((value, n) => {
        const place = places[n];
        return place ? ids[place] : value;
      });
    },
  };
}

/** The prepared statement that `call` sends first, with its parameters. It does not reach a database. */
export function catchStatement(call: (db: Queryable) => void): { sql: string; params: unknown[] } {
  const seen: { sql: string; params: unknown[] }[] = [];
  const prepareQuery = ({ sql, params }: Query) => ({
    execute: async (values: Record<string, unknown>) => {
      seen.push({ sql, params: fillPlaceholders(params, values) });
      return [];
    },
  });
  call({ _: { session: { prepareQuery } } } as unknown as Queryable);
  if (!seen[0]) throw new Error("no prepared statement was sent");
  return seen[0];
}

function createTaskStatement(userId: string, id: string): { sql: string; params: unknown[] } {
  const task = {
    ...{ id, userId, prompt: "a cat running on grass", durationSec: 10, ratio: "RATIO_9_16" as const },
    ...{
      model: "sora2",
      hd: false,
      note: null,
      projectId: null,
      referenceImageId: null,
      batchId: null,
      remix: null,
    },
    ...{ costCredits: 10, nextCheckAt: new Date() },
  };
  const call = {
    userId,
    mutation: "createTask",
    key: null,
    input: {},
    tasks: [task],
    requestInfo: { requestId: id },
  };
  const most = 100_000_000;
  const limits = { openMax: most, perDayMax: most, day: new Date().toISOString().slice(0, 10) };
  return catchStatement((db) => void insertTasks(db, [call], limits));
}

/** One statement a call through the plain driver, prepared, on as many connections as the driver has. */
export async function measureStatement(
  { databaseUrl, users, postgresPid }: Environment,
  { conns, seconds }: Options,
  { text, parametersOf, before }: Statement,
): Promise<Measured> {
  const sql = postgres(databaseUrl, { max: conns, onnotice: () => {} });
  const lane = {
    once: async () => {
      await before?.();
      await sql.unsafe(text, parametersOf(oneOf(users)) as never[], { prepare: true });
    },
  };
  try {
    return await measure(Array(conns).fill(lane), seconds, { serverPid: null, postgresPid });
  } finally {
    await sql.end({ timeout: 2 });
  }
}
