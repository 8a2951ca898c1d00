import { expect } from "vitest";
import type { CrashPoint } from "../../../src/app/crash-points.js";
import {
  IncomesDocument,
  StatementDocument,
  TipWorkDocument,
  UnlockPromptDocument,
  WorkDocument,
} from "../../../src/generated/operations.js";
import type { Client } from "../../support/client.js";
import { until } from "../../support/until.js";
import type { CrashRun } from "./crash-run.js";
import type { Scenario } from "./crash-scenarios.js";

const tip = (run: CrashRun) => {
  const input = { workId: run.workId, credits: 10, idempotencyKey: "the-one" };
  return run.client.request(TipWorkDocument, { input });
};
const unlock = (run: CrashRun) => {
  const input = { workId: run.workId, idempotencyKey: "the-one" };
  return run.client.request(UnlockPromptDocument, { input });
};
const coinsOfAuthor = async (run: CrashRun) => {
  const { wallet } = await (run.author as Client).request(IncomesDocument, {});
  return wallet.incomes.nodes.map(({ state, coins }) => `${state} ${coins}`);
};
const removal = (run: CrashRun) => ["works", "remove", "--work", run.workId, "--reason", "stolen"];
const reversal = async (run: CrashRun) => {
  const { wallet } = await run.client.request(StatementDocument, { first: 10 });
  const entry = wallet.entries.nodes.find(({ type }) => type === "TIP_SPEND");
  return ["reverse", "--tip", entry?.id as string, "--reason", "a stolen card"];
};

/** Payments for the work of another user, and what operators undo. */
export const paymentScenarios = {
  // The call that lost its answer is repeated under its key, and nothing more is charged.
  "tip-work.committed": {
    act: async (run) => {
      await run.publishByAuthor();
      await tip(run);
    },
    ends: null,
    free: 90,
    afterwards: async (run) => {
      expect((await tip(run)).tipWork).toMatchObject({ costCredits: 10, work: { tipCount: 1 } });
      expect(await coinsOfAuthor(run)).toEqual(["PENDING 0.4500"]);
    },
  },
  "unlock-prompt.committed": {
    act: async (run) => {
      await run.publishByAuthor({ promptPriceCredits: 5 });
      await unlock(run);
    },
    ends: null,
    free: 95,
    afterwards: async (run) => {
      const { unlockPrompt } = await unlock(run);
      expect(unlockPrompt).toMatchObject({ costCredits: 5, prompt: { state: "UNLOCKED", text: "a cat" } });
      expect(await coinsOfAuthor(run)).toEqual(["PENDING 0.2250"]);
    },
  },
  "reverse-payment.committed": {
    act: async (run) => {
      await run.publishByAuthor();
      await tip(run);
      await run.dieInCommand(...(await reversal(run)));
    },
    ends: null,
    free: 100,
    afterwards: async (run) => {
      expect(await run.command(...(await reversal(run)))).toMatchObject({
        ...{ code: 0, stdout: expect.stringContaining("Reversed already") },
      });
      expect(await coinsOfAuthor(run)).toEqual(["REVERSED 0.4500"]);
    },
  },
  // The job deletes the files that the command could no longer delete.
  "remove-work.committed": {
    act: async (run) => {
      await run.publishByAuthor();
      await run.dieInCommand(...removal(run));
    },
    ends: null,
    afterwards: async (run) => {
      await until("the deletion of the public files", () => run.files("public").length === 0);
      expect((await run.client.request(WorkDocument, { id: run.workId })).work).toBeNull();
      expect((await run.command(...removal(run))).stdout).toContain("is removed already");
    },
  },
} satisfies Partial<Record<CrashPoint, Scenario>>;
