import { eq, sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { Session } from "../../../src/modules/accounts/accounts.graphql.js";
import { refreshTokens, sessions, users } from "../../../src/modules/accounts/accounts.tables.js";
import { hashRefreshToken } from "../../../src/modules/accounts/tokens.js";
import { freshDatabase, type TestDatabase } from "../../support/database.js";
import { AccountsServer, allOf, somePhone, TestClock, waitingForLocks } from "./accounts-server.js";

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;

let database: TestDatabase;
let server: AccountsServer;
let second: AccountsServer;
/** A server whose listening connection is down, so it receives no events. */
let deaf: AccountsServer;

beforeAll(async () => {
  database = await freshDatabase();
  const clock = new TestClock();
  server = await new AccountsServer(database, clock).listen();
  second = await new AccountsServer(database, clock).listen();
  deaf = new AccountsServer(database, clock);
});
afterAll(async () => {
  await Promise.all([server.close(), second.close(), deaf.close()]);
  await database.drop();
});

const refused = { code: "UNAUTHENTICATED" };
const viewerOf = (session: Session) => server.authenticate(session.accessToken);

describe("a login", () => {
  test("creates a user for a new phone and finds the same user later", async () => {
    const phone = somePhone();
    const first = await server.logIn(phone);
    const again = await server.logIn(phone);
    expect(first.isNewUser).toBe(true);
    expect(again.isNewUser).toBe(false);
    expect(again.user.id).toBe(first.user.id);
    expect(first.user.nickname).not.toContain(phone.slice(-4));
  });

  test("creates one user if two codes of one new phone are used concurrently", async () => {
    const made: string[] = [];
    const onUserCreated = async (_tx: unknown, userId: string) => void made.push(userId);
    const one = new AccountsServer(database, server.clock, { onUserCreated });
    const phone = somePhone();
    const older = await one.codeFor(phone);
    // The older code was matched before the newer one was requested, so both logins continue.
    const racing = await database.database.db.transaction(async (tx) => {
      await tx.execute(sql`lock table users in exclusive mode`);
      const first = one.login(phone, older);
      await vi.waitFor(async () => expect(await waitingForLocks(server.db)).toBe(1));
      const newer = await one.codeFor(phone);
      const next = one.login(phone, newer);
      await vi.waitFor(async () => expect(await waitingForLocks(server.db)).toBe(2));
      return { first, next };
    });
    const { answers } = await allOf([racing.first, racing.next]);
    expect(answers.map((answer) => answer.isNewUser).sort()).toEqual([false, true]);
    expect(made).toHaveLength(1);
    expect(await server.db.select().from(users).where(eq(users.phone, phone))).toHaveLength(1);
    await one.close();
  });

  test("leaves no user, no session and an unused code if onUserCreated fails", async () => {
    let welcome = async () => {
      throw new Error("no wallet today");
    };
    const one = new AccountsServer(database, server.clock, { onUserCreated: () => welcome() });
    const phone = somePhone();
    const code = await one.codeFor(phone);
    await expect(one.login(phone, code)).rejects.toThrow("no wallet today");
    expect(await server.db.select().from(users).where(eq(users.phone, phone))).toEqual([]);
    welcome = async () => undefined as never;
    await expect(one.login(phone, code)).resolves.toMatchObject({ isNewUser: true });
    await one.close();
  });

  test("returns tokens with their expiry", async () => {
    const session = await server.logIn(somePhone());
    const now = server.clock.now().getTime();
    expect(session.accessTokenExpiresAt.getTime() - now).toBe(15 * minuteMs);
    expect(session.refreshTokenExpiresAt.getTime() - now).toBe(30 * dayMs);
    expect(await viewerOf(session)).toMatchObject({ userId: session.user.userId });
    server.clock.advance(15 * minuteMs);
    await expect(viewerOf(session)).rejects.toMatchObject(refused);
  });
});

describe("a refresh", () => {
  test("returns new tokens, and repeated refreshes extend a session beyond thirty days", async () => {
    let session = await server.logIn(somePhone());
    const { sessionId } = await viewerOf(session);
    for (let i = 0; i < 3; i++) {
      server.clock.advance(29 * dayMs);
      session = await server.accounts.refreshSession(session.refreshToken);
    }
    expect(session.isNewUser).toBe(false);
    expect((await viewerOf(session)).sessionId).toBe(sessionId);
  });

  test("is rejected thirty days after the token was issued", async () => {
    const session = await server.logIn(somePhone());
    server.clock.advance(30 * dayMs);
    await expect(server.accounts.refreshSession(session.refreshToken)).rejects.toMatchObject(refused);
  });

  test("with an old token ends the session, for the thief and for the owner", async () => {
    const stolen = await server.logIn(somePhone());
    const newest = await server.accounts.refreshSession(stolen.refreshToken);
    await viewerOf(newest);
    await passLeeway(stolen);
    await expect(server.accounts.refreshSession(stolen.refreshToken)).rejects.toMatchObject(refused);
    await expect(viewerOf(newest)).rejects.toMatchObject(refused);
    await expect(viewerOf(stolen)).rejects.toMatchObject(refused);
    await expect(server.accounts.refreshSession(newest.refreshToken)).rejects.toMatchObject(refused);
  });

  test("with an old token does not end the user's other sessions", async () => {
    const phone = somePhone();
    const other = await server.logIn(phone);
    const stolen = await server.logIn(phone);
    await server.accounts.refreshSession(stolen.refreshToken);
    await passLeeway(stolen);
    await expect(server.accounts.refreshSession(stolen.refreshToken)).rejects.toMatchObject(refused);
    expect(await viewerOf(other)).toMatchObject({ userId: other.user.userId });
  });

  test("in two tabs at once returns tokens of the same session to both, and both can refresh again", async () => {
    const session = await server.logIn(somePhone());
    const tabs = [server, second].map(({ accounts }) => accounts.refreshSession(session.refreshToken));
    const [one, other] = (await Promise.all(tabs)) as [Session, Session];
    expect(one.refreshToken).not.toBe(other.refreshToken);
    const viewers = await Promise.all([session, one, other].map(viewerOf));
    expect(new Set(viewers.map(({ sessionId }) => sessionId)).size).toBe(1);
    await passLeeway(session);
    const later = await server.accounts.refreshSession(one.refreshToken);
    await passLeeway(one);
    await server.accounts.refreshSession(other.refreshToken);
    expect(await viewerOf(later)).toMatchObject({ sessionId: viewers[0]?.sessionId });
  });

  test("with a lost response can be repeated, even after the first response's token was used", async () => {
    const session = await server.logIn(somePhone());
    const lost = await server.accounts.refreshSession(session.refreshToken);
    await server.accounts.refreshSession(lost.refreshToken);
    const again = await second.accounts.refreshSession(session.refreshToken);
    expect(await viewerOf(again)).toMatchObject({ userId: session.user.userId });
  });

  test("is rejected the third time within the leeway, without ending the session", async () => {
    const session = await server.logIn(somePhone());
    const one = await server.accounts.refreshSession(session.refreshToken);
    const other = await server.accounts.refreshSession(session.refreshToken);
    await expect(server.accounts.refreshSession(session.refreshToken)).rejects.toMatchObject(refused);
    for (const tokens of [one, other]) expect(await viewerOf(tokens)).toBeDefined();
    await passLeeway(session);
    await expect(server.accounts.refreshSession(session.refreshToken)).rejects.toMatchObject(refused);
    for (const tokens of [one, other]) await expect(viewerOf(tokens)).rejects.toMatchObject(refused);
  });

  test("within the leeway is rejected once the session has ended", async () => {
    const session = await server.logIn(somePhone());
    await server.accounts.refreshSession(session.refreshToken);
    await server.accounts.logout(await viewerOf(session));
    await expect(server.accounts.refreshSession(session.refreshToken)).rejects.toMatchObject(refused);
  });

  test("with REFRESH_LEEWAY_MS=0 cannot be repeated", async () => {
    const strict = new AccountsServer(database, server.clock, { settings: { REFRESH_LEEWAY_MS: "0" } });
    for (let i = 0; i < 10; i++) {
      const session = await strict.logIn(somePhone());
      const newest = await strict.accounts.refreshSession(session.refreshToken);
      await expect(strict.accounts.refreshSession(session.refreshToken)).rejects.toMatchObject(refused);
      await expect(strict.authenticate(newest.accessToken)).rejects.toMatchObject(refused);
    }
    await strict.close();
  });

  test("succeeds twice of ten concurrent uses of one token, and a use after the leeway ends the session", async () => {
    const session = await server.logIn(somePhone());
    const { answers, errors } = await allOf(
      Array.from({ length: 10 }, (_, n) =>
        (n % 2 ? server : second).accounts.refreshSession(session.refreshToken),
      ),
    );
    expect(answers).toHaveLength(2);
    expect(errors).toEqual(Array(8).fill("Unauthenticated"));
    for (const tokens of answers) expect(await viewerOf(tokens)).toBeDefined();
    await passLeeway(session);
    await expect(server.accounts.refreshSession(session.refreshToken)).rejects.toMatchObject(refused);
    await expect(viewerOf(answers[0] as Session)).rejects.toMatchObject(refused);
    const { sessionId } = await claimsOf(session);
    expect(await server.db.select().from(sessions).where(eq(sessions.id, sessionId))).toMatchObject([
      { endReason: "refresh-reuse" },
    ]);
  });

  test("is rejected for a token that was never issued, without ending a session", async () => {
    const session = await server.logIn(somePhone());
    for (const token of ["", "x", session.accessToken, "a".repeat(100_000), "\0"]) {
      await expect(server.accounts.refreshSession(token)).rejects.toMatchObject(refused);
    }
    expect(await viewerOf(session)).toBeDefined();
  });

  test("token is stored as a hash only", async () => {
    const session = await server.logIn(somePhone());
    const rows = await server.db.select().from(refreshTokens);
    expect(JSON.stringify(rows)).not.toContain(session.refreshToken);
  });
});

describe("an expired access token", () => {
  const expiredSessionOf = (token: string) =>
    server.authenticate(token).then(
      () => "good",
      (error) => error.expiredSessionId ?? null,
    );

  test("leads to an error that names the session while a refresh can help", async () => {
    const session = await server.logIn(somePhone());
    const { sessionId } = await viewerOf(session);
    server.clock.advance(20 * minuteMs);
    expect(await expiredSessionOf(session.accessToken)).toBe(sessionId);
    const refreshed = await server.accounts.refreshSession(session.refreshToken);
    await server.accounts.logout(await viewerOf(refreshed));
    expect(await expiredSessionOf(session.accessToken)).toBeNull();
  });

  test("of a banned user, or with another signature, leads to an error without a session", async () => {
    const phone = somePhone();
    const session = await server.logIn(phone);
    const [head, body] = session.accessToken.split(".");
    server.clock.advance(20 * minuteMs);
    expect(await expiredSessionOf(`${head}.${body}.${"A".repeat(43)}`)).toBeNull();
    await server.bans.ban({ phone }, "abuse");
    expect(await expiredSessionOf(session.accessToken)).toBeNull();
    expect(await expiredSessionOf("nonsense")).toBeNull();
  });
});

describe("a logout", () => {
  test("invalidates the access token at once on that server, and the refresh token everywhere", async () => {
    const session = await server.logIn(somePhone());
    await server.accounts.logout(await viewerOf(session));
    await expect(viewerOf(session)).rejects.toMatchObject(refused);
    await expect(second.accounts.refreshSession(session.refreshToken)).rejects.toMatchObject(refused);
  });

  test("everywhere ends all sessions of that user, on this server at once, and no session of other users", async () => {
    const phone = somePhone();
    const sessions = [await server.logIn(phone), await second.logIn(phone), await server.logIn(phone)];
    const stranger = await server.logIn(somePhone());
    const viewer = await viewerOf(sessions[0] as Session);
    for (const { accessToken } of sessions) await second.authenticate(accessToken);
    await server.accounts.logoutEverywhere(viewer);
    for (const session of sessions) {
      await expect(viewerOf(session)).rejects.toMatchObject(refused);
      await expect(server.accounts.refreshSession(session.refreshToken)).rejects.toMatchObject(refused);
      await vi.waitFor(() => expect(second.authenticate(session.accessToken)).rejects.toMatchObject(refused));
    }
    expect(await viewerOf(stranger)).toBeDefined();
    expect(await server.logIn(phone)).toMatchObject({ isNewUser: false });
  });

  test("reaches another server by the bus, even if it has just cached the session as live", async () => {
    const session = await server.logIn(somePhone());
    const viewer = await second.authenticate(session.accessToken);
    await server.accounts.logout(viewer);
    await vi.waitFor(async () =>
      expect(await second.accounts.authenticator.isLive(viewer.sessionId)).toBe(false),
    );
    await expect(second.authenticate(session.accessToken)).rejects.toMatchObject(refused);
  });

  test("reaches a server without events within three seconds", async () => {
    const session = await server.logIn(somePhone());
    const viewer = await deaf.authenticate(session.accessToken);
    await server.accounts.logout(viewer);
    server.clock.advance(3000);
    await expect(deaf.authenticate(session.accessToken)).rejects.toMatchObject(refused);
  });

  test("concurrent with a refresh leaves no valid token", async () => {
    for (let i = 0; i < 10; i++) {
      const session = await server.logIn(somePhone());
      const viewer = await viewerOf(session);
      const [refreshed] = await Promise.allSettled([
        server.accounts.refreshSession(session.refreshToken),
        server.accounts.logout(viewer),
      ]);
      await expect(viewerOf(session)).rejects.toMatchObject(refused);
      if (refreshed.status === "rejected") continue;
      await expect(viewerOf(refreshed.value)).rejects.toMatchObject(refused);
      await expect(server.accounts.refreshSession(refreshed.value.refreshToken)).rejects.toMatchObject(
        refused,
      );
    }
  });
});

test("liveness checks of a session cost one database read in three seconds, however many there are", async () => {
  const session = await server.logIn(somePhone());
  await viewerOf(session);
  // A read of the sessions table would wait for this transaction, which waits for the checks: a deadlock.
  await server.db.transaction(async (tx) => {
    await tx.execute(sql`lock table sessions in access exclusive mode`);
    await Promise.all(Array.from({ length: 100 }, () => viewerOf(session)));
  });
});

test("expired tokens and long-ended sessions are deleted, live ones are not", async () => {
  const gone = await server.logIn(somePhone());
  await server.accounts.logout(await viewerOf(gone));
  server.clock.advance(31 * dayMs);
  const kept = await server.logIn(somePhone());
  await server.accounts.deleteOldData();
  const left = await server.db.select({ userId: sessions.userId }).from(sessions);
  expect(left.map((row) => row.userId)).not.toContain(gone.user.userId);
  expect(left.map((row) => row.userId)).toContain(kept.user.userId);
  await expect(server.accounts.refreshSession(kept.refreshToken)).resolves.toBeDefined();
});

/** Moves the token's use ten seconds into the past, because the database's clock cannot be set. */
async function passLeeway({ refreshToken }: Session): Promise<void> {
  await server.db
    .update(refreshTokens)
    .set({ usedAt: sql`${refreshTokens.usedAt} - interval '10 seconds'` })
    .where(eq(refreshTokens.hash, hashRefreshToken(refreshToken)));
}

async function claimsOf(session: Session): Promise<{ sessionId: string }> {
  const payload = JSON.parse(
    Buffer.from(session.accessToken.split(".")[1] as string, "base64url").toString(),
  );
  return { sessionId: payload.sid };
}
