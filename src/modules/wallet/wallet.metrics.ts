import { sql } from "drizzle-orm";
import type { MetricSource } from "../../platform/metrics/database-metrics.js";
import { incomes } from "./incomes.tables.js";
import { countLedger, type Totals, transferTypes } from "./ledger/index.js";

const unitsPerCoin = 10_000;

/** Money by type of transfer, exact up to a few seconds ago. */
export const ledgerMetrics: MetricSource = {
  metrics: [
    {
      name: "skyriff_ledger_credits_total",
      help: "Credits moved, by type of transfer",
      type: "counter",
      labels: ["type"],
    },
    {
      name: "skyriff_ledger_transfers_total",
      help: "Transfers posted, by type",
      type: "counter",
      labels: ["type"],
    },
    { name: "skyriff_credits_issued", help: "Credits that the platform has issued", type: "gauge" },
    { name: "skyriff_credits_held", help: "Credits held for unfinished tasks", type: "gauge" },
    { name: "skyriff_credits_earned", help: "Credits that have become revenue", type: "gauge" },
    { name: "skyriff_tips_total", help: "Tips paid", type: "counter" },
    { name: "skyriff_unlocks_total", help: "Prompts paid for", type: "counter" },
    { name: "skyriff_remixes_total", help: "Remixes whose fee was paid to creators", type: "counter" },
    { name: "skyriff_reversals_total", help: "Payments to creators that were reversed", type: "counter" },
    { name: "skyriff_coins_pending", help: "Coins of creators that are still frozen", type: "gauge" },
  ],
  async read(db) {
    const totals = await countLedger(db);
    const amount = (type: keyof Totals) => totals[type]?.amount ?? 0;
    const count = (type: keyof Totals) => totals[type]?.transfers ?? 0;
    const pendingUnits =
      amount("TIP_INCOME") +
      amount("PROMPT_UNLOCK_INCOME") +
      amount("REMIX_INCOME") -
      amount("INCOME_RELEASE") -
      amount("INCOME_REVERSAL");
    return [
      ...transferTypes.CREDIT.map((type) => ({
        name: "skyriff_ledger_credits_total",
        labels: { type },
        value: amount(type) + (type === "REMIX_REFUND" ? amount("REMIX_REVERSAL") : 0),
      })),
      ...[...transferTypes.CREDIT, ...transferTypes.COIN].map((type) => ({
        name: "skyriff_ledger_transfers_total",
        labels: { type },
        value: count(type) + (type === "REMIX_REFUND" ? count("REMIX_REVERSAL") : 0),
      })),
      { name: "skyriff_credits_issued", value: amount("GRANT") + amount("RECHARGE") },
      {
        name: "skyriff_credits_held",
        value:
          amount("GEN_HOLD") -
          amount("GEN_SETTLE") -
          amount("GEN_REFUND") +
          amount("REMIX_HOLD") -
          amount("REMIX_SETTLE") -
          amount("REMIX_REFUND"),
      },
      {
        name: "skyriff_credits_earned",
        value: amount("GEN_SETTLE") + amount("DOWNLOAD_SPEND") - amount("DOWNLOAD_REFUND"),
      },
      { name: "skyriff_tips_total", value: count("TIP_SPEND") },
      { name: "skyriff_unlocks_total", value: count("PROMPT_UNLOCK_SPEND") },
      { name: "skyriff_remixes_total", value: count("REMIX_SETTLE") },
      { name: "skyriff_reversals_total", value: count("CREATOR_FEE_REVERSAL") },
      { name: "skyriff_coins_pending", value: pendingUnits / unitsPerCoin },
    ];
  },
};

/** Incomes that the release job should have given out. It runs every minute. */
export const incomeMetrics: MetricSource = {
  metrics: [
    {
      name: "skyriff_incomes_overdue",
      help: "Incomes due for over five minutes that nothing keeps frozen",
      type: "gauge",
    },
  ],
  async read(db) {
    const [row] = await db.execute<{ overdue: number }>(sql`
      select count(*)::int as overdue from ${incomes} i
      join users u on u.id = i.user_id and u.banned_at is null
      join wallets w on w.user_id = i.user_id and w.incomes_held_at is null
      where i.state = 'PENDING' and i.release_at < statement_timestamp() - interval '5 minutes'`);
    return [{ name: "skyriff_incomes_overdue", value: row?.overdue ?? 0 }];
  },
};
