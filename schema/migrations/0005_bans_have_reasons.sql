ALTER TABLE "users" ADD COLUMN "ban_reason" text;--> statement-breakpoint
UPDATE "users" SET "ban_reason" = 'before reasons were kept' WHERE "banned_at" IS NOT NULL;--> statement-breakpoint
ALTER TABLE "users" ADD CONSTRAINT "users_ban_has_reason" CHECK (("users"."banned_at" is null) = ("users"."ban_reason" is null));