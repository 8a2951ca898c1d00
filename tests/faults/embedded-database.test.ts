import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "drizzle-orm";
import { fromDrizzle, PgBoss } from "pg-boss";
import { afterEach, expect, test } from "vitest";
import { connectDatabase } from "../../src/platform/db/index.js";
import { findEmbeddedPostgresUrl } from "../../src/platform/embedded-postgres/connection.js";
import { runCommand } from "../support/command.js";
import { fixedCode, smallFilms } from "../support/product.js";
import { ServerProcess } from "../support/server-process.js";
import { create, credits, ended } from "../support/tasks.js";
import { until } from "../support/until.js";

const dirs: string[] = [];
afterEach(async () => {
  await ServerProcess.killAll();
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true });
});

function settingsFor(): Record<string, string> {
  const dir = mkdtempSync(join(tmpdir(), "skyriff-embedded-"));
  dirs.push(dir);
  return {
    DATA_DIR: dir,
    SMS_FIXED_CODE: fixedCode,
    SANDBOX_DURATION_MS: "1500",
    MODEL_CATALOG: smallFilms(dir),
    RATE_LIMIT_PER_MINUTE: "1000000",
  };
}

test("after kill -9 a restarted server takes over the embedded database and finishes the task", async () => {
  const settings = settingsFor();
  const first = await ServerProcess.start(settings);
  const before = first.client();
  await before.logIn("+8613800138000", fixedCode);
  const id = await create(before, { prompt: "interrupted" });
  await first.kill("SIGKILL");

  const second = await ServerProcess.start(settings);
  const client = second.client();
  client.token = before.token;
  const task = await ended(client, id);
  expect([
    ["SUCCESS", 90],
    ["FAILURE", 100],
  ]).toContainEqual([task.status, (await credits(client)).free]);
  expect((await runCommand(settings, "audit")).stdout).toContain("Every invariant holds");
  expect(await second.kill("SIGTERM")).toEqual({ code: 0, signal: null });
});

test("grant, audit and jobs work beside a running server and without one; a second server refuses", async () => {
  const settings = settingsFor();
  const server = await ServerProcess.start(settings);
  const client = server.client();
  await client.logIn("+8613800138000", fixedCode);
  const grant = [
    "grant",
    "--phone",
    "+8613800138000",
    "--credits",
    "50",
    "--reason",
    "thanks",
    "--key",
    "k1",
  ];
  expect((await runCommand(settings, ...grant)).stdout).toContain("150 credits free");
  expect((await runCommand(settings, ...grant)).stdout).toContain("150 credits free");
  expect(await credits(client)).toEqual({ free: 150, held: 0 });

  const second = await runCommand({ ...settings, PORT: "0" }, "serve");
  expect(second).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("Another SkyRiff server is running"),
  });

  await poison(settings, "first");
  const listed = await until("the dead letter", async () => {
    const { stdout } = await runCommand(settings, "jobs", "list", "--json");
    return stdout && JSON.parse(stdout);
  });
  expect(listed).toMatchObject({ queue: "check-task", payload: { taskId: "first" }, runs: 1 });
  expect(listed.error).toContain("Invalid UUID");
  expect((await runCommand(settings, "jobs", "retry", listed.id)).stdout).toBe("1 job was put back.\n");
  expect((await runCommand(settings, "jobs")).stdout).toBe("There are no dead letters.\n");
  await poison(settings, "second");
  await until("the second", async () => (await runCommand(settings, "jobs")).stdout.includes('"second"'));
  expect((await runCommand(settings, "jobs", "drop", "--all")).stdout).toBe("1 job was dropped.\n");

  await server.kill("SIGTERM");
  expect((await runCommand(settings, "jobs")).stdout).toBe("There are no dead letters.\n");
  expect((await runCommand(settings, "audit")).stdout).toContain("Every invariant holds");
});

/** A job that no worker can run, and that may be run once. */
async function poison({ DATA_DIR }: { DATA_DIR?: string }, taskId: string): Promise<void> {
  const database = connectDatabase({
    url: (await findEmbeddedPostgresUrl(DATA_DIR as string)) as string,
    poolSize: 1,
    applicationName: "tests",
  });
  const boss = new PgBoss({ db: fromDrizzle(database.db, sql), supervise: false, schedule: false });
  await boss.insert("check-task", [{ data: { taskId }, retryLimit: 0 }]);
  await database.close();
}

test("all settings that production lacks are named in one error, before the server listens", async () => {
  const rejected = await runCommand({ NODE_ENV: "production" }, "serve");
  expect(rejected).toMatchObject({ code: 1 });
  for (const name of [
    "DATABASE_URL",
    "AUTH_SECRET",
    "PUBLIC_URL",
    "DYUAPI_API_KEY",
    "SMS_CONSOLE_IN_PRODUCTION",
  ]) {
    expect(rejected.stderr).toContain(name);
  }
  const malformed = await runCommand({ PORT: "many", AUTH_SECRET: "short" }, "serve");
  expect(malformed.stderr).toMatch(/PORT[\s\S]*AUTH_SECRET/);
});
