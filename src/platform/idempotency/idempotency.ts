import { createHash } from "node:crypto";
import { and, eq, lt, type SQL, sql } from "drizzle-orm";
import { AppError } from "../base/app-error.js";
import { parseText } from "../base/validation.js";
import type { Db, Queryable, Tx } from "../db/index.js";
import { idempotencyKeys } from "./idempotency.tables.js";

/** The key was used before, with other input. */
export class IdempotencyKeyReused extends AppError {
  constructor() {
    super(
      "IDEMPOTENCY_KEY_REUSED",
      {
        en: "This idempotency key was used before with other input.",
        zh: "该幂等键已用于不同的请求内容。",
      },
      { field: "idempotencyKey" },
    );
  }
}

export interface KeyedCall {
  userId: string;
  mutation: string;
  /** 1 to 64 characters. Null: every call is a new one. */
  key: string | null;
  /** Everything that decides what the call does. */
  input: unknown;
}

/**
 * Stores the result of a call (ids, never links) under its key, inside the caller's transaction, before
 * the call does its work. Null: this is the first call, and it may go on. Otherwise the first call's
 * result: then nothing may be done again. Equal calls at the same moment wait at the key's row for the
 * first to commit. A call that fails rolls its key back with everything else, so it may be tried again.
 */
export async function claimKey<Result extends object>(
  tx: Tx,
  call: KeyedCall,
  result: Result,
): Promise<Result | null> {
  if (call.key === null) return null;
  const inputHash = inputHashOf(call);
  const place = placeOf(call, call.key);
  const claimed = await tx
    .insert(idempotencyKeys)
    .values({ ...place, inputHash, result })
    .onConflictDoNothing()
    .returning({ key: idempotencyKeys.key });
  if (claimed.length > 0) return null;
  const [first] = await tx.select().from(idempotencyKeys).where(isAt(place));
  if (first?.inputHash !== inputHash) throw new IdempotencyKeyReused();
  return first.result as Result;
}

/** What the first call under this key is answered from again. Null: there was none. Throws IdempotencyKeyReused. */
export async function firstResultOf<Result>(db: Queryable, call: KeyedCall): Promise<Result | null> {
  if (call.key === null) return null;
  const [first] = await db
    .select()
    .from(idempotencyKeys)
    .where(isAt(placeOf(call, call.key)));
  if (first && first.inputHash !== inputHashOf(call)) throw new IdempotencyKeyReused();
  return first ? (first.result as Result) : null;
}

/*
 * The same rule for statements that take many calls at once, whose rows are (user_id, mutation, key,
 * input_hash, result). A key that comes a second time at the same moment fails the whole statement by
 * the primary key, and nothing has happened.
 */

/** Whether the key of a call was used before. `call` is the name of its row. */
export function isUsedKey(call: string): SQL {
  return sql.raw(`exists (select from idempotency_keys k
    where k.user_id = ${call}.user_id and k.mutation = ${call}.mutation and k.key = ${call}.key)`);
}

/** An INSERT of calls. `source` is a FROM clause in which they are called `c`, their results jsonb. */
export function storeCalls(source: SQL): SQL {
  return sql`insert into idempotency_keys (user_id, mutation, key, input_hash, result)
    select c.user_id, c.mutation, c.key, c.input_hash, c.result from ${source}`;
}

/** SHA-256 of the call's input, hex. */
export function inputHashOf({ input }: KeyedCall): string {
  return createHash("sha256").update(canonicalJson(input)).digest("hex");
}

/** Throws BAD_USER_INPUT for a key that is none; null for a call without one. */
export function readKey(key: string | null): string | null {
  return key === null ? null : parseText("idempotencyKey", key, { min: 1, max: 64 });
}

/** For a call that is undone: it may be tried again under its key. */
export async function deleteKey(tx: Tx, call: KeyedCall): Promise<void> {
  if (call.key !== null) await tx.delete(idempotencyKeys).where(isAt(placeOf(call, call.key)));
}

/** Keys hold for at least a day; this forgets those older than two. */
export async function deleteOldKeys(db: Db, now: Date): Promise<void> {
  const twoDaysAgo = new Date(now.getTime() - 2 * 24 * 3600 * 1000);
  await db.delete(idempotencyKeys).where(lt(idempotencyKeys.createdAt, twoDaysAgo));
}

interface Place {
  userId: string;
  mutation: string;
  key: string;
}

function placeOf({ userId, mutation }: KeyedCall, key: string): Place {
  return { userId, mutation, key: readKey(key) as string };
}

function isAt({ userId, mutation, key }: Place) {
  return and(
    eq(idempotencyKeys.userId, userId),
    eq(idempotencyKeys.mutation, mutation),
    eq(idempotencyKeys.key, key),
  );
}

/** Equal values give equal text, whatever the order of their fields. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, v: unknown) =>
    v && typeof v === "object" && !Array.isArray(v)
      ? Object.fromEntries(
          Object.entries(v)
            .filter(([, x]) => x !== undefined)
            .sort(([a], [b]) => (a < b ? -1 : 1)),
        )
      : v,
  );
}
