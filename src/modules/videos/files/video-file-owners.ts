import { and, asc, gt, isNull } from "drizzle-orm";
import { isAnyOf } from "../../../platform/db/prepared.js";
import { isUuid } from "../../../platform/ids/ids.js";
import { onceKeysInQueue } from "../../../platform/jobs/once-keys.js";
import type { FileOwners, ReferencedFile } from "../../../platform/storage/file-audit.js";
import { deleteFilesQueue } from "../videos.jobs.js";
import { videos } from "../videos.tables.js";
import { findActiveIngests } from "./ingests.repository.js";
import { allKeys, getVideoFolder, originalKey } from "./video-keys.js";

const rowsPerPage = 500;
const columns = {
  id: videos.id,
  ingestId: videos.ingestId,
  byteSize: videos.byteSize,
  sha256: videos.sha256,
  madeFiles: videos.madeFiles,
};

/** Lists the files that videos refer to, for audits of the storage. */
export const videoFileOwners: FileOwners = {
  folder: "videos",

  async readPage(db, afterId) {
    const after = afterId === null ? undefined : gt(videos.id, afterId);
    const rows = await db
      .select(columns)
      .from(videos)
      .where(and(isNull(videos.deletedAt), after))
      .orderBy(asc(videos.id))
      .limit(rowsPerPage);
    const last = rows.length < rowsPerPage ? null : (rows.at(-1)?.id ?? null);
    return { files: rows.flatMap(toFiles), last };
  },

  async findFiles(db, ids) {
    const live = and(isAnyOf(videos.id, ids), isNull(videos.deletedAt));
    return (await db.select(columns).from(videos).where(live)).flatMap(toFiles);
  },

  async pendingPaths(db, folders) {
    const ingestIds = folders.map((folder) => folder.split("/")[1] ?? "").filter(isUuid);
    const ingests = await findActiveIngests(db, ingestIds);
    const deletions = await onceKeysInQueue(db, deleteFilesQueue, folders);
    return new Set([
      ...ingests.map(({ id, videoId }) => getVideoFolder({ id: videoId, ingestId: id })),
      ...deletions,
    ]);
  },
};

function toFiles(row: {
  id: string;
  ingestId: string | null;
  byteSize: number;
  sha256: string;
  madeFiles: Record<string, { byteSize: number; sha256: string }> | null;
}): ReferencedFile[] {
  const folder = getVideoFolder(row);
  return allKeys(folder).map((key) => {
    const name = key.slice(key.lastIndexOf("/") + 1);
    const digest = key === originalKey(folder) ? row : row.madeFiles?.[name];
    return {
      ...{ key, owner: `video ${row.id}` },
      ...{ byteSize: digest?.byteSize ?? null, sha256: digest?.sha256 ?? null },
    };
  });
}
