import { and, asc, gt } from "drizzle-orm";
import { isAnyOf } from "../../platform/db/prepared.js";
import { onceKeysInQueue } from "../../platform/jobs/once-keys.js";
import type { FileOwners, ReferencedFile } from "../../platform/storage/file-audit.js";
import { discardUploadQueue } from "./media.jobs.js";
import type { MediaRow } from "./media.repository.js";
import { media } from "./media.tables.js";
import { imageKey, thumbnailKey, thumbnailNames } from "./media-keys.js";

const rowsPerPage = 500;
const columns = { id: media.id, mimeType: media.mimeType, byteSize: media.byteSize, files: media.files };

/** Lists the files that uploaded images refer to, for audits of the storage. */
export const mediaFileOwners: FileOwners = {
  folder: "media",

  async readPage(db, afterId) {
    const after = afterId === null ? undefined : gt(media.id, afterId);
    const rows = await db
      .select(columns)
      .from(media)
      .where(and(after))
      .orderBy(asc(media.id))
      .limit(rowsPerPage);
    const last = rows.length < rowsPerPage ? null : (rows.at(-1)?.id ?? null);
    return { files: rows.flatMap(toFiles), last };
  },

  async findFiles(db, ids) {
    return (await db.select(columns).from(media).where(isAnyOf(media.id, ids))).flatMap(toFiles);
  },

  /** An upload queues its own cleanup job before it writes a file. Once its row exists, the job deletes nothing. */
  pendingPaths: (db, ids) => onceKeysInQueue(db, discardUploadQueue, ids),
};

function toFiles({
  id,
  mimeType,
  byteSize,
  files,
}: Pick<MediaRow, "id" | "mimeType" | "byteSize" | "files">): ReferencedFile[] {
  const image = imageKey(id, mimeType);
  return [image, ...thumbnailNames.map((size) => thumbnailKey(id, size))].map((key) => {
    const digest = files?.[key.slice(key.lastIndexOf("/") + 1)];
    return {
      ...{ key, owner: `media ${id}` },
      ...{ byteSize: key === image ? byteSize : (digest?.byteSize ?? null), sha256: digest?.sha256 ?? null },
    };
  });
}
