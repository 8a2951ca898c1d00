import { execFile } from "node:child_process";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { auditChecks } from "../../src/app/audit.js";
import { CancelTaskDocument, DownloadNoWatermarkDocument } from "../../src/generated/operations.js";
import { countLedger } from "../../src/modules/wallet/ledger-totals.js";
import { findBreaches } from "../../src/platform/db/checks.js";
import type { Tx } from "../../src/platform/db/index.js";
import { migrateDatabase } from "../../src/platform/db/migrations.js";
import { breachesOf } from "../support/audit.js";
import { freshDatabase } from "../support/database.js";
import { longHistory } from "../support/long-history.js";
import { databaseBefore } from "../support/old-database.js";
import { type Product, startProduct } from "../support/product.js";
import { create, ended } from "../support/tasks.js";
import { until } from "../support/until.js";
import { type History, liveThroughEverything } from "./support/audited-history.js";
import { corruptions } from "./support/corruptions.js";

let product: Product;
let history: History;
beforeAll(async () => {
  product = await startProduct();
  history = await liveThroughEverything(product);
  await until("the totals", async () => Object.keys(await countLedger(product.core.db)).length > 5);
});
afterAll(() => product.close());

/** What the audit prints in a transaction that does this and is then rolled back. */
async function linesAfter(statements: readonly string[]): Promise<string[]> {
  const lines: string[] = [];
  const broken = async (tx: Tx) => {
    await tx.execute(sql`set local session_replication_role = replica`);
    for (const statement of statements) await tx.execute(statement);
    for await (const { invariant, detail } of findBreaches(tx, auditChecks({ taskTimeoutMs: 2_700_000 })))
      lines.push(`${invariant}: ${detail}`);
    throw new RolledBack();
  };
  await product.core.db.transaction(broken).catch((error: unknown) => {
    if (!(error instanceof RolledBack)) throw error;
  });
  return lines;
}

class RolledBack extends Error {}

/** Runs the real command in a process of its own, beside the running server. */
function skyriffAudit(): Promise<{ code: number; output: string }> {
  const { dataDir, testDb } = product;
  const env = { PATH: process.env.PATH ?? "", DATABASE_URL: testDb.url, DATA_DIR: dataDir };
  return new Promise((done) => {
    execFile(process.execPath, ["src/cli/bin.mjs", "audit"], { env }, (error, stdout, stderr) =>
      done({ code: error ? Number(error.code) : 0, output: stdout + stderr }),
    );
  });
}

test("a database in which everything has happened has no breach, beside the running server", async () => {
  expect(await linesAfter([])).toEqual([]);
  expect(await skyriffAudit()).toEqual({ code: 0, output: "Every invariant holds.\n" });
});

test("there is no breach to be seen while users order, cancel, download and sign up", async () => {
  let isBusy = true;
  const life = async () => {
    while (isBusy) {
      const user = await product.user();
      const id = await create(user, { prompt: "a cat [fault:503]", idempotencyKey: "one" });
      const made = await create(user);
      await user.ask(CancelTaskDocument, { input: { taskId: id } });
      const { video } = await ended(user, made);
      await user.get(DownloadNoWatermarkDocument, { input: { videoId: video!.id, idempotencyKey: "two" } });
      await countLedger(product.core.db);
    }
  };
  const lives = Promise.all([life(), life(), life()]);
  const found = new Set<string>();
  for (let n = 0; n < 15; n++) {
    for (const { invariant, detail } of await breachesOf(product.core.db))
      found.add(`${invariant}: ${detail}`);
  }
  isBusy = false;
  await lives;
  expect([...found]).toEqual([]);
});

describe("each corruption has its line, with the id of the user, task or video that it is about", () => {
  test.each(corruptions)("$name", async ({ damage, line, about }) => {
    const lines = await linesAfter(damage(history));
    const ids = [about].flat().map((name) => history[name]);
    expect(lines.filter((text) => text.startsWith(`${line}:`))).toEqual(
      expect.arrayContaining([expect.stringMatching(new RegExp(ids.join(".*")))]),
    );
  });

  test("each check of the audit finds one of them", async () => {
    const known = new Set(corruptions.map(({ line }) => line));
    const checks = auditChecks({ taskTimeoutMs: 2_700_000 });
    expect(checks.map(({ invariant }) => invariant).filter((invariant) => !known.has(invariant))).toEqual([]);
  });
});

test("the command prints a line for each breach and exits with 1", async () => {
  const { db } = product.core;
  await db.execute(sql`update wallets set credits_free = credits_free + 1 where user_id = ${history.ana}`);
  const { code, output } = await skyriffAudit();
  await db.execute(sql`update wallets set credits_free = credits_free - 1 where user_id = ${history.ana}`);
  expect(code).toBe(1);
  expect(output.split("\n")).toEqual([
    expect.stringMatching(
      `^BREACH every stored balance equals the sum of its transfers: user ${history.ana}: `,
    ),
    expect.stringMatching(/^BREACH for each asset all accounts sum to zero: CREDIT: /),
    "2 breaches.",
    "",
  ]);
});

describe("a long history", () => {
  test.each(["hold_limits", "lean_ledger_checks", "wallet_bounds"])(
    "from before the migration %s has no breach after it",
    async (migration) => {
      const old = await databaseBefore(migration);
      try {
        await longHistory(old.database.db, { users: 20, tasksOfEach: 9 });
        await migrateDatabase(old.url);
        expect(await breachesOf(old.database.db)).toEqual([]);
      } finally {
        await old.drop();
      }
    },
  );

  test("of which every user is broken has a line for each, however many there are", async () => {
    const testDb = await freshDatabase();
    try {
      const { db } = testDb.database;
      await longHistory(db, { users: 1_100, tasksOfEach: 2 });
      await db.execute(sql`update wallets set holds_open = 1`);
      const found = await breachesOf(db);
      expect(new Set(found.map(({ invariant }) => invariant)).size).toBe(1);
      expect(new Set(found.map(({ detail }) => detail)).size).toBe(1_100);
    } finally {
      await testDb.drop();
    }
  });
});
