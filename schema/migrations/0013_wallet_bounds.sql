-- A wallet's credits, free and held together, fit GraphQL's Int; coins stay exact as JavaScript's numbers.
DO $$
DECLARE wallets_above text;
BEGIN
  SELECT string_agg(format('user %s has %s', w.user_id, w.credits_free + w.credits_held), ', ') INTO wallets_above FROM (
    SELECT * FROM "wallets" WHERE "credits_free" + "credits_held" > 2147483647 ORDER BY "user_id" LIMIT 20
  ) w;
  IF wallets_above IS NOT NULL THEN
    RAISE EXCEPTION 'A wallet may hold at most 2147483647 credits, and these hold more: %. Nothing was changed. Lower their grants (docs/ledger.md says how), then migrate again.', wallets_above
      USING ERRCODE = 'SR001';
  END IF;
END $$;
--> statement-breakpoint
ALTER DOMAIN "user_balance" ADD CONSTRAINT "user_balance_exact" CHECK (VALUE <= 9007199254740991);--> statement-breakpoint
CREATE DOMAIN "credit_balance" AS bigint CONSTRAINT "credit_balance_range" CHECK (VALUE BETWEEN 0 AND 2147483647);--> statement-breakpoint
ALTER TABLE "wallets" ALTER COLUMN "credits_free" SET DATA TYPE "credit_balance";--> statement-breakpoint
ALTER TABLE "wallets" ALTER COLUMN "credits_held" SET DATA TYPE "credit_balance";--> statement-breakpoint
ALTER TABLE "wallets" ADD CONSTRAINT "wallets_credits_fit" CHECK ("wallets"."credits_free" + "wallets"."credits_held" <= 2147483647);
