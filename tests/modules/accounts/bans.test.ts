import { eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Session } from "../../../src/modules/accounts/accounts.graphql.js";
import { sessions, users } from "../../../src/modules/accounts/accounts.tables.js";
import { freshDatabase, type TestDatabase } from "../../support/database.js";
import { AccountsServer, somePhone, TestClock } from "./accounts-server.js";

let database: TestDatabase;
let server: AccountsServer;

beforeAll(async () => {
  database = await freshDatabase();
  server = new AccountsServer(database, new TestClock());
});
afterAll(async () => {
  await server.close();
  await database.drop();
});

const refused = { code: "UNAUTHENTICATED" };
const viewerOf = (session: Session) => server.authenticate(session.accessToken);

test("a ban ends every session at once, and later logins use up their code and fail with FORBIDDEN", async () => {
  const phone = somePhone();
  const laptop = await server.logIn(phone);
  const mobile = await server.logIn(phone);
  await Promise.all([viewerOf(laptop), viewerOf(mobile)]);
  await server.bans.ban({ phone }, "abuse");
  await expect(viewerOf(laptop)).rejects.toMatchObject(refused);
  await expect(viewerOf(mobile)).rejects.toMatchObject(refused);
  await expect(server.accounts.refreshSession(mobile.refreshToken)).rejects.toMatchObject(refused);
  const code = await server.codeFor(phone);
  await expect(server.login(phone, code)).rejects.toMatchObject({ code: "FORBIDDEN" });
  await expect(server.login(phone, code)).rejects.toMatchObject({ code: "INVALID_LOGIN_CODE" });
});

test("a ban is not revealed without a correct code", async () => {
  const phone = somePhone();
  await server.logIn(phone);
  await server.bans.ban({ phone }, "abuse");
  await expect(server.askForCode(somePhone())).resolves.toBeDefined();
  await expect(server.login(phone, "not-it")).rejects.toMatchObject({ code: "INVALID_LOGIN_CODE" });
});

test("a ban concurrent with logins leaves no live session", async () => {
  for (let i = 0; i < 10; i++) {
    const phone = somePhone();
    const { user } = await server.logIn(phone);
    const code = await server.codeFor(phone);
    const [login] = await Promise.allSettled([
      server.login(phone, code),
      server.bans.ban({ userId: user.userId }, "abuse"),
    ]);
    if (login.status === "fulfilled") await expect(viewerOf(login.value)).rejects.toMatchObject(refused);
    const live = await server.db.select().from(sessions).where(eq(sessions.userId, user.userId));
    expect(live.filter((session) => session.endedAt === null)).toEqual([]);
  }
});

test("after a ban is lifted, the user can log in again", async () => {
  const phone = somePhone();
  const before = await server.logIn(phone);
  await server.bans.ban({ phone }, "abuse");
  await server.bans.unban({ phone });
  await expect(viewerOf(before)).rejects.toMatchObject(refused);
  const after = await server.logIn(phone);
  expect(after.user.id).toBe(before.user.id);
  expect(await viewerOf(after)).toBeDefined();
});

test("a ban stores its reason for operators and requires one", async () => {
  const phone = somePhone();
  const { user } = await server.logIn(phone);
  const row = async () => (await server.db.select().from(users).where(eq(users.phone, phone)))[0];
  await expect(server.bans.ban({ phone }, "  ")).rejects.toMatchObject({ code: "BAD_USER_INPUT" });
  expect(await row()).toMatchObject({ bannedAt: null });
  await server.bans.ban({ userId: user.userId }, "stolen cards");
  expect(await row()).toMatchObject({ banReason: "stolen cards", bannedAt: server.clock.now() });
  await server.bans.unban({ phone });
  expect(await row()).toMatchObject({ banReason: null, bannedAt: null });
});

test("a ban of an unknown user is NOT_FOUND", async () => {
  await expect(server.bans.ban({ phone: somePhone() }, "abuse")).rejects.toMatchObject({ code: "NOT_FOUND" });
});
