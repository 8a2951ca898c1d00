ALTER TABLE "wallets" ADD COLUMN "holds_open" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "wallets" ADD COLUMN "holds_day" date;--> statement-breakpoint
ALTER TABLE "wallets" ADD COLUMN "holds_today" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "wallets" ADD CONSTRAINT "wallets_holds_open_not_negative" CHECK ("wallets"."holds_open" >= 0);
--> statement-breakpoint
-- What is there already is counted once; from here on the ledger's own statements keep the counts.
UPDATE "wallets" w SET "holds_open" = o.holds FROM (
  SELECT h.debit_user_id AS user_id, count(*) AS holds FROM "ledger_transfers" h
  WHERE h.type = 'GEN_HOLD' AND NOT EXISTS (SELECT FROM "ledger_transfers" e WHERE e.ends_transfer_id = h.id)
  GROUP BY 1
) o WHERE o.user_id = w.user_id;
--> statement-breakpoint
UPDATE "wallets" w SET "holds_day" = (now() AT TIME ZONE 'UTC')::date, "holds_today" = t.holds FROM (
  SELECT h.debit_user_id AS user_id, count(*) AS holds FROM "ledger_transfers" h
  WHERE h.type = 'GEN_HOLD' AND h.created_at >= date_trunc('day', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC'
  GROUP BY 1
) t WHERE t.user_id = w.user_id;
