import { sql } from "drizzle-orm";
import { banHooks } from "../../../src/app/ban-hooks.js";
import { Bans } from "../../../src/modules/accounts/index.js";
import { socialChecks } from "../../../src/modules/social/index.js";
import { type Breach, findBreaches } from "../../../src/platform/db/checks.js";
import { newUuid, publicId, uuidFromPublicId } from "../../../src/platform/ids/ids.js";
import type { Client } from "../../support/client.js";
import type { Product } from "../../support/product.js";
import { newPhone } from "../../support/seed.js";

export const uuidOf = ({ userId }: Client) => uuidFromPublicId("user", userId) as string;
export const publicUserId = (uuid: string) => publicId("user", uuid);

/** Users as rows, without a login, in the order of their ids. */
export async function seedUsers({ app }: Product, count: number): Promise<string[]> {
  const rows = Array.from({ length: count }, () => ({ id: newUuid(), phone: newPhone() }));
  const values = rows.map(({ id, phone }) => sql`(${id}::uuid, ${phone}, 'Bo', now())`);
  await app.db.execute(
    sql`insert into users (id, phone, nickname, created_at) values ${sql.join(values, sql`,`)}`,
  );
  await app.db.execute(
    sql`insert into wallets (user_id) select id from users u where not exists (select from wallets where user_id = u.id)`,
  );
  return rows.map(({ id }) => id);
}

export function bansOf({ app }: Product): Bans {
  return new Bans({ db: app.db, clock: app.clock, events: app.bus, hooks: banHooks });
}

export async function statsOf(
  product: Product,
  userId: string,
): Promise<{ followers: number; following: number }> {
  const counts = await product.app.modules.social.service.loadFollowCounts([userId]);
  const { followers = -1, following = -1 } = counts.get(userId) ?? {};
  return { followers, following };
}

/** Breaches of this module's invariants. */
export function socialBreachesOf({ app }: Product): Promise<Breach[]> {
  return app.db.transaction(async (tx) => {
    const found: Breach[] = [];
    for await (const breach of findBreaches(tx, socialChecks)) found.push(breach);
    return found;
  });
}

/** The names of the errors of concurrent calls, `ok` for those that succeed. */
export async function outcomesOf(calls: Promise<unknown>[]): Promise<string[]> {
  const settled = await Promise.allSettled(calls);
  return settled.map((one) => (one.status === "fulfilled" ? "ok" : (one.reason as Error).name));
}

export async function rowsOf({ app }: Product, table: "follows" | "blocks", ids: string[]): Promise<number> {
  const [from, to] = table === "follows" ? ["follower_id", "followed_id"] : ["blocker_id", "blocked_id"];
  const [row] = await app.db.execute<{ rows: number }>(sql`
    select count(*)::int as rows from ${sql.identifier(table)}
    where ${sql.identifier(from)} = any(${sql.param(ids)}::uuid[]) and ${sql.identifier(to)} = any(${sql.param(ids)}::uuid[])`);
  return row?.rows ?? -1;
}
