import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { SmsFailure } from "../../../src/modules/accounts/sms.js";
import { freshDatabase, type TestDatabase } from "../../support/database.js";
import { AccountsServer, somePhone, TestClock } from "./accounts-server.js";

const minuteMs = 60_000;

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

describe("a failing SMS sender", () => {
  test("that certainly sent nothing lets the phone request again at once, within the limit of the address", async () => {
    const one = new AccountsServer(database, server.clock, {
      settings: { LOGIN_CODES_PER_ADDRESS_PER_HOUR: "2" },
    });
    const phone = somePhone();
    one.inbox.failure = new SmsFailure("refused", true);
    await expect(one.askForCode(phone, "203.0.113.20")).rejects.toMatchObject({ code: "VENDOR_UNAVAILABLE" });
    await expect(one.askForCode(phone, "203.0.113.20")).resolves.toBeDefined();
    await one.login(phone, one.inbox.sentTo(phone)[0] as string);
    await expect(one.askForCode(somePhone(), "203.0.113.20")).rejects.toMatchObject({ code: "RATE_LIMITED" });
    await one.close();
  });

  test("that may have sent the message leaves the wait in place, so that a slow gateway cannot be used to flood a phone", async () => {
    const phone = somePhone();
    server.inbox.failure = new SmsFailure("no answer", false);
    await expect(server.askForCode(phone)).rejects.toMatchObject({ code: "VENDOR_UNAVAILABLE" });
    await expect(server.askForCode(phone)).rejects.toMatchObject({ code: "RATE_LIMITED" });
  });

  test("does not void the code that was sent before", async () => {
    const phone = somePhone();
    const code = await server.codeFor(phone);
    server.clock.advance(minuteMs);
    server.inbox.failure = new SmsFailure("refused", true);
    await expect(server.askForCode(phone)).rejects.toMatchObject({ code: "VENDOR_UNAVAILABLE" });
    await expect(server.login(phone, code)).resolves.toBeDefined();
  });
});
