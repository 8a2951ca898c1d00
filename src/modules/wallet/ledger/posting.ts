import { type SQL, sql } from "drizzle-orm";
import type { Tx } from "../../../platform/db/index.js";
import type { PostResult, TransferType } from "./transfers.js";

/** A condition: no transfer has this key. */
export function isUnused(key: string): SQL {
  return sql`not exists (select from ledger_transfers u where u.key = ${key})`;
}

/** The key has no transfer, neither of this call nor of an earlier one. */
export class NothingPosted extends Error {}

/**
 * Runs a statement that updates a wallet and writes one transfer; if its key exists, nothing changes. The statement comes
 * without its `with` and its `returning`, which are added here.
 */
export async function post(tx: Tx, key: string, statement: SQL): Promise<PostResult> {
  type Row = { id: string; type: TransferType };
  const [posted] = await tx.execute<Row>(sql`with ${statement} returning id, type`);
  if (posted) return { transferId: posted.id, type: posted.type, applied: true };
  const [earlier] = await tx.execute<Row>(sql`select id, type from ledger_transfers where key = ${key}`);
  if (!earlier) throw new NothingPosted(`nothing could be posted under ${key}`);
  return { transferId: earlier.id, type: earlier.type, applied: false };
}
