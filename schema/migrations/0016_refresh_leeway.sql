DROP INDEX "refresh_tokens_one_unused";--> statement-breakpoint
ALTER TABLE "refresh_tokens" ADD COLUMN "reused_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "refresh_tokens" ADD CONSTRAINT "refresh_tokens_reused_after_use" CHECK ("refresh_tokens"."reused_at" is null or "refresh_tokens"."used_at" is not null);