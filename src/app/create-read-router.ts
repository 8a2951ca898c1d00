import { connectDatabase } from "../platform/db/index.js";
import { fromPrimary, type ListReads } from "../platform/lists/read-router.js";
import { ReplicaReads } from "../platform/lists/replica/index.js";
import type { Core } from "./context.js";
import type { Closers } from "./shutdown.js";

const poolSize = 16;
/** A list that takes longer is read from the primary instead. */
const statementMs = 5_000;
/** A replica that was promoted is left by then, for another host of the address. */
const lifeMs = 60_000;

export interface Reads {
  lists: ListReads;
  /** To be told of every user's own writes; null where nobody needs to know. */
  wrote: ((userId: string) => Promise<void>) | null;
}

/** Lists from the replica at DATABASE_READ_URL, or from the primary where there is none. */
export function openReads({ config, db, bus, logger, metrics, pools }: Core, closers: Closers): Reads {
  const url = config.DATABASE_READ_URL;
  if (!url) return { lists: fromPrimary(db), wrote: null };
  const replica = connectDatabase({
    ...{ url, role: "standby", poolSize, applicationName: "skyriff-reads", statementMs, lifeMs },
  });
  closers.add("the read replica's connections", replica.close);
  pools.set("reads", replica.use);
  const reads = new ReplicaReads({
    ...{ primary: db, replica: replica.db, bus, logger },
    answeredBy: (from) => metrics.listReads.inc({ from }),
  });
  closers.add("the reads of lists", () => reads.stop());
  return { lists: reads, wrote: (userId) => reads.wrote(userId) };
}
