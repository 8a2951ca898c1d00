import fc from "fast-check";
import { postgresCode } from "../../../src/platform/db/index.js";
import { newUuid } from "../../../src/platform/ids/ids.js";
import { type PayableWork, type PayingPeople, promptPrice, remixFee, tipsPerDay } from "./paying-people.js";

export const people = 4;
export const credits = 60;

export type Step =
  | { do: "tip"; user: number; work: number; credits: number; key: number }
  | { do: "unlock"; user: number; work: number }
  | { do: "hold"; user: number; task: number; work: number }
  | { do: "settle"; task: number }
  | { do: "refund"; task: number }
  | { do: "release" }
  | { do: "reverse"; nth: number }
  | { do: "ban"; user: number }
  | { do: "unban"; user: number };

const user = fc.nat(people - 1);
const work = fc.nat(people * 3 - 1);
const task = fc.nat(5);
const one = <T extends string>(name: T) => fc.constant(name);
export const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: one("tip"),
      user,
      work,
      credits: fc.constantFrom(10, 20, 50),
      key: fc.nat(9),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: one("unlock"), user, work }) },
  { weight: 3, arbitrary: fc.record({ do: one("hold"), user, task, work }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom("settle" as const, "refund" as const), task }) },
  { weight: 1, arbitrary: fc.record({ do: one("release") }) },
  { weight: 2, arbitrary: fc.record({ do: one("reverse"), nth: fc.nat(50) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom("ban" as const, "unban" as const), user }) },
);

/** Runs a history's steps. Orders of remixes are remembered, as tasks remember them. */
export class History {
  private readonly claimed = new Set<number>();
  private readonly orders = new Map<number, { user: number; work: number }>();
  private readonly keys = Array.from({ length: 10 }, newUuid);
  readonly tasks = Array.from({ length: 6 }, newUuid);
  constructor(readonly payers: PayingPeople) {}

  async run(s: Step): Promise<unknown> {
    const { payers } = this;
    if (s.do === "tip") return payers.tip(s.user, s.work, s.credits, this.keys[s.key] as string);
    if (s.do === "unlock") return payers.unlock(s.user, s.work);
    if (s.do === "release") return payers.thaw().then(() => payers.release());
    if (s.do === "reverse") return payers.reverse(s.nth);
    if (s.do === "ban") return payers.ban(s.user);
    if (s.do === "unban") return payers.unban(s.user);
    const taskId = this.tasks[s.task] as string;
    if (s.do === "hold") {
      if (this.claimed.has(s.task)) return null;
      this.claimed.add(s.task);
      const held = payers.holdFee(s.user, taskId).catch((error: unknown) => {
        if (postgresCode(error) === "23505") return; // Its commit's response was lost.
        this.claimed.delete(s.task);
        throw error;
      });
      return held.then(() => void this.orders.set(s.task, s));
    }
    const order = this.orders.get(s.task);
    if (!order) return null;
    return s.do === "settle" ? payers.settleFee(order.user, taskId, order.work) : payers.refundFee(taskId);
  }
}

/** The rules said again in the plainest way. Coins are whole units of 1/10000. */
export class Model {
  readonly wallets = Array.from({ length: people }, () => ({ free: credits, held: 0, coins: 0, pending: 0 }));
  readonly incomes: { user: number; units: number; state: string }[] = [];
  private readonly tipped = Array<number>(people).fill(0);
  private readonly banned = new Set<number>();
  private readonly tipKeys = new Set<string>();
  private readonly fees = new Map<number, { user: number; work: number; ended: boolean }>();
  private readonly payments: {
    user: number;
    credits: number;
    parts: number[];
    unlocks?: string;
    reversed: boolean;
  }[] = [];

  constructor(private readonly works: readonly PayableWork[]) {}

  apply(s: Step): void {
    if (s.do === "ban") this.banned.add(s.user);
    else if (s.do === "unban") this.banned.delete(s.user);
    else if (s.do === "tip") this.tip(s);
    else if (s.do === "unlock") this.unlock(s);
    else if (s.do === "hold") this.hold(s);
    else if (s.do === "release") this.release();
    else if (s.do === "reverse") this.reverse(s.nth);
    else this.end(s);
  }

  private mayPay(by: number, to: number, price: number): boolean {
    return by !== to && !this.banned.has(by) && !this.banned.has(to) && this.wallet(by).free >= price;
  }

  private tip({ user: by, work, credits: price, key }: Step & { do: "tip" }): void {
    const author = this.levels(work)[0] as number;
    if (this.tipKeys.has(`${by} ${key}`) || !this.mayPay(by, author, price)) return;
    if ((this.tipped[by] as number) + price > tipsPerDay) return;
    this.tipKeys.add(`${by} ${key}`);
    this.tipped[by] = (this.tipped[by] as number) + price;
    this.wallet(by).free -= price;
    this.pay(by, price, [[author, price * 450]]);
  }

  private unlock({ user: by, work }: Step & { do: "unlock" }): void {
    const unlocks = `${by} ${work}`;
    const author = this.levels(work)[0] as number;
    if (this.payments.some((each) => each.unlocks === unlocks && !each.reversed)) return;
    if (!this.mayPay(by, author, promptPrice)) return;
    this.wallet(by).free -= promptPrice;
    this.pay(by, promptPrice, [[author, promptPrice * 450]], unlocks);
  }

  private hold({ user: by, task, work }: Step & { do: "hold" }): void {
    if (this.fees.has(task) || this.wallet(by).free < remixFee) return;
    this.fees.set(task, { user: by, work, ended: false });
    this.wallet(by).free -= remixFee;
    this.wallet(by).held += remixFee;
  }

  private end({ do: how, task }: Step & { do: "settle" | "refund" }): void {
    const fee = this.fees.get(task);
    if (!fee || fee.ended) return;
    fee.ended = true;
    this.wallet(fee.user).held -= remixFee;
    const receivers = this.levels(fee.work).filter((n) => n !== fee.user && !this.banned.has(n));
    const shares = [[], [900], [630, 270], [630, 189, 81]][receivers.length] as number[];
    if (how === "refund" || receivers.length === 0) this.wallet(fee.user).free += remixFee;
    else
      this.pay(
        fee.user,
        remixFee,
        receivers.map((n, place) => [n, shares[place] as number]),
      );
  }

  private release(): void {
    for (const income of this.incomes) {
      if (income.state !== "PENDING" || this.banned.has(income.user)) continue;
      income.state = "RELEASED";
      this.wallet(income.user).pending -= income.units;
      this.wallet(income.user).coins += income.units;
    }
  }

  private reverse(nth: number): void {
    const payment = this.payments[nth % this.payments.length];
    if (!payment || payment.reversed) return;
    payment.reversed = true;
    this.wallet(payment.user).free += payment.credits;
    for (const part of payment.parts) {
      const income = this.incomes[part] as Model["incomes"][number];
      if (income.state !== "PENDING") continue;
      income.state = "REVERSED";
      this.wallet(income.user).pending -= income.units;
    }
  }

  private pay(by: number, price: number, parts: [number, number][], unlocks?: string): void {
    const first = this.incomes.length;
    for (const [receiver, units] of parts) {
      this.incomes.push({ user: receiver, units, state: "PENDING" });
      this.wallet(receiver).pending += units;
    }
    const payment = { user: by, credits: price, parts: parts.map((_, n) => first + n), reversed: false };
    this.payments.push({ ...payment, ...(unlocks !== undefined && { unlocks }) });
  }

  private wallet(n: number) {
    return this.wallets[n] as Model["wallets"][number];
  }

  private levels(n: number): number[] {
    return this.works[n]?.levels ?? [];
  }
}
