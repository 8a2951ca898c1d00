import type { Logger } from "pino";
import type { Db } from "../../../platform/db/index.js";
import { type Ingest, renewIngest } from "./ingests.repository.js";

const renewIntervalMs = 3_000;

/** Renews the ingest every 3 s until the returned function is called. */
export function startRenewing(db: Db, ingest: Ingest, logger: Logger): () => void {
  const renewal = setInterval(() => {
    renewIngest(db, ingest.id).catch((err) =>
      logger.warn(
        { err, videoId: ingest.videoId },
        "could not renew an ingest; after 15 s another worker may start one for the same video",
      ),
    );
  }, renewIntervalMs);
  return () => clearInterval(renewal);
}
