import { sql } from "drizzle-orm";
import {
  boolean,
  check,
  index,
  pgTable,
  smallint,
  text,
  timestamp,
  uniqueIndex,
  uuid,
} from "drizzle-orm/pg-core";

const instant = (name: string) => timestamp(name, { withTimezone: true, precision: 3 });

export const users = pgTable(
  "users",
  {
    id: uuid("id").primaryKey(),
    /** E.164. */
    phone: text("phone").notNull(),
    nickname: text("nickname").notNull(),
    bio: text("bio").notNull().default(""),
    /** A media row of the same user. If that row no longer exists, the user has no avatar. */
    avatarMediaId: uuid("avatar_media_id"),
    bannedAt: instant("banned_at"),
    /** For operators. Never shown to the user. */
    banReason: text("ban_reason"),
    createdAt: instant("created_at").notNull(),
  },
  (t) => [
    uniqueIndex("users_phone").on(t.phone),
    check("users_phone_e164", sql`${t.phone} ~ '^\\+[1-9][0-9]{6,14}$'`),
    check("users_nickname_length", sql`char_length(${t.nickname}) between 1 and 40`),
    check("users_ban_has_reason", sql`(${t.bannedAt} is null) = (${t.banReason} is null)`),
    check("users_bio_length", sql`char_length(${t.bio}) <= 500`),
  ],
);

/** One row per requested code. The rate limits are counted from these rows. */
export const loginCodes = pgTable(
  "login_codes",
  {
    id: uuid("id").primaryKey(),
    phone: text("phone").notNull(),
    /** The requesting client: an IPv4 address or an IPv6 /64. */
    address: text("address").notNull(),
    /** HMAC over phone, code and id. A plain hash of six digits could be brute-forced. */
    codeHash: text("code_hash").notNull(),
    tries: smallint("tries").notNull().default(0),
    /** The SMS was not sent. The code is void and does not count against the phone's limit. */
    unsent: boolean("unsent").notNull().default(false),
    createdAt: instant("created_at").notNull(),
    expiresAt: instant("expires_at").notNull(),
    usedAt: instant("used_at"),
  },
  (t) => [
    index("login_codes_phone").on(t.phone, t.createdAt).where(sql`not ${t.unsent}`),
    index("login_codes_address").on(t.address, t.createdAt),
    index("login_codes_created").on(t.createdAt),
    check("login_codes_tries", sql`${t.tries} between 0 and 5`),
    check("login_codes_used_was_tried", sql`${t.usedAt} is null or ${t.tries} > 0`),
  ],
);

/** A session is the chain of refresh tokens that started with one login. */
export const sessions = pgTable(
  "sessions",
  {
    id: uuid("id").primaryKey(),
    userId: uuid("user_id")
      .notNull()
      .references(() => users.id),
    createdAt: instant("created_at").notNull(),
    /** Expiry of its latest refresh token. */
    expiresAt: instant("expires_at").notNull(),
    endedAt: instant("ended_at"),
    endReason: text("end_reason", { enum: ["logout", "refresh-reuse", "ban"] }),
  },
  (t) => [
    index("sessions_live_of_user").on(t.userId).where(sql`${t.endedAt} is null`),
    index("sessions_expires").on(t.expiresAt),
    check("sessions_end_has_reason", sql`(${t.endedAt} is null) = (${t.endReason} is null)`),
    check("sessions_end_reason", sql`${t.endReason} in ('logout', 'refresh-reuse', 'ban')`),
  ],
);

export const refreshTokens = pgTable(
  "refresh_tokens",
  {
    /** SHA-256, hex. A plain hash is safe, because the token is 32 random bytes. */
    hash: text("hash").primaryKey(),
    sessionId: uuid("session_id")
      .notNull()
      .references(() => sessions.id, { onDelete: "cascade" }),
    createdAt: instant("created_at").notNull(),
    expiresAt: instant("expires_at").notNull(),
    usedAt: instant("used_at"),
    /** Time of the second use, within the leeway. */
    reusedAt: instant("reused_at"),
  },
  (t) => [
    index("refresh_tokens_session").on(t.sessionId),
    index("refresh_tokens_expires").on(t.expiresAt),
    check("refresh_tokens_reused_after_use", sql`${t.reusedAt} is null or ${t.usedAt} is not null`),
  ],
);
