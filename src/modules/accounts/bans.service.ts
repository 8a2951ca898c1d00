import type { Clock } from "../../platform/base/clock.js";
import { NotFound } from "../../platform/base/common-errors.js";
import { parseText } from "../../platform/base/validation.js";
import type { Db, Tx } from "../../platform/db/index.js";
import type { EventBus } from "../../platform/events/event-bus.js";
import { sessionEnded } from "./authenticator.js";
import { endSessions } from "./sessions.repository.js";
import * as users from "./users.repository.js";

/** Selects a user by id (bare UUID) or by phone (E.164). */
export type UserSelector = { userId: string } | { phone: string };

const reasonLength = { min: 1, max: 500 };

/** Runs in the transaction that bans a user or ends a ban, while it holds the lock on the user's row. */
export type BanHook = (tx: Tx, userId: string, state: "banned" | "unbanned") => Promise<void>;

interface BansDependencies {
  db: Db;
  clock: Clock;
  events: EventBus;
  /** Called only if the user was not banned before, or was banned before its end. */
  hooks: readonly BanHook[];
}

/** Bans users. Their running tasks continue to their normal end, so no credits stay held. */
export class Bans {
  constructor(private readonly deps: BansDependencies) {}

  /**
   * Ends all sessions of the user and blocks new logins. `sessionsEnded` is the number of sessions that this call
   * ended. The reason is for operators. Throws NotFound, and BadUserInput for an empty or too long reason.
   */
  async ban(which: UserSelector, reason: string): Promise<{ user: users.UserRow; sessionsEnded: number }> {
    const bannedAt = this.deps.clock.now();
    const banReason = parseText("reason", reason, reasonLength);
    const { user, ended } = await this.deps.db.transaction(async (tx) => {
      const user = await this.setBan(tx, which, { bannedAt, banReason });
      return { user, ended: await endSessions(tx, { userId: user.id }, "ban", bannedAt) };
    });
    // If an event is lost, other servers find the ban in the database a few seconds later.
    this.deps.events.publish(sessionEnded, ...ended.map((sessionId) => ({ sessionId })));
    return { user, sessionsEnded: ended.length };
  }

  /** Lets the user log in again. Sessions that the ban ended stay ended. Throws NotFound. */
  async unban(which: UserSelector): Promise<users.UserRow> {
    return this.deps.db.transaction((tx) => this.setBan(tx, which, { bannedAt: null, banReason: null }));
  }

  private async setBan(
    tx: Tx,
    which: UserSelector,
    ban: Pick<users.UserRow, "bannedAt" | "banReason">,
  ): Promise<users.UserRow> {
    // First: a concurrent login or follow holds a lock on the row until its rows are committed and visible here.
    const before = await users.lockUser(tx, which);
    if (!before) throw new NotFound();
    const user = await users.setBan(tx, before.id, ban);
    if ((before.bannedAt === null) !== (user.bannedAt === null)) {
      const state = user.bannedAt ? "banned" : "unbanned";
      for (const hook of this.deps.hooks) await hook(tx, user.id, state);
    }
    return user;
  }
}
