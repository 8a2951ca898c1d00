import type { Clock } from "../../platform/base/clock.js";
import { NotFound } from "../../platform/base/common-errors.js";
import { parseText } from "../../platform/base/validation.js";
import type { Db } from "../../platform/db/index.js";
import type { EventBus } from "../../platform/events/event-bus.js";
import { sessionEnded } from "./accounts.topics.js";
import { endSessions } from "./sessions.repository.js";
import * as users from "./users.repository.js";

/** Selects a user by id (bare UUID) or by phone (E.164). */
export type UserSelector = { userId: string } | { phone: string };

const reasonLength = { min: 1, max: 500 };

interface BansDependencies {
  db: Db;
  clock: Clock;
  events: EventBus;
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
      // Updates the user's row first. A concurrent login holds a lock on that row until its session is committed and visible here.
      const user = await users.setBan(tx, which, { bannedAt, banReason });
      if (!user) throw new NotFound();
      return { user, ended: await endSessions(tx, { userId: user.id }, "ban", bannedAt) };
    });
    // If an event is lost, other servers find the ban in the database a few seconds later.
    this.deps.events.publish(sessionEnded, ...ended.map((sessionId) => ({ sessionId })));
    return { user, sessionsEnded: ended.length };
  }

  /** Lets the user log in again. Sessions that the ban ended stay ended. Throws NotFound. */
  async unban(which: UserSelector): Promise<users.UserRow> {
    const user = await this.deps.db.transaction((tx) =>
      users.setBan(tx, which, { bannedAt: null, banReason: null }),
    );
    if (!user) throw new NotFound();
    return user;
  }
}
