import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { sql } from "drizzle-orm";
import type { Db } from "../../src/platform/db/index.js";
import { uuidFromPublicId } from "../../src/platform/ids/ids.js";
import { breachesOf } from "../support/audit.js";
import { type Environment, taskTimeoutMs } from "./environment.js";
import type { User } from "./users.js";

/** The latest that a task may end after its deadline: the sweep's grace period plus its interval of a minute. */
const lateMaxMs = 4 * 60_000;

type Row = Record<string, unknown>;

/** Every invariant that does not hold at the end. */
export async function findBreaches(environment: Environment, users: User[]): Promise<string[]> {
  const inDatabase = await environment.postgres.query((db) => databaseBreaches(environment, db, users));
  return [...inDatabase, ...vendorBreaches(environment), ...processBreaches(environment)];
}

async function databaseBreaches(environment: Environment, db: Db, users: User[]): Promise<string[]> {
  const audited = await breachesOf(db);
  const unfinished = await db.execute<Row>(sql`select id, status from tasks where finished_at is null`);
  const late = await db.execute<Row>(sql`
    select id, status from tasks where finished_at - created_at > ${taskTimeoutMs + lateMaxMs} * interval '1 ms'`);
  return [
    ...audited.map(({ invariant, detail }) => `audit: ${invariant}: ${detail}`),
    ...unfinished.map(({ id, status }) => `task ${id} has not ended: ${status}`),
    ...late.map(({ id, status }) => `task ${id} ended long after its deadline: ${status}`),
    ...(await fileBreaches(environment, db)),
    ...(await Promise.all(users.map((user) => userBreaches(db, user)))).flat(),
  ];
}

/** Everything in the responses to a user must be true, and happen once. */
async function userBreaches(db: Db, user: User): Promise<string[]> {
  const rows = await db.execute<{ id: string; status: string }>(sql`
    select t.id, t.status from tasks t join users u on u.id = t.user_id where u.id = ${uuidFromPublicId("user", user.userId)}`);
  const statuses = new Map(rows.map(({ id, status }) => [id, status]));
  const received = user.orders
    .flatMap(({ answer }) => answer ?? [])
    .map((id) => uuidFromPublicId("task", id) ?? id);
  const bought = user.purchases.filter(({ answer }) => answer && answer.length > 0).length;
  const [paid] = await db.execute<{ count: number }>(sql`
    select count(*)::int - count(r.id)::int as count from ledger_transfers s
    left join ledger_transfers r on r.ends_transfer_id = s.id
    where s.type = 'DOWNLOAD_SPEND' and s.debit_user_id = ${uuidFromPublicId("user", user.userId)}`);
  const [paidWorks] = await db.execute<{ tips: number; unlocks: number }>(sql`
    select (select count(*)::int from tips where user_id = u.id) as tips,
      (select count(*)::int from prompt_unlocks where user_id = u.id) as unlocks
    from users u where id = ${uuidFromPublicId("user", user.userId)}`);
  const tipped = user.tips.filter(({ answer }) => answer && answer.length > 0).length;
  const unlocked = new Set(user.unlocks.flatMap(({ answer }) => answer ?? [])).size;
  const breaches = received
    .filter((id) => !statuses.has(id))
    .map((id) => `${user.name} got the id of a task ${id} that does not exist`);
  if (new Set(received).size !== statuses.size)
    breaches.push(`${user.name} got the ids of ${new Set(received).size} tasks, but has ${statuses.size}`);
  if (paid?.count !== bought)
    breaches.push(`${user.name} bought ${bought} times and paid ${paid?.count} times`);
  if (paidWorks?.tips !== tipped)
    breaches.push(`${user.name} tipped ${tipped} times and paid ${paidWorks?.tips} tips`);
  if (paidWorks?.unlocks !== unlocked)
    breaches.push(`${user.name} unlocked ${unlocked} prompts and paid for ${paidWorks?.unlocks}`);
  for (const { taskId, lastSeen } of user.watches) {
    const status = statuses.get(uuidFromPublicId("task", taskId) ?? "");
    if (lastSeen !== status)
      breaches.push(`${user.name} watched ${taskId} and saw ${lastSeen} last; it is ${status}`);
  }
  return breaches;
}

/** Every video that was not deleted has its whole file. */
async function fileBreaches(environment: Environment, db: Db): Promise<string[]> {
  const videos = await db.execute<{ id: string; sha256: string; folder: string }>(sql`
    select id, sha256, concat_ws('/', id, ingest_id) as folder from videos where deleted_at is null`);
  return videos.flatMap(({ id, sha256, folder }) => {
    try {
      const bytes = readFileSync(join(environment.folder, "files", "videos", folder, "clean.mp4"));
      return createHash("sha256").update(bytes).digest("hex") === sha256
        ? []
        : [`video ${id} differs from the stored file`];
    } catch {
      return [`video ${id} has no file`];
    }
  });
}

function vendorBreaches({ fleet }: Environment): string[] {
  return fleet.sandbox.control
    .tasks()
    .filter(({ timesTaken }) => timesTaken > 1)
    .map(({ prompt, timesTaken }) => `the vendor made "${prompt}" ${timesTaken} times`);
}

function processBreaches({ servers, workers }: Environment): string[] {
  return [...servers, ...workers].flatMap(({ name, unexpected }) =>
    unexpected.map((how) => `${name} ended by itself: ${how}`),
  );
}
