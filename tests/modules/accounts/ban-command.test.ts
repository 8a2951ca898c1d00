import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  LoginDocument,
  MeDocument,
  RefreshSessionDocument,
  RequestLoginCodeDocument,
  TaskStatusDocument,
} from "../../../src/generated/operations.js";
import { relationsChanged } from "../../../src/modules/social/index.js";
import { uuidFromPublicId } from "../../../src/platform/ids/ids.js";
import type { Client } from "../../support/client.js";
import { callCommand } from "../../support/command.js";
import { fixedCode, type Product, startProduct } from "../../support/product.js";
import { audit, create, ended } from "../../support/tasks.js";
import { until } from "../../support/until.js";

let product: Product;
beforeAll(async () => {
  product = await startProduct();
});
afterAll(() => product.close());

const skyriff = (...args: string[]) =>
  callCommand({ DATABASE_URL: product.testDb.url, DATA_DIR: product.dataDir }, ...args);

const phone = "+8613700000001";

async function logInAgain(client: Client): Promise<string | undefined> {
  await product.app.db.execute(sql`update login_codes set created_at = created_at - interval '2 minutes'`);
  await client.request(RequestLoginCodeDocument, { input: { phone } });
  const { data, errors } = await client.execute(LoginDocument, { input: { phone, code: fixedCode } });
  client.token = data?.login.accessToken ?? null;
  return errors?.[0]?.extensions.code;
}

test("a banned user is logged out at once on a server that only receives the event, and their task ends normally", async () => {
  const ana = product.client();
  await ana.logIn(phone, fixedCode);
  // The command takes seconds to start, and the task must still run when the ban happens.
  const taskId = await create(ana, { prompt: "a cat [fault:success-late:8000]" });
  const told = ana.subscribe(TaskStatusDocument, { taskId });
  await told.next();
  const closed = (async () => {
    for await (const _ of told);
  })();
  closed.catch(() => {});
  const announced: string[] = [];
  product.app.bus.subscribe(relationsChanged, ({ userIds }) => announced.push(...userIds));
  const banned = await skyriff("ban", "--phone", phone, "--reason", "stolen cards");
  expect(banned).toMatchObject({ code: 0, stdout: `Banned. ${ana.userId} is out; sessions ended: 1.\n` });
  await expect(closed).rejects.toMatchObject({ code: 4403, reason: "Session ended" });
  expect(await ana.errorCode(MeDocument)).toBe("UNAUTHENTICATED");
  const refreshToken = ana.refreshToken as string;
  expect(await ana.errorCode(RefreshSessionDocument, { input: { refreshToken } })).toBe("UNAUTHENTICATED");
  expect(await logInAgain(ana)).toBe("FORBIDDEN");

  expect(await skyriff("unban", "--user", ana.userId)).toMatchObject({
    code: 0,
    stdout: `Unbanned. ${ana.userId} may log in again.\n`,
  });
  // The ban and its end, so that open subscriptions check again what they may show.
  await until("both announcements", () => announced.length >= 2);
  expect(announced).toEqual(Array(2).fill(uuidFromPublicId("user", ana.userId)));
  expect(await logInAgain(ana)).toBeUndefined();
  expect(await ended(ana, taskId)).toMatchObject({ status: "SUCCESS", refunded: false });
  expect(await audit(product)).toEqual([]);
});

test("a ban of an unknown user, or without a user, prints a message and exits with 1", async () => {
  const unknown = await skyriff("ban", "--phone", "+8613799999999", "--reason", "x");
  expect(unknown).toMatchObject({ code: 1, stderr: "There is no such user.\n" });
  const withoutUser = await skyriff("ban", "--reason", "x");
  expect(withoutUser).toMatchObject({ code: 1, stderr: expect.stringContaining("Say who") });
});
