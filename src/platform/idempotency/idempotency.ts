import { createHash } from "node:crypto";
import { and, eq, lt, type SQL, sql } from "drizzle-orm";
import { AppError } from "../base/app-error.js";
import { parseText } from "../base/validation.js";
import type { Db, Queryable, Tx } from "../db/index.js";
import { idempotencyKeys } from "./idempotency.tables.js";

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
  /** 1 to 64 characters. Null: the call is not idempotent. */
  key: string | null;
  /** Everything that the effect of the call depends on. */
  input: unknown;
}

/**
 * Stores the result of a call (ids, never links) under its key, in the caller's transaction, before the
 * call does its work. Returns null for the first call, which must continue. Returns the first call's result
 * for a repeated one, which must do nothing. Simultaneous calls wait at the key's row until the first
 * commits. If a call fails, its key is rolled back with its transaction, so it can be retried.
 */
export async function claimKey<Result extends object>(
  tx: Tx,
  call: KeyedCall,
  result: Result,
): Promise<Result | null> {
  if (call.key === null) return null;
  const inputHash = inputHashOf(call);
  const columns = keyColumns(call, call.key);
  const claimed = await tx
    .insert(idempotencyKeys)
    .values({ ...columns, inputHash, result })
    .onConflictDoNothing()
    .returning({ key: idempotencyKeys.key });
  if (claimed.length > 0) return null;
  const [first] = await tx.select().from(idempotencyKeys).where(hasKey(columns));
  if (first?.inputHash !== inputHash) throw new IdempotencyKeyReused();
  return first.result as Result;
}

/** The result of the first call with this key, or null. Throws IdempotencyKeyReused. */
export async function firstResultOf<Result>(db: Queryable, call: KeyedCall): Promise<Result | null> {
  if (call.key === null) return null;
  const [first] = await db
    .select()
    .from(idempotencyKeys)
    .where(hasKey(keyColumns(call, call.key)));
  if (first && first.inputHash !== inputHashOf(call)) throw new IdempotencyKeyReused();
  return first ? (first.result as Result) : null;
}

/*
 * The same rule for statements that process many calls, as rows (user_id, mutation, key, input_hash,
 * result). If a key is used by another transaction at the same time, the primary key fails the whole
 * statement, so that it has no effect.
 */

/** A condition: the key was used before. `call` is the alias of the call's row. */
export function isUsedKey(call: string): SQL {
  return sql.raw(`exists (select from idempotency_keys k
    where k.user_id = ${call}.user_id and k.mutation = ${call}.mutation and k.key = ${call}.key)`);
}

/** An INSERT of calls. `source` is a FROM clause with the alias `c` for them; `c.result` is jsonb. */
export function storeCalls(source: SQL): SQL {
  return sql`insert into idempotency_keys (user_id, mutation, key, input_hash, result)
    select c.user_id, c.mutation, c.key, c.input_hash, c.result from ${source}`;
}

/** SHA-256 of the call's input, hex. */
export function inputHashOf({ input }: KeyedCall): string {
  return createHash("sha256").update(canonicalJson(input)).digest("hex");
}

/** Throws BAD_USER_INPUT if the key is invalid. */
export function parseKey(key: string | null): string | null {
  return key === null ? null : parseText("idempotencyKey", key, { min: 1, max: 64 });
}

/** After a call is undone, it can be repeated with the same key. */
export async function deleteKey(tx: Tx, call: KeyedCall): Promise<void> {
  if (call.key !== null) await tx.delete(idempotencyKeys).where(hasKey(keyColumns(call, call.key)));
}

/** The API promises one day; keys are deleted after two. */
export async function deleteOldKeys(db: Db, now: Date): Promise<void> {
  const twoDaysAgo = new Date(now.getTime() - 2 * 24 * 3600 * 1000);
  await db.delete(idempotencyKeys).where(lt(idempotencyKeys.createdAt, twoDaysAgo));
}

interface KeyColumns {
  userId: string;
  mutation: string;
  key: string;
}

function keyColumns({ userId, mutation }: KeyedCall, key: string): KeyColumns {
  return { userId, mutation, key: parseKey(key) as string };
}

function hasKey({ userId, mutation, key }: KeyColumns) {
  return and(
    eq(idempotencyKeys.userId, userId),
    eq(idempotencyKeys.mutation, mutation),
    eq(idempotencyKeys.key, key),
  );
}

/** Objects with equal fields give the same text in any order of the fields. */
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
