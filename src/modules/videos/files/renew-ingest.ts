import type { Logger } from "pino";
import type { Db } from "../../../platform/db/index.js";
import { type Ingest, renewIngest } from "./ingests.repository.js";

const renewIntervalMs = 3_000;

/** Shows that an ingest is alive until the returned function is called. */
export function startRenewing(db: Db, ingest: Ingest, logger: Logger): () => void {
  const renewal = setInterval(() => {
    renewIngest(db, ingest.id).catch((err) =>
      logger.warn({ err, videoId: ingest.videoId }, "an ingest could not be renewed; another may begin"),
    );
  }, renewIntervalMs);
  return () => clearInterval(renewal);
}
