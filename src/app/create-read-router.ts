import { taskChanged } from "../modules/tasks/index.js";
import { walletChanged } from "../modules/wallet/index.js";
import { connectDatabase } from "../platform/db/index.js";
import { primaryOnly, type ReadRouter } from "../platform/lists/read-router.js";
import { ReplicaReads } from "../platform/lists/replica/index.js";
import type { AppContext } from "./context.js";
import type { Shutdown } from "./shutdown.js";

const poolSize = 16;
/** A list that takes longer is read from the primary instead. */
const statementTimeoutMs = 5_000;
/** A replica that was promoted is left by then, for another host of the address. */
const maxLifetimeMs = 60_000;

export interface Reads {
  lists: ReadRouter;
  /** Records every user's own writes; null without a replica. */
  wrote: ((userId: string) => Promise<void>) | null;
}

/** Lists from the replica at DATABASE_READ_URL, or from the primary where there is none. */
export function createReads(
  { config, db, bus, logger, metrics, pools }: AppContext,
  closers: Shutdown,
): Reads {
  const url = config.DATABASE_READ_URL;
  if (!url) return { lists: primaryOnly(db), wrote: null };
  const replica = connectDatabase({
    ...{
      url,
      role: "standby",
      poolSize,
      applicationName: "skyriff-reads",
      statementTimeoutMs,
      maxLifetimeMs,
    },
  });
  closers.onShutdown("the read replica's connections", replica.close);
  pools.set("reads", replica.stats);
  const reads = new ReplicaReads({
    ...{ primary: db, replica: replica.db, bus, logger, changes: [taskChanged, walletChanged] },
    answeredBy: (from) => metrics.listReads.inc({ from }),
  });
  closers.onShutdown("the reads of lists", () => reads.stop());
  return { lists: reads, wrote: (userId) => reads.wrote(userId) };
}
