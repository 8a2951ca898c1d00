import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { crashPoints } from "../../src/app/crash-points.js";
import type { SandboxVendor } from "../../src/vendors/sandbox/index.js";
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

describe("killed at any point and started again, everything ends right, and the vendor saw it once", {
  concurrent: true,
}, () => {
  test.each(crashPoints)("%s", { timeout: 300_000 }, async (point) => {
    const scenario = scenarios[point];
    const run = await CrashRun.open(sandbox, `crash at ${point} ${scenario.faults ?? ""}`.trim());
    try {
      await run.start(point, scenario);
      await (scenario.act?.(run) ?? run.order()).catch(() => {});
      expect((await run.server.ended()).signal, "it died there").toBe("SIGKILL");
      expect(await run.audit(), "at the moment of its death").toEqual([]);

      await run.startSuccessor(scenario);
      const task = scenario.ends && (await endOfTask(run, scenario));
      await scenario.afterwards?.(run, task as FullTask);
      const free = scenario.free ?? (scenario.ends === "SUCCESS" ? 90 : 100);
      expect(await credits(run.client)).toEqual({ free, held: 0 });
      expect(await run.audit(), "at the end").toEqual([]);
    } finally {
      await run.close();
    }
  });
});

/** The client never heard the answer, perhaps: asking again under its key makes nothing new. */
async function endOfTask(run: CrashRun, { ends, faults }: Scenario): Promise<FullTask> {
  const task = await ended(run.client, await run.order(), 200_000);
  expect(task).toMatchObject({ status: ends, refunded: ends !== "SUCCESS" });
  const entries = task.entries.map(({ type }) => type);
  expect(entries, "its hold is resolved once").toEqual(
    ends === "SUCCESS" ? ["GEN_HOLD"] : ["GEN_HOLD", "GEN_REFUND"],
  );
  const seen = sandbox.control.tasks().filter(({ prompt }) => prompt === run.prompt);
  const refusals = faults?.includes("503") ? 1 : 0;
  const total = (pick: "timesSeen" | "timesTaken") => seen.reduce((sum, order) => sum + order[pick], 0);
  expect(total("timesTaken")).toBeLessThanOrEqual(1);
  expect(total("timesSeen") - refusals, "the vendor saw it at most once").toBeLessThanOrEqual(1);
  return task;
}
