import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { sql } from "drizzle-orm";
import type { Db } from "../../src/platform/db/index.js";
import { uuidFromPublicId } from "../../src/platform/ids/ids.js";
import { breachesOf } from "../support/audit.js";
import type { World } from "./environment.js";
import type { User } from "./users.js";

/** How long after its deadline a task may end, at the latest: the sweep's patience and a minute's rhythm. */
const lateMaxMs = 4 * 60_000;

type Row = Record<string, unknown>;

/** Everything that must be so when all is over, whatever happened. Empty: it is. */
export async function findBreaches(world: World, users: User[], taskTimeoutMs: number): Promise<string[]> {
  const inDatabase = await world.postgres.ask((db) => databaseBreaches(world, db, users, taskTimeoutMs));
  return [...inDatabase, ...vendorBreaches(world), ...crewBreaches(world)];
}

async function databaseBreaches(world: World, db: Db, users: User[], timeoutMs: number): Promise<string[]> {
  const audited = await breachesOf(db);
  const unfinished = await db.execute<Row>(sql`select id, status from tasks where finished_at is null`);
  const late = await db.execute<Row>(sql`
    select id, status from tasks where finished_at - created_at > ${timeoutMs + lateMaxMs} * interval '1 ms'`);
  return [
    ...audited.map(({ invariant, detail }) => `audit: ${invariant}: ${detail}`),
    ...unfinished.map(({ id, status }) => `task ${id} has not ended: ${status}`),
    ...late.map(({ id, status }) => `task ${id} ended long after its deadline: ${status}`),
    ...(await fileBreaches(world, db)),
    ...(await Promise.all(users.map((user) => userBreaches(db, user)))).flat(),
  ];
}

/** What a user was told is so, each thing once. */
async function userBreaches(db: Db, user: User): Promise<string[]> {
  const rows = await db.execute<{ id: string; status: string }>(sql`
    select t.id, t.status from tasks t join users u on u.id = t.user_id where u.id = ${uuidFromPublicId("user", user.userId)}`);
  const statuses = new Map(rows.map(({ id, status }) => [id, status]));
  const told = user.orders
    .flatMap(({ answer }) => answer ?? [])
    .map((id) => uuidFromPublicId("task", id) ?? id);
  const bought = user.purchases.filter(({ answer }) => answer && answer.length > 0).length;
  const [paid] = await db.execute<{ count: number }>(sql`
    select count(*)::int - count(r.id)::int as count from ledger_transfers s
    left join ledger_transfers r on r.ends_transfer_id = s.id
    where s.type = 'DOWNLOAD_SPEND' and s.debit_user_id = ${uuidFromPublicId("user", user.userId)}`);
  const breaches = told
    .filter((id) => !statuses.has(id))
    .map((id) => `${user.name} was told of a task ${id} that is not there`);
  if (new Set(told).size !== statuses.size)
    breaches.push(`${user.name} was told of ${new Set(told).size} tasks, and there are ${statuses.size}`);
  if (paid?.count !== bought)
    breaches.push(`${user.name} bought ${bought} times and paid ${paid?.count} times`);
  for (const { taskId, lastSeen } of user.watches) {
    const status = statuses.get(uuidFromPublicId("task", taskId) ?? "");
    if (lastSeen !== status)
      breaches.push(`${user.name} watched ${taskId} and saw ${lastSeen} last; it is ${status}`);
  }
  return breaches;
}

/** Every video that was not deleted is there, whole. */
async function fileBreaches(world: World, db: Db): Promise<string[]> {
  const videos = await db.execute<{ id: string; sha256: string; folder: string }>(sql`
    select id, sha256, concat_ws('/', id, ingest_id) as folder from videos where deleted_at is null`);
  return videos.flatMap(({ id, sha256, folder }) => {
    try {
      const bytes = readFileSync(join(world.folder, "files", "videos", folder, "clean.mp4"));
      return createHash("sha256").update(bytes).digest("hex") === sha256
        ? []
        : [`video ${id} is not what was stored`];
    } catch {
      return [`video ${id} has no file`];
    }
  });
}

function vendorBreaches({ fleet }: World): string[] {
  return fleet.sandbox.control
    .tasks()
    .filter(({ timesTaken }) => timesTaken > 1)
    .map(({ prompt, timesTaken }) => `the vendor made "${prompt}" ${timesTaken} times`);
}

function crewBreaches({ servers, workers }: World): string[] {
  return [...servers, ...workers].flatMap(({ name, unexpected }) =>
    unexpected.map((how) => `${name} ended by itself: ${how}`),
  );
}
