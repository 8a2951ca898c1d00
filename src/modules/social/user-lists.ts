import { sql } from "drizzle-orm";
import { BatchedList, newestFirst } from "../../platform/lists/batched-list.js";
import { users } from "../accounts/accounts.tables.js";
import { blocks, follows } from "./social.tables.js";
import { listedUser, visibleUser } from "./visibility.js";

const viewerId = sql`request.viewer_id`;

/** Lists of a user whom the viewer may not see are empty. */
const isOwnerVisible = sql`exists (
  select from ${users} where ${users.id} = request.user_id and ${visibleUser(viewerId)})`;

export const followersList = new BatchedList({
  table: users,
  joins: sql`join ${follows} on ${follows.followerId} = ${users.id}`,
  params: { user_id: "uuid", viewer_id: "uuid" },
  where: sql`${follows.followedId} = request.user_id and ${listedUser(viewerId)} and ${isOwnerVisible}`,
  order: newestFirst(follows.createdAt, follows.followerId),
});

export const followingList = new BatchedList({
  table: users,
  joins: sql`join ${follows} on ${follows.followedId} = ${users.id}`,
  params: { user_id: "uuid", viewer_id: "uuid" },
  where: sql`${follows.followerId} = request.user_id and ${listedUser(viewerId)} and ${isOwnerVisible}`,
  order: newestFirst(follows.createdAt, follows.followedId),
});

/** Includes banned users and users who have blocked the viewer, so that each block can be ended. */
export const blockedUsersList = new BatchedList({
  table: users,
  joins: sql`join ${blocks} on ${blocks.blockedId} = ${users.id}`,
  params: { viewer_id: "uuid" },
  where: sql`${blocks.blockerId} = ${viewerId}`,
  order: newestFirst(blocks.createdAt, blocks.blockedId),
});
