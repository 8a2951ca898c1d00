import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  LoginDocument,
  MeDocument,
  RefreshSessionDocument,
  RequestLoginCodeDocument,
  TaskStatusDocument,
} from "../../../src/generated/operations.js";
import type { Client } from "../../support/client.js";
import { fixedCode, type Product, startProduct } from "../../support/product.js";
import { audit, create, ended } from "../../support/tasks.js";

let product: Product;
beforeAll(async () => {
  product = await startProduct();
});
afterAll(() => product.close());

/** Runs the command in its own process, as an operator on another machine would. */
async function skyriff(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const env = { PATH: process.env.PATH, DATABASE_URL: product.testDb.url, DATA_DIR: product.dataDir };
  return promisify(execFile)(process.execPath, ["src/cli/bin.mjs", ...args], { env }).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error) => error,
  );
}

const phone = "+8613700000001";

async function logInAgain(client: Client): Promise<string | undefined> {
  await product.core.db.execute(sql`update login_codes set created_at = created_at - interval '2 minutes'`);
  await client.get(RequestLoginCodeDocument, { input: { phone } });
  const { data, errors } = await client.ask(LoginDocument, { input: { phone, code: fixedCode } });
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
  const banned = await skyriff("ban", "--phone", phone, "--reason", "stolen cards");
  expect(banned).toMatchObject({ code: 0, stdout: `Banned. ${phone} is out; sessions ended: 1.\n` });
  await expect(closed).rejects.toMatchObject({ code: 4403, reason: "Session ended" });
  expect(await ana.codeOf(MeDocument)).toBe("UNAUTHENTICATED");
  const refreshToken = ana.refreshToken as string;
  expect(await ana.codeOf(RefreshSessionDocument, { input: { refreshToken } })).toBe("UNAUTHENTICATED");
  expect(await logInAgain(ana)).toBe("FORBIDDEN");

  expect(await skyriff("unban", "--user", ana.userId)).toMatchObject({ code: 0 });
  expect(await logInAgain(ana)).toBeUndefined();
  expect(await ended(ana, taskId)).toMatchObject({ status: "SUCCESS", refunded: false });
  expect(await audit(product)).toEqual([]);
});

test("a ban of an unknown user, or without a user, prints a message and exits with 1", async () => {
  const nobody = await skyriff("ban", "--phone", "+8613799999999", "--reason", "x");
  expect(nobody).toMatchObject({ code: 1, stderr: "There is no user +8613799999999.\n" });
  const whom = await skyriff("ban", "--reason", "x");
  expect(whom).toMatchObject({ code: 1, stderr: expect.stringContaining("Say who") });
});
