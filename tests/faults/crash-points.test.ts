import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { crashPoints } from "../../src/platform/base/fault-injection.js";
import type { SandboxVendor } from "../../src/vendors/sandbox/index.js";
import { startSandbox } from "../support/product.js";
import { ServerProcess } from "../support/server-process.js";
import { credits, ended, type FullTask } from "../support/tasks.js";
import { type Scenario, scenarios } from "./support/crash-scenarios.js";
import { CrashStage } from "./support/crash-stage.js";

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
    const stage = await CrashStage.open(sandbox, `crash at ${point} ${scenario.faults ?? ""}`.trim());
    try {
      await stage.start(point, scenario);
      await (scenario.act?.(stage) ?? stage.order()).catch(() => {});
      expect((await stage.server.ended()).signal, "it died there").toBe("SIGKILL");
      expect(await stage.audit(), "at the moment of its death").toEqual([]);

      await stage.startSuccessor(scenario);
      const task = scenario.ends && (await endOfTask(stage, scenario));
      await scenario.afterwards?.(stage, task as FullTask);
      const free = scenario.free ?? (scenario.ends === "SUCCESS" ? 90 : 100);
      expect(await credits(stage.client)).toEqual({ free, held: 0 });
      expect(await stage.audit(), "at the end").toEqual([]);
    } finally {
      await stage.close();
    }
  });
});

/** The client never heard the answer, perhaps: asking again under its key makes nothing new. */
async function endOfTask(stage: CrashStage, { ends, faults }: Scenario): Promise<FullTask> {
  const task = await ended(stage.client, await stage.order(), 200_000);
  expect(task).toMatchObject({ status: ends, refunded: ends !== "SUCCESS" });
  const entries = task.entries.map(({ type }) => type);
  expect(entries, "its hold is resolved once").toEqual(
    ends === "SUCCESS" ? ["GEN_HOLD"] : ["GEN_HOLD", "GEN_REFUND"],
  );
  const seen = sandbox.control.tasks().filter(({ prompt }) => prompt === stage.prompt);
  const refusals = faults?.includes("503") ? 1 : 0;
  const total = (pick: "timesSeen" | "timesTaken") => seen.reduce((sum, order) => sum + order[pick], 0);
  expect(total("timesTaken")).toBeLessThanOrEqual(1);
  expect(total("timesSeen") - refusals, "the vendor saw it at most once").toBeLessThanOrEqual(1);
  return task;
}
