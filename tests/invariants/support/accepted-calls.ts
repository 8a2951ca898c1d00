import { feeEndKey } from "../../../src/modules/wallet/index.js";
import { type KeyedReversal, type PayableWork, promptPrice, remixFee } from "./paying-people.js";
import type { Step } from "./payment-histories.js";

/** A call of a history, with its answer: null if it was refused. */
export interface AnsweredCall {
  step: Step;
  answer: unknown;
}

interface World {
  works: readonly PayableWork[];
  users: readonly string[];
  /** Of the tasks in a history's steps. */
  tasks: readonly string[];
  /** Suspended before the first call and after the last. */
  banned: ReadonlySet<number>;
  /** Free credits at the beginning. */
  credits: number;
}

/** Coins are whole units of 1/10000, pending and free ones together. */
export interface ExpectedWallet {
  free: number;
  held: number;
  units: number;
}

/**
 * The wallets that follow from the accepted calls of a history, in which order they may have come. Every payment is
 * divided, and taken back, by plain arithmetic.
 */
export function walletsAfter(calls: readonly AnsweredCall[], world: World): ExpectedWallet[] {
  const wallets = world.users.map((): ExpectedWallet => ({ free: world.credits, held: 0, units: 0 }));
  const walletOf = (n: number) => wallets[n] as ExpectedWallet;
  const accepted = calls.filter(({ answer }) => answer !== null);
  const pay = (by: number, credits: number, shares: [number, number][]) => {
    walletOf(by).free -= credits;
    for (const [user, units] of shares) walletOf(user).units += units;
  };
  const authorOf = (work: number) => world.works[work]?.levels[0] as number;

  const tipKeys = new Set<string>();
  for (const { step, answer } of accepted) {
    if (step.do === "tip" && !tipKeys.has(`${step.user} ${step.key}`)) {
      tipKeys.add(`${step.user} ${step.key}`); // Further answers under this key are the first one again.
      pay(step.user, step.credits, [[authorOf(step.work), step.credits * 450]]);
    }
    if (step.do === "unlock" && (answer as { costCredits: number }).costCredits > 0)
      pay(step.user, promptPrice, [[authorOf(step.work), promptPrice * 450]]);
  }

  const sharesByKey = new Map<string, Map<number, number>>();
  for (const { step: hold } of accepted) {
    if (hold.do !== "hold") continue;
    const ends = accepted.filter(
      ({ step }) => (step.do === "settle" || step.do === "refund") && step.task === hold.task,
    );
    const isRefunded = ends.some(({ answer }) => (answer as { applied?: boolean }).applied);
    const isSettled = !isRefunded && ends.some(({ step }) => step.do === "settle");
    const receivers = (world.works[hold.work]?.levels ?? []).filter(
      (user) => user !== hold.user && !world.banned.has(user),
    );
    if (!isRefunded && !isSettled) {
      walletOf(hold.user).held += remixFee;
      walletOf(hold.user).free -= remixFee;
    } else if (isSettled && receivers.length > 0) {
      const parts = [[], [900], [630, 270], [630, 189, 81]][receivers.length] as number[];
      const shares = receivers.map((user, place): [number, number] => [user, parts[place] as number]);
      sharesByKey.set(feeEndKey(world.tasks[hold.task] as string), new Map(shares));
      pay(hold.user, remixFee, shares);
    }
  }

  for (const { step, answer } of accepted) {
    const reversal = answer as KeyedReversal;
    if (step.do !== "reverse" || !reversal.isNew) continue;
    walletOf(world.users.indexOf(reversal.payerId)).free += reversal.credits;
    for (const id of reversal.creatorIds) {
      const creator = world.users.indexOf(id);
      walletOf(creator).units -= sharesByKey.get(reversal.key)?.get(creator) ?? reversal.credits * 450;
    }
  }
  return wallets;
}
