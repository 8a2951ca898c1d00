import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { freshDatabase, type TestDatabase } from "../support/database.js";
import { ServerProcess } from "../support/server-process.js";
import { until } from "../support/until.js";

let testDb: TestDatabase;
let dataDir: string;
beforeAll(async () => {
  testDb = await freshDatabase();
  dataDir = mkdtempSync(join(tmpdir(), "skyriff-rejections-"));
});
afterAll(async () => {
  await ServerProcess.killAll();
  await testDb.drop();
  rmSync(dataDir, { recursive: true, force: true });
});

test("an error of a list that graphql has passed over ends no server, and any other unhandled rejection does", async () => {
  const server = await ServerProcess.start({ DATABASE_URL: testDb.url, DATA_DIR: dataDir }, ["serve"], {
    preload: "./tests/faults/support/rejections-on-signals.mjs",
  });
  server.child.kill("SIGUSR2");
  await until("the log line", () => server.output.includes("a field failed whose answer was sent already"));
  expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
  server.child.kill("SIGWINCH");
  expect((await server.ended()).code).not.toBe(0);
  expect(server.output).toContain("a fault of ours");
});
