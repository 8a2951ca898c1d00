CREATE TABLE "ledger_totals" (
	"id" smallint PRIMARY KEY DEFAULT 1 NOT NULL,
	"counted_until" timestamp with time zone,
	"totals" jsonb DEFAULT '{}'::jsonb NOT NULL,
	CONSTRAINT "ledger_totals_one_row" CHECK ("ledger_totals"."id" = 1)
);
--> statement-breakpoint
CREATE TABLE "operator_figures" (
	"id" smallint PRIMARY KEY DEFAULT 1 NOT NULL,
	"claimed_at" timestamp (3) with time zone NOT NULL,
	"taken_at" timestamp (3) with time zone,
	"samples" jsonb DEFAULT '[]'::jsonb NOT NULL,
	CONSTRAINT "operator_figures_one_row" CHECK ("operator_figures"."id" = 1)
);
--> statement-breakpoint
ALTER TABLE "task_attempts" ADD COLUMN "ask_again_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "task_attempts" ADD COLUMN "late_success_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "task_attempts" ADD COLUMN "reviewed_at" timestamp (3) with time zone;--> statement-breakpoint
CREATE INDEX "task_attempts_to_ask" ON "task_attempts" USING btree ("ask_again_at") WHERE "task_attempts"."ask_again_at" is not null;--> statement-breakpoint
CREATE INDEX "task_attempts_for_operators" ON "task_attempts" USING btree ("started_at") WHERE "task_attempts"."outcome" = 'UNKNOWN' or "task_attempts"."late_success_at" is not null;--> statement-breakpoint
CREATE INDEX "ledger_transfers_by_time" ON "ledger_transfers" USING brin ("created_at") WITH (autosummarize=true);--> statement-breakpoint
ALTER TABLE "task_attempts" ADD CONSTRAINT "task_attempts_asks_by_id" CHECK ("task_attempts"."ask_again_at" is null or "task_attempts"."vendor_task_id" is not null);--> statement-breakpoint
ALTER TABLE "task_attempts" ADD CONSTRAINT "task_attempts_late_by_id" CHECK ("task_attempts"."late_success_at" is null or "task_attempts"."vendor_task_id" is not null);