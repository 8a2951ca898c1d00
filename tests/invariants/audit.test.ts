import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { auditChecks } from "../../src/app/audit.js";
import { CancelTaskDocument, DownloadNoWatermarkDocument } from "../../src/generated/operations.js";
import { countLedger } from "../../src/modules/wallet/ledger/index.js";
import { findBreaches } from "../../src/platform/db/checks.js";
import type { Tx } from "../../src/platform/db/index.js";
import { migrateDatabase } from "../../src/platform/db/migrations.js";
import { breachesOf } from "../support/audit.js";
import { callCommand } from "../support/command.js";
import { freshDatabase } from "../support/database.js";
import { longHistory } from "../support/long-history.js";
import { databaseBefore } from "../support/old-database.js";
import { type Product, startProduct } from "../support/product.js";
import { create, ended } from "../support/tasks.js";
import { until } from "../support/until.js";
import { createFullHistory, type History } from "./support/audited-history.js";
import { corruptions } from "./support/corruptions.js";

let product: Product;
let history: History;
beforeAll(async () => {
  product = await startProduct();
  history = await createFullHistory(product);
  await until("the totals", async () => Object.keys(await countLedger(product.app.db)).length > 5);
});
afterAll(() => product.close());

const checks = auditChecks({ taskTimeoutMs: 2_700_000 });

/** The lines of these checks of the audit in a transaction that does this and is then rolled back. */
async function linesAfter(statements: readonly string[], checked = checks): Promise<string[]> {
  const lines: string[] = [];
  const broken = async (tx: Tx) => {
    await tx.execute(sql`set local session_replication_role = replica`);
    for (const statement of statements) await tx.execute(statement);
    for await (const { invariant, detail } of findBreaches(tx, checked))
      lines.push(`${invariant}: ${detail}`);
    throw new RolledBack();
  };
  await product.app.db.transaction(broken).catch((error: unknown) => {
    if (!(error instanceof RolledBack)) throw error;
  });
  return lines;
}

class RolledBack extends Error {}

/** Runs the command while the server runs. */
async function skyriffAudit(): Promise<{ code: number; output: string }> {
  const settings = { DATABASE_URL: product.testDb.url, DATA_DIR: product.dataDir };
  const { code, stdout, stderr } = await callCommand(settings, "audit");
  return { code, output: stdout + stderr };
}

test("a database with every kind of history has no breach, while the server runs", async () => {
  expect(await linesAfter([])).toEqual([]);
  expect(await skyriffAudit()).toEqual({ code: 0, output: "Every invariant holds.\n" });
});

test("the audit finds no breach while users create tasks, cancel, download and sign up", async () => {
  let isBusy = true;
  const life = async () => {
    while (isBusy) {
      const user = await product.user();
      const id = await create(user, { prompt: "a cat [fault:503]", idempotencyKey: "one" });
      const made = await create(user);
      await user.execute(CancelTaskDocument, { input: { taskId: id } });
      const { video } = await ended(user, made);
      await user.request(DownloadNoWatermarkDocument, {
        input: { videoId: video!.id, idempotencyKey: "two" },
      });
      await countLedger(product.app.db);
    }
  };
  const lives = Promise.all([life(), life(), life()]);
  const found = new Set<string>();
  for (let n = 0; n < 15; n++) {
    for (const { invariant, detail } of await breachesOf(product.app.db))
      found.add(`${invariant}: ${detail}`);
  }
  isBusy = false;
  await lives;
  expect([...found]).toEqual([]);
});

describe("each corruption is reported in one line with the id of its user, task or video", () => {
  test.each(corruptions)("$name", async ({ damage, line, about }) => {
    const lines = await linesAfter(
      damage(history),
      checks.filter(({ invariant }) => invariant === line),
    );
    const ids = [about].flat().map((name) => history[name]);
    expect(lines).toEqual(expect.arrayContaining([expect.stringMatching(new RegExp(ids.join(".*")))]));
  });

  test("each check of the audit finds at least one corruption", async () => {
    const known = new Set(corruptions.map(({ line }) => line));
    expect(checks.map(({ invariant }) => invariant).filter((invariant) => !known.has(invariant))).toEqual([]);
  });
});

test("the command prints a line for each breach and exits with 1", async () => {
  const { db } = product.app;
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

  test("with a corruption of every user has a line for each of them", async () => {
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
