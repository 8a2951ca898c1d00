CREATE TYPE "public"."report_reason" AS ENUM('SEXUAL', 'VIOLENT', 'HATEFUL', 'MINORS', 'STOLEN', 'PRIVACY', 'SPAM', 'FRAUD', 'OTHER');--> statement-breakpoint
CREATE TYPE "public"."work_status" AS ENUM('PUBLISHED', 'UNPUBLISHED', 'REMOVED');--> statement-breakpoint
CREATE TABLE "feed_snapshots" (
	"feed" text NOT NULL,
	"version" bigint NOT NULL,
	"made_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	"current_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	"ids" uuid[] NOT NULL,
	CONSTRAINT "feed_snapshots_feed_version_pk" PRIMARY KEY("feed","version"),
	CONSTRAINT "feed_snapshots_size" CHECK (cardinality("feed_snapshots"."ids") <= 2000)
);
--> statement-breakpoint
CREATE TABLE "reports" (
	"id" uuid PRIMARY KEY NOT NULL,
	"reporter_id" uuid NOT NULL,
	"subject_type" text NOT NULL,
	"subject_id" uuid NOT NULL,
	"reason" "report_reason" NOT NULL,
	"note" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	"received_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	"subject_state" text NOT NULL,
	"closed_at" timestamp (3) with time zone,
	"closing_note" text,
	CONSTRAINT "reports_note_length" CHECK (char_length("reports"."note") <= 1000),
	CONSTRAINT "reports_close_has_note" CHECK (("reports"."closed_at" is null) = ("reports"."closing_note" is null))
);
--> statement-breakpoint
CREATE TABLE "work_favorites" (
	"work_id" uuid NOT NULL,
	"user_id" uuid NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "work_favorites_work_id_user_id_pk" PRIMARY KEY("work_id","user_id")
);
--> statement-breakpoint
CREATE TABLE "work_likes" (
	"work_id" uuid NOT NULL,
	"user_id" uuid NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "work_likes_work_id_user_id_pk" PRIMARY KEY("work_id","user_id")
);
--> statement-breakpoint
CREATE TABLE "work_shares" (
	"work_id" uuid NOT NULL,
	"user_id" uuid NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "work_shares_work_id_user_id_pk" PRIMARY KEY("work_id","user_id")
);
--> statement-breakpoint
CREATE TABLE "work_views" (
	"work_id" uuid NOT NULL,
	"user_id" uuid NOT NULL,
	"day" date NOT NULL,
	CONSTRAINT "work_views_work_id_user_id_day_pk" PRIMARY KEY("work_id","user_id","day")
);
--> statement-breakpoint
CREATE TABLE "work_stat_deltas" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"work_id" uuid NOT NULL,
	"likes" integer DEFAULT 0 NOT NULL,
	"favorites" integer DEFAULT 0 NOT NULL,
	"shares" integer DEFAULT 0 NOT NULL,
	"views" integer DEFAULT 0 NOT NULL,
	"tips" integer DEFAULT 0 NOT NULL,
	"tippers" integer DEFAULT 0 NOT NULL,
	"tipped_credits" integer DEFAULT 0 NOT NULL,
	"remixes" integer DEFAULT 0 NOT NULL
);
--> statement-breakpoint
CREATE TABLE "work_stats" (
	"work_id" uuid PRIMARY KEY NOT NULL,
	"likes" integer DEFAULT 0 NOT NULL,
	"favorites" integer DEFAULT 0 NOT NULL,
	"shares" integer DEFAULT 0 NOT NULL,
	"views" integer DEFAULT 0 NOT NULL,
	"tips" integer DEFAULT 0 NOT NULL,
	"tippers" integer DEFAULT 0 NOT NULL,
	"tipped_credits" integer DEFAULT 0 NOT NULL,
	"remixes" integer DEFAULT 0 NOT NULL,
	"revision" integer DEFAULT 0 NOT NULL,
	"published_at" timestamp (3) with time zone NOT NULL,
	"discover_score" double precision,
	CONSTRAINT "work_stats_not_negative" CHECK (least("work_stats"."likes", "work_stats"."favorites", "work_stats"."shares", "work_stats"."views", "work_stats"."tips", "work_stats"."tippers", "work_stats"."tipped_credits", "work_stats"."remixes") >= 0)
);
--> statement-breakpoint
CREATE TABLE "works" (
	"id" uuid PRIMARY KEY NOT NULL,
	"user_id" uuid NOT NULL,
	"video_id" uuid NOT NULL,
	"task_id" uuid NOT NULL,
	"title" text NOT NULL,
	"description" text NOT NULL,
	"prompt" text NOT NULL,
	"prompt_price_credits" integer NOT NULL,
	"remixable" boolean NOT NULL,
	"remix_fee_credits" integer NOT NULL,
	"status" "work_status" NOT NULL,
	"publication_id" uuid,
	"duration_sec" integer NOT NULL,
	"ratio" text NOT NULL,
	"width" integer NOT NULL,
	"height" integer NOT NULL,
	"model" text NOT NULL,
	"revision" integer DEFAULT 1 NOT NULL,
	"published_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	"removed_at" timestamp (3) with time zone,
	"removal_reason" text,
	"status_before_removal" "work_status",
	"deleted_at" timestamp (3) with time zone,
	CONSTRAINT "works_title_length" CHECK (char_length("works"."title") between 1 and 200),
	CONSTRAINT "works_description_length" CHECK (char_length("works"."description") <= 2000),
	CONSTRAINT "works_prompt_price_range" CHECK ("works"."prompt_price_credits" between 0 and 100),
	CONSTRAINT "works_remix_fee_range" CHECK ("works"."remix_fee_credits" between 0 and 100),
	CONSTRAINT "works_public_files_while_published" CHECK (("works"."publication_id" is not null) = ("works"."status" = 'PUBLISHED' and "works"."deleted_at" is null)),
	CONSTRAINT "works_removal_is_complete" CHECK (("works"."status" = 'REMOVED') = ("works"."removed_at" is not null)
        and ("works"."removed_at" is null) = ("works"."removal_reason" is null)
        and ("works"."removed_at" is null) = ("works"."status_before_removal" is null))
);
--> statement-breakpoint
ALTER TABLE "reports" ADD CONSTRAINT "reports_reporter_id_users_id_fk" FOREIGN KEY ("reporter_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "work_stats" ADD CONSTRAINT "work_stats_work_id_works_id_fk" FOREIGN KEY ("work_id") REFERENCES "public"."works"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "works" ADD CONSTRAINT "works_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "works" ADD CONSTRAINT "works_video_id_videos_id_fk" FOREIGN KEY ("video_id") REFERENCES "public"."videos"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "feed_snapshots_by_age" ON "feed_snapshots" USING btree ("current_at");--> statement-breakpoint
CREATE UNIQUE INDEX "reports_one_open" ON "reports" USING btree ("reporter_id","subject_type","subject_id") WHERE "reports"."closed_at" is null;--> statement-breakpoint
CREATE INDEX "reports_by_reporter" ON "reports" USING btree ("reporter_id","created_at");--> statement-breakpoint
CREATE INDEX "reports_open" ON "reports" USING btree ("subject_type","subject_id","received_at") WHERE "reports"."closed_at" is null;--> statement-breakpoint
CREATE INDEX "work_favorites_by_user" ON "work_favorites" USING btree ("user_id","created_at","work_id");--> statement-breakpoint
CREATE INDEX "work_likes_by_user" ON "work_likes" USING btree ("user_id","created_at","work_id");--> statement-breakpoint
CREATE INDEX "work_shares_by_user" ON "work_shares" USING btree ("user_id");--> statement-breakpoint
CREATE INDEX "work_stat_deltas_by_work" ON "work_stat_deltas" USING btree ("work_id");--> statement-breakpoint
CREATE INDEX "work_stats_discover" ON "work_stats" USING btree ("discover_score","published_at","work_id") WHERE "work_stats"."discover_score" is not null;--> statement-breakpoint
CREATE INDEX "work_stats_recent" ON "work_stats" USING btree ("published_at","work_id") WHERE "work_stats"."discover_score" is not null;--> statement-breakpoint
CREATE UNIQUE INDEX "works_one_per_video" ON "works" USING btree ("video_id");--> statement-breakpoint
CREATE INDEX "works_published" ON "works" USING btree ("published_at","id") WHERE "works"."status" = 'PUBLISHED' and "works"."deleted_at" is null;--> statement-breakpoint
CREATE INDEX "works_published_by_user" ON "works" USING btree ("user_id","published_at","id") WHERE "works"."status" = 'PUBLISHED' and "works"."deleted_at" is null;--> statement-breakpoint
CREATE INDEX "works_by_user" ON "works" USING btree ("user_id","published_at","id");--> statement-breakpoint
-- Counts change all the time: half of each page stays free, so that an update need not touch the indexes.
ALTER TABLE "work_stats" SET (fillfactor = 50);
