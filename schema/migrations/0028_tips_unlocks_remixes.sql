CREATE TYPE "public"."income_state" AS ENUM('PENDING', 'RELEASED', 'REVERSED');--> statement-breakpoint
CREATE TYPE "public"."income_type" AS ENUM('TIP', 'PROMPT_UNLOCK', 'REMIX');--> statement-breakpoint
ALTER TYPE "public"."ledger_account" ADD VALUE 'EXCHANGE';--> statement-breakpoint
ALTER TYPE "public"."ledger_transfer_type" ADD VALUE 'TIP_SPEND';--> statement-breakpoint
ALTER TYPE "public"."ledger_transfer_type" ADD VALUE 'TIP_REFUND';--> statement-breakpoint
ALTER TYPE "public"."ledger_transfer_type" ADD VALUE 'PROMPT_UNLOCK_SPEND';--> statement-breakpoint
ALTER TYPE "public"."ledger_transfer_type" ADD VALUE 'PROMPT_UNLOCK_REFUND';--> statement-breakpoint
ALTER TYPE "public"."ledger_transfer_type" ADD VALUE 'REMIX_HOLD';--> statement-breakpoint
ALTER TYPE "public"."ledger_transfer_type" ADD VALUE 'REMIX_SETTLE';--> statement-breakpoint
ALTER TYPE "public"."ledger_transfer_type" ADD VALUE 'REMIX_REFUND';--> statement-breakpoint
ALTER TYPE "public"."ledger_transfer_type" ADD VALUE 'TIP_INCOME';--> statement-breakpoint
ALTER TYPE "public"."ledger_transfer_type" ADD VALUE 'PROMPT_UNLOCK_INCOME';--> statement-breakpoint
ALTER TYPE "public"."ledger_transfer_type" ADD VALUE 'REMIX_INCOME';--> statement-breakpoint
ALTER TYPE "public"."ledger_transfer_type" ADD VALUE 'CREATOR_FEE';--> statement-breakpoint
ALTER TYPE "public"."ledger_transfer_type" ADD VALUE 'INCOME_RELEASE';--> statement-breakpoint
ALTER TYPE "public"."ledger_transfer_type" ADD VALUE 'INCOME_REVERSAL';--> statement-breakpoint
ALTER TYPE "public"."ledger_transfer_type" ADD VALUE 'CREATOR_FEE_REVERSAL';--> statement-breakpoint
ALTER TYPE "public"."ledger_transfer_type" ADD VALUE 'INCOME_LOSS';--> statement-breakpoint
CREATE TABLE "incomes" (
	"id" uuid PRIMARY KEY NOT NULL,
	"user_id" uuid NOT NULL,
	"type" "income_type" NOT NULL,
	"units" "transfer_amount" NOT NULL,
	"payment_key" text NOT NULL,
	"payer_id" uuid NOT NULL,
	"paid_credits" integer NOT NULL,
	"work_id" uuid NOT NULL,
	"earning_work_id" uuid NOT NULL,
	"level" integer NOT NULL,
	"state" "income_state" DEFAULT 'PENDING' NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"release_at" timestamp (3) with time zone NOT NULL,
	"ended_at" timestamp (3) with time zone,
	CONSTRAINT "incomes_ended_when_final" CHECK (("incomes"."state" = 'PENDING') = ("incomes"."ended_at" is null)),
	CONSTRAINT "incomes_not_paid_by_oneself" CHECK ("incomes"."user_id" <> "incomes"."payer_id")
);
--> statement-breakpoint
CREATE TABLE "prompt_unlocks" (
	"id" uuid PRIMARY KEY NOT NULL,
	"work_id" uuid NOT NULL,
	"user_id" uuid NOT NULL,
	"author_id" uuid NOT NULL,
	"title" text NOT NULL,
	"credits" integer NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"reversed_at" timestamp (3) with time zone,
	CONSTRAINT "prompt_unlocks_price_range" CHECK ("prompt_unlocks"."credits" between 1 and 100),
	CONSTRAINT "prompt_unlocks_not_own" CHECK ("prompt_unlocks"."user_id" <> "prompt_unlocks"."author_id")
);
--> statement-breakpoint
CREATE TABLE "tips" (
	"id" uuid PRIMARY KEY NOT NULL,
	"work_id" uuid NOT NULL,
	"user_id" uuid NOT NULL,
	"author_id" uuid NOT NULL,
	"credits" integer NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"reversed_at" timestamp (3) with time zone,
	CONSTRAINT "tips_steps" CHECK ("tips"."credits" in (10, 20, 50, 100)),
	CONSTRAINT "tips_not_to_oneself" CHECK ("tips"."user_id" <> "tips"."author_id")
);
--> statement-breakpoint
CREATE TABLE "work_tippers" (
	"work_id" uuid NOT NULL,
	"user_id" uuid NOT NULL,
	"tips" integer NOT NULL,
	"credits" integer NOT NULL,
	CONSTRAINT "work_tippers_work_id_user_id_pk" PRIMARY KEY("work_id","user_id"),
	CONSTRAINT "work_tippers_not_negative" CHECK ("work_tippers"."tips" >= 0 and "work_tippers"."credits" >= 0)
);
--> statement-breakpoint
CREATE TABLE "work_lineage" (
	"work_id" uuid NOT NULL,
	"level" integer NOT NULL,
	"source_id" uuid NOT NULL,
	"title" text NOT NULL,
	CONSTRAINT "work_lineage_work_id_level_pk" PRIMARY KEY("work_id","level"),
	CONSTRAINT "work_lineage_level" CHECK ("work_lineage"."level" >= 1),
	CONSTRAINT "work_lineage_not_itself" CHECK ("work_lineage"."source_id" <> "work_lineage"."work_id")
);
--> statement-breakpoint
ALTER TABLE "ledger_transfers" DROP CONSTRAINT "ledger_transfers_shape";--> statement-breakpoint
ALTER TABLE "tasks" ADD COLUMN "remix_of" uuid;--> statement-breakpoint
ALTER TABLE "tasks" ADD COLUMN "remix_fee_credits" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "tasks" ADD COLUMN "prompt_task_ids" uuid[] DEFAULT '{}' NOT NULL;--> statement-breakpoint
ALTER TABLE "wallets" ADD COLUMN "tipped_day" date;--> statement-breakpoint
ALTER TABLE "wallets" ADD COLUMN "tipped_today" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "wallets" ADD COLUMN "incomes_held_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "works" ADD COLUMN "joined_prompt_length" integer;--> statement-breakpoint
UPDATE "works" SET "joined_prompt_length" = char_length("prompt");--> statement-breakpoint
ALTER TABLE "works" ALTER COLUMN "joined_prompt_length" SET NOT NULL;--> statement-breakpoint
-- The totals count coins from now on too, so all of the ledger is counted again.
UPDATE "ledger_totals" SET "counted_until" = NULL, "totals" = '{}';--> statement-breakpoint
ALTER TABLE "works" ADD COLUMN "remix_of" uuid;--> statement-breakpoint
ALTER TABLE "work_lineage" ADD CONSTRAINT "work_lineage_work_id_works_id_fk" FOREIGN KEY ("work_id") REFERENCES "public"."works"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "work_lineage" ADD CONSTRAINT "work_lineage_source_id_works_id_fk" FOREIGN KEY ("source_id") REFERENCES "public"."works"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "incomes_by_user" ON "incomes" USING btree ("user_id","created_at","id");--> statement-breakpoint
CREATE INDEX "incomes_by_payment" ON "incomes" USING btree ("payment_key");--> statement-breakpoint
CREATE INDEX "incomes_by_work" ON "incomes" USING btree ("earning_work_id");--> statement-breakpoint
CREATE INDEX "incomes_due" ON "incomes" USING btree ("release_at","id") WHERE "incomes"."state" = 'PENDING';--> statement-breakpoint
CREATE UNIQUE INDEX "prompt_unlocks_once" ON "prompt_unlocks" USING btree ("work_id","user_id") WHERE "prompt_unlocks"."reversed_at" is null;--> statement-breakpoint
CREATE INDEX "prompt_unlocks_by_user" ON "prompt_unlocks" USING btree ("user_id","created_at","id") WHERE "prompt_unlocks"."reversed_at" is null;--> statement-breakpoint
CREATE INDEX "tips_by_work" ON "tips" USING btree ("work_id");--> statement-breakpoint
CREATE INDEX "tips_by_time" ON "tips" USING btree ("created_at") WHERE "tips"."reversed_at" is null;--> statement-breakpoint
CREATE INDEX "tips_between" ON "tips" USING btree ("user_id","author_id","created_at");--> statement-breakpoint
CREATE INDEX "work_tippers_by_user" ON "work_tippers" USING btree ("user_id");--> statement-breakpoint
CREATE INDEX "wallets_incomes_held" ON "wallets" USING btree ("user_id") WHERE "wallets"."incomes_held_at" is not null;--> statement-breakpoint
CREATE INDEX "works_remixes_published" ON "works" USING btree ("remix_of","published_at","id") WHERE "works"."status" = 'PUBLISHED' and "works"."deleted_at" is null;--> statement-breakpoint
CREATE INDEX "works_by_source" ON "works" USING btree ("remix_of") WHERE "works"."remix_of" is not null;--> statement-breakpoint
ALTER TABLE "tasks" ADD CONSTRAINT "tasks_fee_of_remix" CHECK ("tasks"."remix_fee_credits" >= 0 and ("tasks"."remix_of" is not null or "tasks"."remix_fee_credits" = 0));--> statement-breakpoint
ALTER TABLE "tasks" ADD CONSTRAINT "tasks_prompts_of_remix" CHECK (("tasks"."remix_of" is null) = ("tasks"."prompt_task_ids" = '{}'));--> statement-breakpoint
ALTER TABLE "ledger_transfers" ADD CONSTRAINT "ledger_transfers_shape" CHECK (concat_ws(' ', "ledger_transfers"."type", "ledger_transfers"."asset", "ledger_transfers"."debit_account",
    num_nulls("ledger_transfers"."debit_user_id", "ledger_transfers"."debit_balance_after", "ledger_transfers"."debit_sequence"), "ledger_transfers"."credit_account",
    num_nulls("ledger_transfers"."credit_user_id", "ledger_transfers"."credit_balance_after", "ledger_transfers"."credit_sequence"),
    num_nulls("ledger_transfers"."subject_type", "ledger_transfers"."subject_id"), num_nulls("ledger_transfers"."ends_transfer_id")) = any('{GRANT CREDIT ISSUANCE 3 FREE 0 2 1,RECHARGE CREDIT ISSUANCE 3 FREE 0 2 1,GEN_HOLD CREDIT FREE 0 HELD 0 0 1,GEN_SETTLE CREDIT HELD 0 REVENUE 3 0 0,GEN_REFUND CREDIT HELD 0 FREE 0 0 0,DOWNLOAD_SPEND CREDIT FREE 0 REVENUE 3 0 1,DOWNLOAD_REFUND CREDIT REVENUE 3 FREE 0 0 0,TIP_SPEND CREDIT FREE 0 EXCHANGE 3 0 1,PROMPT_UNLOCK_SPEND CREDIT FREE 0 EXCHANGE 3 0 1,REMIX_HOLD CREDIT FREE 0 HELD 0 0 1,REMIX_SETTLE CREDIT HELD 0 EXCHANGE 3 0 0,REMIX_REFUND CREDIT HELD 0 FREE 0 0 0,TIP_INCOME COIN EXCHANGE 3 PENDING 0 0 1,PROMPT_UNLOCK_INCOME COIN EXCHANGE 3 PENDING 0 0 1,REMIX_INCOME COIN EXCHANGE 3 PENDING 0 0 1,CREATOR_FEE COIN EXCHANGE 3 REVENUE 3 0 1,INCOME_RELEASE COIN PENDING 0 FREE 0 0 0,INCOME_REVERSAL COIN PENDING 0 EXCHANGE 3 0 0,INCOME_LOSS COIN REVENUE 3 EXCHANGE 3 0 0,CREATOR_FEE_REVERSAL COIN REVENUE 3 EXCHANGE 3 0 0,TIP_REFUND CREDIT EXCHANGE 3 FREE 0 0 0,PROMPT_UNLOCK_REFUND CREDIT EXCHANGE 3 FREE 0 0 0,REMIX_REFUND CREDIT EXCHANGE 3 FREE 0 0 0}'::text[]));