-- The same rules, said so that a statement need not read them anew: a domain's check is read once in
-- each session, a table's in every statement that writes to it.
CREATE DOMAIN "user_balance" AS bigint CONSTRAINT "user_balance_not_negative" CHECK (VALUE >= 0);--> statement-breakpoint
CREATE DOMAIN "transfer_amount" AS bigint CONSTRAINT "transfer_amount_positive" CHECK (VALUE > 0);--> statement-breakpoint
ALTER TABLE "ledger_transfers" DROP CONSTRAINT "ledger_transfers_amount_positive";--> statement-breakpoint
ALTER TABLE "ledger_transfers" DROP CONSTRAINT "ledger_transfers_debit_side";--> statement-breakpoint
ALTER TABLE "ledger_transfers" DROP CONSTRAINT "ledger_transfers_credit_side";--> statement-breakpoint
ALTER TABLE "ledger_transfers" DROP CONSTRAINT "ledger_transfers_balances_not_negative";--> statement-breakpoint
ALTER TABLE "ledger_transfers" DROP CONSTRAINT "ledger_transfers_subject";--> statement-breakpoint
ALTER TABLE "ledger_transfers" DROP CONSTRAINT "ledger_transfers_type_sides";--> statement-breakpoint
ALTER TABLE "ledger_transfers" DROP CONSTRAINT "ledger_transfers_ending_names_its_start";--> statement-breakpoint
ALTER TABLE "wallets" DROP CONSTRAINT "wallets_credits_free_not_negative";--> statement-breakpoint
ALTER TABLE "wallets" DROP CONSTRAINT "wallets_credits_held_not_negative";--> statement-breakpoint
ALTER TABLE "wallets" DROP CONSTRAINT "wallets_coins_free_not_negative";--> statement-breakpoint
ALTER TABLE "wallets" DROP CONSTRAINT "wallets_coins_pending_not_negative";--> statement-breakpoint
ALTER TABLE "ledger_transfers" DROP CONSTRAINT "ledger_transfers_ends_fk";--> statement-breakpoint
ALTER TABLE "ledger_transfers" ALTER COLUMN "amount" SET DATA TYPE "transfer_amount";--> statement-breakpoint
ALTER TABLE "ledger_transfers" ALTER COLUMN "debit_balance_after" SET DATA TYPE "user_balance";--> statement-breakpoint
ALTER TABLE "ledger_transfers" ALTER COLUMN "credit_balance_after" SET DATA TYPE "user_balance";--> statement-breakpoint
ALTER TABLE "wallets" ALTER COLUMN "credits_free" SET DATA TYPE "user_balance";--> statement-breakpoint
ALTER TABLE "wallets" ALTER COLUMN "credits_held" SET DATA TYPE "user_balance";--> statement-breakpoint
ALTER TABLE "wallets" ALTER COLUMN "coins_free" SET DATA TYPE "user_balance";--> statement-breakpoint
ALTER TABLE "wallets" ALTER COLUMN "coins_pending" SET DATA TYPE "user_balance";--> statement-breakpoint
ALTER TABLE "ledger_transfers" ADD CONSTRAINT "ledger_transfers_shape" CHECK (concat_ws(' ', "ledger_transfers"."type", "ledger_transfers"."debit_account",
    num_nulls("ledger_transfers"."debit_user_id", "ledger_transfers"."debit_balance_after", "ledger_transfers"."debit_sequence"), "ledger_transfers"."credit_account",
    num_nulls("ledger_transfers"."credit_user_id", "ledger_transfers"."credit_balance_after", "ledger_transfers"."credit_sequence"),
    num_nulls("ledger_transfers"."subject_type", "ledger_transfers"."subject_id"), num_nulls("ledger_transfers"."ends_transfer_id")) = any('{GRANT ISSUANCE 3 FREE 0 2 1,RECHARGE ISSUANCE 3 FREE 0 2 1,GEN_HOLD FREE 0 HELD 0 0 1,GEN_SETTLE HELD 0 REVENUE 3 0 0,GEN_REFUND HELD 0 FREE 0 0 0,DOWNLOAD_SPEND FREE 0 REVENUE 3 0 1,DOWNLOAD_REFUND REVENUE 3 FREE 0 0 0}'::text[]));
