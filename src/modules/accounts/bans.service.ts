import type { Clock } from "../../platform/base/clock.js";
import { NotFound } from "../../platform/base/common-errors.js";
import { parseText } from "../../platform/base/validation.js";
import type { Db } from "../../platform/db/index.js";
import type { EventBus } from "../../platform/events/event-bus.js";
import { sessionEnded } from "./accounts.topics.js";
import { endSessions } from "./sessions.repository.js";
import * as users from "./users.repository.js";

/** Whom an operator means: by id (bare UUID) or by phone (E.164). */
export type UserSelector = { userId: string } | { phone: string };

const reasonLength = { min: 1, max: 500 };

interface BansDependencies {
  db: Db;
  clock: Clock;
  events: EventBus;
}

/** Keeps users out. Their tasks go on and end as they would have, so that no credit hangs. */
export class Bans {
  constructor(private readonly deps: BansDependencies) {}

  /**
   * Ends every session of the user and lets them start none; answers with how many sessions ended.
   * The reason is for operators. Throws NotFound, and BadUserInput for a reason that is none.
   */
  async ban(which: UserSelector, reason: string): Promise<{ user: users.UserRow; sessionsEnded: number }> {
    const bannedAt = this.deps.clock.now();
    const banReason = parseText("reason", reason, reasonLength);
    const { user, ended } = await this.deps.db.transaction(async (tx) => {
      // The user's row first: a login at the same moment holds it until its session can be found here.
      const user = await users.setBan(tx, which, { bannedAt, banReason });
      if (!user) throw new NotFound();
      return { user, ended: await endSessions(tx, { userId: user.id }, "ban", bannedAt) };
    });
    // Whoever is told of no end finds the ban in the database, seconds later.
    this.deps.events.publish(sessionEnded, ...ended.map((sessionId) => ({ sessionId })));
    return { user, sessionsEnded: ended.length };
  }

  /** The user may log in again; what the ban ended stays ended. Throws NotFound. */
  async unban(which: UserSelector): Promise<users.UserRow> {
    const user = await this.deps.db.transaction((tx) =>
      users.setBan(tx, which, { bannedAt: null, banReason: null }),
    );
    if (!user) throw new NotFound();
    return user;
  }
}
