import { RowLoader } from "../../platform/async/batcher.js";
import type { Clock } from "../../platform/base/clock.js";
import { BadUserInput } from "../../platform/base/common-errors.js";
import type { Db } from "../../platform/db/index.js";
import type { EventBus } from "../../platform/events/event-bus.js";
import { type Connection, type PageArgs, readPage } from "../../platform/graphql/connection.js";
import type { RequestedFields } from "../../platform/graphql/requested-fields.js";
import type { BatchedList } from "../../platform/lists/batched-list.js";
import { AccountBanned, User, userPrefix } from "../accounts/index.js";
import { canBlock, insertBlock, removeBlock } from "./blocks.repository.js";
import { insertFollow, removeFollow } from "./follows.repository.js";
import {
  lockRelation,
  type Relation,
  relationsByPairs,
  visibleUsersByPairs,
} from "./relations.repository.js";
import { TooManyBlocks, TooManyFollows, UserNotFound } from "./social.errors.js";
import { relationsChanged } from "./social.topics.js";
import { blockedUsersList, followersList, followingList } from "./user-lists.js";
import { type FollowCounts, followCountsOfUsers } from "./user-stats.repository.js";

export const blocksMax = 5_000;

interface SocialDependencies {
  db: Db;
  clock: Clock;
  bus: EventBus;
  followsMax: number;
  /** By bare UUID, banned users included. */
  usersByIds(ids: readonly string[]): Promise<Map<string, User>>;
}

/** Follows and blocks. Ids are bare UUIDs, except in `userId` of the mutations. */
export class SocialService {
  private readonly relationLoader: RowLoader<Relation>;
  private readonly visibleUserLoader: RowLoader<Awaited<ReturnType<typeof visibleUsersByPairs>>[number]>;
  private readonly countLoader: RowLoader<FollowCounts>;

  constructor(private readonly deps: SocialDependencies) {
    this.relationLoader = new RowLoader((keys) => relationsByPairs(deps.db, keys));
    this.visibleUserLoader = new RowLoader((keys) => visibleUsersByPairs(deps.db, keys));
    this.countLoader = new RowLoader((ids) => followCountsOfUsers(deps.db, ids));
  }

  /** Throws BadUserInput, UserNotFound, AccountBanned and TooManyFollows. */
  async follow(viewerId: string, userId: string): Promise<User> {
    const { db, clock, followsMax: max } = this.deps;
    const otherId = readOther(viewerId, userId);
    const outcome = await db.transaction(async (tx) => {
      await lockRelation(tx, viewerId, otherId);
      return insertFollow(tx, { viewerId, otherId, now: clock.now(), max });
    });
    if (!outcome.isViewerActive) throw new AccountBanned();
    if (!outcome.isAllowed) throw new UserNotFound();
    if (!outcome.follows) throw new TooManyFollows(max);
    return this.find(otherId);
  }

  /** Throws BadUserInput, UserNotFound and AccountBanned. */
  async unfollow(viewerId: string, userId: string): Promise<User> {
    const otherId = readOther(viewerId, userId);
    const outcome = await removeFollow(this.deps.db, { viewerId, otherId });
    if (!outcome.isViewerActive) throw new AccountBanned();
    if (!outcome.isAllowed) throw new UserNotFound();
    return this.find(otherId);
  }

  /** Throws BadUserInput, UserNotFound, AccountBanned and TooManyBlocks. */
  async block(viewerId: string, userId: string): Promise<User> {
    const { db, bus, clock } = this.deps;
    const otherId = readOther(viewerId, userId);
    const outcome = await db.transaction(async (tx) => {
      // Before the locks: of two users who block each other at the same time, neither is refused.
      if (!(await canBlock(tx, { viewerId, otherId }))) throw new UserNotFound();
      await lockRelation(tx, viewerId, otherId);
      return insertBlock(tx, { viewerId, otherId, now: clock.now(), max: blocksMax });
    });
    if (!outcome.isViewerActive) throw new AccountBanned();
    if (!outcome.blocks) throw new TooManyBlocks(blocksMax);
    if (outcome.isNew) bus.publish(relationsChanged, { userIds: [viewerId, otherId] });
    return this.find(otherId);
  }

  /** Reaches every blocked user, also one that the viewer may not see. Throws BadUserInput and UserNotFound. */
  async unblock(viewerId: string, userId: string): Promise<User> {
    const otherId = readOther(viewerId, userId);
    const { isDeleted, isVisible } = await removeBlock(this.deps.db, { viewerId, otherId });
    if (!isDeleted && !isVisible) throw new UserNotFound();
    if (isDeleted) this.deps.bus.publish(relationsChanged, { userIds: [viewerId, otherId] });
    return this.find(otherId);
  }

  listFollowers(viewerId: string | null, userId: string, args: PageArgs, fields: RequestedFields) {
    return this.list(followersList, { user_id: userId, viewer_id: viewerId }, args, fields);
  }

  listFollowing(viewerId: string | null, userId: string, args: PageArgs, fields: RequestedFields) {
    return this.list(followingList, { user_id: userId, viewer_id: viewerId }, args, fields);
  }

  listBlocked(viewerId: string, args: PageArgs, fields: RequestedFields) {
    return this.list(blockedUsersList, { viewer_id: viewerId }, args, fields);
  }

  /** For request loaders, by `toPairKey`: users that the viewer may see. */
  readonly loadVisibleUsers = async (pairKeys: readonly string[]): Promise<Map<string, User>> => {
    const rows = await this.visibleUserLoader.loadMany(pairKeys);
    return new Map(rows.map(({ id, user }) => [id, User.of(user)]));
  };

  /** For request loaders, by `toPairKey`. */
  readonly loadRelations = async (pairKeys: readonly string[]): Promise<Map<string, Relation>> => {
    const rows = await this.relationLoader.loadMany(pairKeys);
    return new Map(rows.map((row) => [row.id, row]));
  };

  /** For request loaders, by the user's bare UUID. */
  readonly loadFollowCounts = async (userIds: readonly string[]): Promise<Map<string, FollowCounts>> => {
    const rows = await this.countLoader.loadMany(userIds);
    return new Map(rows.map((row) => [row.id, row]));
  };

  /** From the primary, since a replica may not have the latest blocks and bans yet. */
  private list(
    list: Pick<BatchedList<never, Parameters<typeof User.of>[0]>, "read">,
    params: Record<string, string | null>,
    args: PageArgs,
    fields: RequestedFields,
  ): Promise<Connection<User>> {
    return list.read(this.deps.db, { params, page: readPage(args), fields }, (row) => User.of(row));
  }

  private async find(userId: string): Promise<User> {
    return (await this.deps.usersByIds([userId])).get(userId) as User;
  }
}

function readOther(viewerId: string, userId: string): string {
  const otherId = userPrefix.toUuid(userId);
  if (!otherId) throw new UserNotFound();
  if (otherId === viewerId) {
    throw new BadUserInput("userId", "userId must be another user's.", "userId 须为其他用户的 id。");
  }
  return otherId;
}
