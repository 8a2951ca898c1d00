import type { ModuleContext } from "../modules/module.js";
import { relationsChanged } from "../modules/social/index.js";
import { taskChanged } from "../modules/tasks/index.js";
import { walletChanged } from "../modules/wallet/index.js";
import { connectDatabase } from "../platform/db/index.js";
import type { Pools } from "../platform/db/pool-metrics.js";
import { primaryOnly, type ReadRouter } from "../platform/lists/read-router.js";
import { ReplicaReads } from "../platform/lists/replica/index.js";
import type { Config } from "./config.js";
import type { Shutdown } from "./shutdown.js";

const poolSize = 16;
/** A list that takes longer is read from the primary instead. */
const statementTimeoutMs = 5_000;
/** A replica that was promoted is left by then, for another host of the address. */
const maxLifetimeMs = 60_000;

export interface Reads {
  lists: ReadRouter;
  /** Records that a user has written, so that their lists show it. Null without a replica. */
  markWritten: ((userId: string) => Promise<void>) | null;
}

type CreateReadsOptions = Pick<ModuleContext<Config>, "config" | "db" | "bus" | "logger" | "metrics"> & {
  pools: Pools;
};

/** Lists from the replica at DATABASE_READ_URL, or from the primary where there is none. */
export function createReads(
  { config, db, bus, logger, metrics, pools }: CreateReadsOptions,
  shutdown: Shutdown,
): Reads {
  const url = config.DATABASE_READ_URL;
  if (!url) return { lists: primaryOnly(db), markWritten: null };
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
  shutdown.onShutdown("the read replica's connections", replica.close);
  pools.set("reads", replica.stats);
  const reads = new ReplicaReads({
    ...{
      primary: db,
      replica: replica.db,
      bus,
      logger,
      changes: [taskChanged, walletChanged, relationsChanged],
    },
    answeredBy: (from) => metrics.listReads.inc({ from }),
  });
  shutdown.onShutdown("the reads of lists", () => reads.stop());
  return { lists: reads, markWritten: (userId) => reads.wrote(userId) };
}
