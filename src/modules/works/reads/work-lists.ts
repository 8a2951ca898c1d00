import { sql } from "drizzle-orm";
import { BatchedList, newestFirst } from "../../../platform/lists/batched-list.js";
import { workFavorites, workLikes } from "../reactions/reactions.tables.js";
import { joinAuthor, listedWork } from "../visibility.js";
import { works } from "../works.tables.js";

// Lists of the ids of works. `WorkReader` reads the works themselves.

const viewer = sql`request.viewer_id`;

/** A user's published works, as a viewer sees them. */
export const worksOfUser = () =>
  new BatchedList({
    table: works,
    joins: joinAuthor,
    params: { viewer_id: "uuid", author_id: "uuid" },
    where: sql`${works.userId} = request.author_id and ${listedWork(viewer)}`,
    order: newestFirst(works.publishedAt, works.id),
    fieldColumns: {},
  });

/** The published remixes of a work, as a viewer sees them. */
export const remixesOfWork = () =>
  new BatchedList({
    table: works,
    joins: joinAuthor,
    params: { viewer_id: "uuid", source_id: "uuid" },
    where: sql`${works.remixOf} = request.source_id and ${listedWork(viewer)}`,
    order: newestFirst(works.publishedAt, works.id),
    fieldColumns: {},
  });

/** The viewer's own works in every status. */
export const ownWorks = () =>
  new BatchedList({
    table: works,
    params: { viewer_id: "uuid" },
    where: sql`${works.userId} = ${viewer} and ${works.deletedAt} is null`,
    filters: {
      status: {
        params: { statuses: "text" },
        where: sql`${works.status}::text = any(string_to_array(request.statuses, ','))`,
        isRare: true,
      },
    },
    order: newestFirst(works.publishedAt, works.id),
    fieldColumns: {},
  });

const reactedTo = (table: typeof workLikes | typeof workFavorites) =>
  new BatchedList({
    table: works,
    joins: sql`join ${table} on ${table.workId} = ${works.id} ${joinAuthor}`,
    params: { viewer_id: "uuid" },
    where: sql`${table.userId} = ${viewer} and ${listedWork(viewer)}`,
    order: newestFirst(table.createdAt, table.workId),
    fieldColumns: {},
  });

export const favoriteWorks = () => reactedTo(workFavorites);
export const likedWorks = () => reactedTo(workLikes);
