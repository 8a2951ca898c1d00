import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DownloadNoWatermarkDocument } from "../../src/generated/operations.js";
import { auditTasks } from "../../src/modules/tasks/index.js";
import { auditLedger } from "../../src/modules/wallet/index.js";
import { type CrashPoint, crashPoints } from "../../src/platform/crash-points.js";
import { findFfmpeg } from "../../src/platform/find-ffmpeg.js";
import { type SandboxVendor, startSandboxVendor } from "../../src/vendors/sandbox/index.js";
import type { Client } from "../support/client.js";
import { freshDatabase } from "../support/database.js";
import { fixedCode, smallFilms } from "../support/product.js";
import { ServerProcess } from "../support/server-process.js";
import { create, credits, ended } from "../support/tasks.js";

let sandbox: SandboxVendor;
beforeAll(async () => {
  const ffmpegPath = await findFfmpeg({ setting: undefined, searchPath: process.env.PATH });
  sandbox = await startSandboxVendor({ port: 0, durationMs: 500, ffmpegPath, oneFilmForAll: true });
});
afterAll(async () => {
  await ServerProcess.killAll();
  await sandbox.close();
});

/** Where dying leaves nobody sure whether the vendor took the order: the task must fail, refunded. */
const unknownOutcome: CrashPoint[] = ["submit-task.attempt-written", "submit-task.vendor-answered"];
const needsRefusal: CrashPoint[] = ["refund-task.committed"];

async function atHome(
  run: (settings: Record<string, string>, auditNow: () => Promise<unknown[]>) => Promise<void>,
) {
  const testDb = await freshDatabase();
  const dataDir = mkdtempSync(join(tmpdir(), "skyriff-crash-"));
  const settings = {
    DATABASE_URL: testDb.url,
    DATA_DIR: dataDir,
    SMS_FIXED_CODE: fixedCode,
    VENDOR: "dyuapi",
    DYUAPI_BASE_URL: sandbox.url,
    DYUAPI_API_KEY: "any",
    MODEL_CATALOG: smallFilms(dataDir),
    VENDOR_POLL_INTERVAL_MS: "100",
    RATE_LIMIT_PER_MINUTE: "1000000",
  };
  const { db } = testDb.database;
  try {
    await run(settings, async () => [...(await auditLedger(db)), ...(await auditTasks(db))]);
  } finally {
    await testDb.drop();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

/** Creates a task on a server that dies at the point; some points are reached after the answer only. */
async function createAndDie(server: ServerProcess, phone: string, prompt: string): Promise<Client> {
  const client = server.client();
  await client.logIn(phone, fixedCode);
  await create(client, { prompt, idempotencyKey: "the-one" }).catch(() => {});
  return client;
}

describe("killed at any point of a task's life and started again, the task ends right", {
  concurrent: true,
}, () => {
  const points = crashPoints.filter((point) => point.startsWith("download.") === false);
  test.each(points)("%s", { timeout: 180_000 }, async (point) => {
    await atHome(async (settings, auditNow) => {
      const prompt = `crash at ${point} ${needsRefusal.includes(point) ? "[fault:reject]" : ""}`.trim();
      const phone = "+8613800138000";
      const first = await ServerProcess.start({ ...settings, CRASH_AT: point });
      const before = await createAndDie(first, phone, prompt);
      expect((await first.ended()).signal).toBe("SIGKILL");
      expect(await auditNow()).toEqual([]);

      const second = await ServerProcess.start(settings);
      const client = second.client();
      client.token = before.token;
      // The client never heard the answer, perhaps: asking again under its key creates nothing new.
      const task = await ended(client, await create(client, { prompt, idempotencyKey: "the-one" }), 120_000);
      const fails = unknownOutcome.includes(point) || needsRefusal.includes(point);
      expect(task).toMatchObject({ status: fails ? "FAILURE" : "SUCCESS", refunded: fails });
      expect(await credits(client)).toEqual({ free: fails ? 100 : 90, held: 0 });
      const taken = sandbox.control.tasks().filter((submission) => submission.prompt === prompt);
      expect(taken.reduce((sum, submission) => sum + submission.timesSeen, 0)).toBeLessThanOrEqual(1);
      expect(await auditNow()).toEqual([]);
      expect(await second.kill("SIGTERM")).toEqual({ code: 0, signal: null });
    });
  });

  test("download.charged: asked again under its key, the buyer gets the link and pays once", {
    timeout: 180_000,
  }, async () => {
    await atHome(async (settings, auditNow) => {
      const first = await ServerProcess.start({ ...settings, CRASH_AT: "download.charged" });
      const before = await createAndDie(first, "+8613800138000", "to be sold");
      const task = await ended(
        before,
        await create(before, { prompt: "to be sold", idempotencyKey: "the-one" }),
      );
      const input = { videoId: task.video!.id, idempotencyKey: "buy" };
      await expect(before.get(DownloadNoWatermarkDocument, { input })).rejects.toThrow();
      expect((await first.ended()).signal).toBe("SIGKILL");

      const second = await ServerProcess.start(settings);
      const client = second.client();
      client.token = before.token;
      const { downloadNoWatermark } = await client.get(DownloadNoWatermarkDocument, { input });
      expect((await fetch(downloadNoWatermark.downloadUrl)).status).toBe(200);
      expect(await credits(client)).toEqual({ free: 84, held: 0 });
      expect(await auditNow()).toEqual([]);
      await second.kill("SIGTERM");
    });
  });
});
