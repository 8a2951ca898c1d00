import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { crashPoints } from "../../src/app/crash-points.js";
import type { SandboxVendor } from "../../src/vendors/sandbox/index.js";
import { readTags } from "../platform/ai-labels/sample-mp4.js";
import { startSandbox } from "../support/product.js";
import { ServerProcess } from "../support/server-process.js";
import { credits, ended, type FullTask } from "../support/tasks.js";
import { CrashRun } from "./support/crash-run.js";
import { type Scenario, scenarios } from "./support/crash-scenarios.js";

let sandbox: SandboxVendor;
beforeAll(async () => {
  sandbox = await startSandbox();
});
afterAll(async () => {
  await ServerProcess.killAll();
  await sandbox.close();
});

describe("after a kill at any crash point a restarted server ends the task correctly, and the vendor gets it once", {
  concurrent: true,
}, () => {
  test.each(crashPoints)("%s", { timeout: 900_000 }, async (point) => {
    const scenario = scenarios[point];
    const run = await CrashRun.open(sandbox, `crash at ${point} ${scenario.faults ?? ""}`.trim());
    try {
      await run.start(point, scenario);
      await (scenario.act?.(run) ?? run.createTask()).catch(() => {});
      expect((await run.server.ended()).signal, "the server died at the point").toBe("SIGKILL");
      expect(await run.audit(), "right after the kill").toEqual([]);

      await run.startSuccessor(scenario);
      const task = scenario.ends && (await awaitTask(run, scenario));
      await scenario.afterwards?.(run, task as FullTask);
      const free = scenario.free ?? (scenario.ends === "SUCCESS" ? 90 : 100);
      expect(await credits(run.client)).toEqual({ free, held: 0 });
      expect(await run.audit(), "at the end").toEqual([]);
    } finally {
      await run.close();
    }
  });
});

/** The client may have lost the response, so it retries under the same key, which creates nothing new. */
async function awaitTask(run: CrashRun, { ends, faults, ...expected }: Scenario): Promise<FullTask> {
  const task = await ended(run.client, await run.createTask());
  expect(task).toMatchObject({ status: ends, refunded: ends !== "SUCCESS" });
  const entries = task.entries.map(({ type }) => type);
  expect(entries, "its holds are resolved once").toEqual(
    expected.entries ?? (ends === "SUCCESS" ? ["GEN_HOLD"] : ["GEN_HOLD", "GEN_REFUND"]),
  );
  const seen = sandbox.control.tasks().filter(({ prompt }) => prompt.endsWith(run.prompt));
  const rejections = faults?.includes("503") ? 1 : 0;
  const total = (pick: "timesSeen" | "timesTaken") => seen.reduce((sum, order) => sum + order[pick], 0);
  expect(total("timesTaken")).toBeLessThanOrEqual(1);
  expect(total("timesSeen") - rejections, "the vendor got it at most once").toBeLessThanOrEqual(1);
  if (task.video) expect(await readLabel(task.video.previewUrl), "its label").toContain(task.video.id);
  return task;
}

async function readLabel(url: string): Promise<unknown> {
  const file = await (await fetch(url)).arrayBuffer();
  return (await readTags(Buffer.from(file))).AIGC;
}
