import { BadUserInput, NotFound } from "../../../platform/base/common-errors.js";
import { utcDayOf } from "../../../platform/base/utc-day.js";
import { type Db, postgresCode } from "../../../platform/db/index.js";
import type { EventBus } from "../../../platform/events/event-bus.js";
import {
  claimKey,
  firstResultOf,
  inputHashOf,
  type KeyedCall,
  parseKey,
} from "../../../platform/idempotency/idempotency.js";
import { PriceChanged } from "../../tasks/index.js";
import {
  type Balances,
  balancesOf,
  coinText,
  creatorUnitsPerCredit,
  creditsMax,
  explainRefusal,
  newPaymentIds,
  noLimits,
  tippedCreditsOf,
  Wallet,
  walletChanged,
} from "../../wallet/index.js";
import type { WorkReader } from "../reads/work-reader.js";
import { promptOf } from "../work-prompt.js";
import { crashPoint } from "../works.crash-points.js";
import { PromptState, type Work } from "../works.graphql.js";
import { workPrefix } from "../works.ids.js";
import { assertAccountAge } from "./payers.js";
import { TooManyTips } from "./payments.errors.js";
import type { TipWorkPayload, UnlockPromptPayload } from "./payments.graphql.js";
import type { TipWorkInput, UnlockPromptInput } from "./payments.inputs.graphql.js";
import { insertTip, insertUnlock } from "./payments.repository.js";

export const tipSteps: readonly number[] = [10, 20, 50, 100];

export interface PaymentLimits {
  tipCreditsPerDay: number;
  /** Younger accounts pay no creators. */
  accountAgeMinMs: number;
  /** How long income is frozen. */
  freezeMs: number;
}

interface PaymentsDependencies {
  db: Db;
  bus: EventBus;
  works: WorkReader;
  limits: PaymentLimits;
}

/** The stored result of a call. */
interface Payment {
  credits: number;
}

const triesMax = 3;

/** SQLSTATE of a unique index: the same key, or the same prompt, was paid for at the same time. */
const uniqueViolation = "23505";

/** Tips and paid prompts. Each is one statement: see `preparePayment`. */
export class PaymentsService {
  constructor(private readonly deps: PaymentsDependencies) {}

  /** Throws BadUserInput, NotFound, AccountTooYoung, TooManyTips, InsufficientCredits and IdempotencyKeyReused. */
  async tip(userId: string, input: TipWorkInput): Promise<TipWorkPayload> {
    const { credits } = input;
    if (!tipSteps.includes(credits)) throw notATip();
    const workId = workPrefix.toUuid(input.workId);
    const call = this.call(userId, "tipWork", input.idempotencyKey, { workId: input.workId, credits });
    if (!workId) throw new NotFound("workId");
    const { wallet } = await this.once(call, {
      pay: () => this.payTip(call, workId, credits),
      refuse: () => this.refuseTip(userId, workId, credits),
    });
    return {
      work: await this.deps.works.findPaid(userId, workId),
      costCredits: credits,
      creatorCoins: coinText(credits * creatorUnitsPerCredit),
      wallet: Wallet.of(wallet),
    };
  }

  /** Throws NotFound, PriceChanged, AccountTooYoung, InsufficientCredits and IdempotencyKeyReused. */
  async unlock(userId: string, input: UnlockPromptInput): Promise<UnlockPromptPayload> {
    const workId = workPrefix.toUuid(input.workId);
    const maxCostCredits = input.maxCostCredits ?? creditsMax;
    const call = this.call(userId, "unlockPrompt", input.idempotencyKey, {
      workId: input.workId,
      maxCostCredits: input.maxCostCredits ?? null,
    });
    if (!workId) throw new NotFound("workId");
    const { wallet, credits } = await this.once(call, {
      pay: () => this.payUnlock(call, workId, maxCostCredits),
      refuse: () => this.refuseUnlock(call, workId, maxCostCredits),
    });
    const work = await this.deps.works.findPaid(userId, workId);
    return { work, prompt: promptOf(work), costCredits: credits, wallet: Wallet.of(wallet) };
  }

  /** Pays, or answers as the first call with the key did, or refuses. A refusal that returns is a call without a charge. */
  private async once(
    call: KeyedCall,
    { pay, refuse }: { pay(): Promise<Paid | null>; refuse(): Promise<Payment | null> },
  ): Promise<Paid> {
    for (let tries = 0; tries < triesMax; tries++) {
      const paid = await pay().catch((error: unknown) => {
        if (postgresCode(error) === uniqueViolation) return null;
        throw error;
      });
      if (paid) return paid;
      const first = (await firstResultOf<Payment>(this.deps.db, call)) ?? (await refuse());
      if (first) return { ...first, wallet: await this.walletOf(call.userId) };
    }
    throw new Error(`a payment within the limits could not be stored, ${triesMax} times in a row`);
  }

  private async payTip(call: KeyedCall, workId: string, credits: number): Promise<Paid | null> {
    const { db, limits } = this.deps;
    const { tipCreditsPerDay } = limits;
    const values = this.values(call, workId);
    const [paid] = await insertTip(db, { ...values, credits, tipCreditsPerDay });
    if (!paid) return null;
    crashPoint("tip-work.committed");
    return this.done({ ...paid, credits });
  }

  private async payUnlock(call: KeyedCall, workId: string, maxCostCredits: number): Promise<Paid | null> {
    const [paid] = await insertUnlock(this.deps.db, { ...this.values(call, workId), maxCostCredits });
    if (!paid) return null;
    crashPoint("unlock-prompt.committed");
    return this.done(paid);
  }

  private done({ wallet, credits, authorId }: Paid & { authorId: string }): Paid {
    this.deps.bus.publish(walletChanged, { userId: wallet.userId }, { userId: authorId });
    return { wallet, credits };
  }

  private values(call: KeyedCall, workId: string) {
    const { userId, mutation, key } = call;
    const { accountAgeMinMs, freezeMs } = this.deps.limits;
    return {
      ...newPaymentIds(),
      ...{ payerId: userId, workId, accountAgeMinMs, freezeMs },
      caller: [userId],
      mutation: [mutation],
      key: [key],
      input_hash: [key && inputHashOf(call)],
    };
  }

  /** Throws the reason why the tip was refused. Null if nothing stands in the way any more. */
  private async refuseTip(userId: string, workId: string, credits: number): Promise<null> {
    const { db, limits } = this.deps;
    const work = await this.listedWork(userId, workId);
    if (work.isOwn) throw new BadUserInput("workId", "You cannot tip yourself.", "不能打赏自己的作品。");
    await assertAccountAge(db, userId, limits.accountAgeMinMs);
    const { day, credits: tipped } = await tippedCreditsOf(db, userId);
    if (tipped + credits > limits.tipCreditsPerDay)
      throw new TooManyTips(limits.tipCreditsPerDay, utcDayOf(day).end);
    await this.assertCredits(userId, credits);
    return null;
  }

  /** Nothing is charged for a prompt that costs nothing or was paid for. Throws the reason of any other refusal. */
  private async refuseUnlock(
    call: KeyedCall,
    workId: string,
    maxCostCredits: number,
  ): Promise<Payment | null> {
    const { db, limits } = this.deps;
    const { userId } = call;
    const work = await this.listedWork(userId, workId);
    const { state, priceCredits } = promptOf(work);
    if (state !== PromptState.LOCKED) {
      const free = { credits: 0 };
      return (await db.transaction((tx) => claimKey(tx, call, free))) ?? free;
    }
    if (priceCredits > maxCostCredits) throw new PriceChanged(priceCredits, maxCostCredits);
    await assertAccountAge(db, userId, limits.accountAgeMinMs);
    await this.assertCredits(userId, priceCredits);
    return null;
  }

  private async assertCredits(userId: string, credits: number): Promise<void> {
    const refusal = await explainRefusal(this.deps.db, userId, { credits, holds: 0 }, noLimits());
    if (refusal) throw refusal;
  }

  private async listedWork(userId: string, workId: string): Promise<Work> {
    const work = await this.deps.works.find(userId, workId);
    if (!work || !(work.isListed || work.isOwn)) throw new NotFound("workId");
    return work;
  }

  private async walletOf(userId: string): Promise<Balances> {
    const wallet = await balancesOf(this.deps.db, userId);
    if (!wallet) throw new Error(`user ${userId} has no wallet`);
    return wallet;
  }

  private call(userId: string, mutation: string, key: string | null | undefined, input: unknown): KeyedCall {
    return { userId, mutation, key: parseKey(key ?? null), input };
  }
}

interface Paid extends Payment {
  wallet: Balances;
}

function notATip(): BadUserInput {
  const steps = tipSteps.join(", ");
  return new BadUserInput(
    "credits",
    `A tip is one of ${steps} credits.`,
    `打赏积分只能是 ${tipSteps.join("、")}。`,
  );
}
