CREATE TABLE "video_ingests" (
	"id" uuid PRIMARY KEY NOT NULL,
	"video_id" uuid NOT NULL,
	"started_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	"renewed_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	CONSTRAINT "video_ingests_video_id_unique" UNIQUE("video_id")
);
--> statement-breakpoint
ALTER TABLE "media" ADD COLUMN "files" jsonb;--> statement-breakpoint
ALTER TABLE "videos" ADD COLUMN "ingest_id" uuid;--> statement-breakpoint
ALTER TABLE "videos" ADD COLUMN "made_files" jsonb;