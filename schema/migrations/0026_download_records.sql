CREATE TABLE "download_records" (
	"spend_id" uuid PRIMARY KEY NOT NULL,
	"user_id" uuid NOT NULL,
	"video_id" uuid NOT NULL,
	"sha256" text NOT NULL,
	"terms_version" text,
	"address" text,
	"created_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "download_records_sha256_form" CHECK ("download_records"."sha256" ~ '^[0-9a-f]{64}$')
);
--> statement-breakpoint
CREATE TABLE "download_retention" (
	"id" smallint PRIMARY KEY DEFAULT 1 NOT NULL,
	"complete_since" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "download_retention_one_row" CHECK ("download_retention"."id" = 1)
);
--> statement-breakpoint
ALTER TABLE "media" ADD COLUMN "ai_mark" text DEFAULT 'NONE' NOT NULL;--> statement-breakpoint
CREATE INDEX "download_records_by_video" ON "download_records" USING btree ("video_id","created_at","spend_id");--> statement-breakpoint
CREATE INDEX "download_records_by_sha256" ON "download_records" USING btree ("sha256","created_at","spend_id");--> statement-breakpoint
CREATE INDEX "download_records_by_user" ON "download_records" USING btree ("user_id","created_at","spend_id");--> statement-breakpoint
CREATE INDEX "download_records_by_time" ON "download_records" USING btree ("created_at");--> statement-breakpoint
ALTER TABLE "media" ADD CONSTRAINT "media_ai_mark" CHECK ("media"."ai_mark" in ('NONE', 'FOUND', 'DECLARED'));--> statement-breakpoint
INSERT INTO "download_retention" ("id", "complete_since") VALUES (1, 'epoch');
--> statement-breakpoint
-- Downloads from before there was a record. Their terms and addresses are not known.
INSERT INTO "download_records" ("spend_id", "user_id", "video_id", "sha256", "created_at")
SELECT s."id", s."debit_user_id", v."id", v."sha256", s."created_at"
FROM "ledger_transfers" s JOIN "videos" v ON v."id" = s."subject_id"
WHERE s."type" = 'DOWNLOAD_SPEND'
	AND NOT EXISTS (SELECT FROM "ledger_transfers" r WHERE r."ends_transfer_id" = s."id");
