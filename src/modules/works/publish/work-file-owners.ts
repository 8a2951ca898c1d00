import { and, asc, eq, gt, isNotNull } from "drizzle-orm";
import { isAnyOf } from "../../../platform/db/prepared.js";
import { isUuid } from "../../../platform/ids/ids.js";
import { onceKeysInQueue } from "../../../platform/jobs/once-keys.js";
import type { FileOwners, ReferencedFile } from "../../../platform/storage/file-audit.js";
import { videos } from "../../videos/videos.tables.js";
import { deletePublicationQueue } from "../works.jobs.js";
import { works } from "../works.tables.js";
import { publicKeys } from "./publication-files.js";

const rowsPerPage = 500;
const columns = { id: works.id, publicationId: works.publicationId, madeFiles: videos.madeFiles };

/** Lists the public files that published works refer to, for audits of the storage. */
export const workFileOwners: FileOwners = {
  folder: "public",

  async readPage(db, afterId) {
    const after = afterId === null ? undefined : gt(works.id, afterId);
    const rows = await db
      .select(columns)
      .from(works)
      .innerJoin(videos, eq(videos.id, works.videoId))
      .where(and(isNotNull(works.publicationId), after))
      .orderBy(asc(works.id))
      .limit(rowsPerPage);
    const last = rows.length < rowsPerPage ? null : (rows.at(-1)?.id ?? null);
    return { files: rows.flatMap(toFiles), last };
  },

  async findFiles(db, ids) {
    const rows = await db
      .select(columns)
      .from(works)
      .innerJoin(videos, eq(videos.id, works.videoId))
      .where(and(isAnyOf(works.id, ids), isNotNull(works.publicationId)));
    return rows.flatMap(toFiles);
  },

  /** Publishing queues the deletion of its files, to run in an hour, before it writes them. */
  async pendingPaths(db, folders) {
    const publicationOf = (folder: string) => folder.split("/")[1] ?? "";
    const publicationIds = folders.map(publicationOf).filter(isUuid);
    const pending = await onceKeysInQueue(db, deletePublicationQueue, publicationIds);
    return new Set(folders.filter((folder) => pending.has(publicationOf(folder))));
  },
};

/** They are copies, so their sizes and checksums are those of the video's files. */
function toFiles({
  id: workId,
  publicationId,
  madeFiles,
}: {
  id: string;
  publicationId: string | null;
  madeFiles: Record<string, { byteSize: number; sha256: string }> | null;
}): ReferencedFile[] {
  if (publicationId === null) return [];
  return publicKeys({ workId, publicationId }).map((key) => {
    const digest = madeFiles?.[key.slice(key.lastIndexOf("/") + 1)];
    return {
      ...{ key, owner: `work ${workId}` },
      ...{ byteSize: digest?.byteSize ?? null, sha256: digest?.sha256 ?? null },
    };
  });
}
