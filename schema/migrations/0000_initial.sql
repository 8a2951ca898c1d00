CREATE TYPE "public"."attempt_outcome" AS ENUM('SENDING', 'ACCEPTED', 'REJECTED', 'REFUSED', 'THROTTLED', 'UNKNOWN');--> statement-breakpoint
CREATE TYPE "public"."task_status" AS ENUM('NOT_START', 'QUEUED', 'IN_PROGRESS', 'SUCCESS', 'FAILURE', 'CANCELED');--> statement-breakpoint
CREATE TYPE "public"."asset" AS ENUM('CREDIT', 'COIN');--> statement-breakpoint
CREATE TYPE "public"."ledger_account" AS ENUM('FREE', 'HELD', 'PENDING', 'ISSUANCE', 'REVENUE');--> statement-breakpoint
CREATE TYPE "public"."ledger_transfer_type" AS ENUM('GRANT', 'RECHARGE', 'GEN_HOLD', 'GEN_SETTLE', 'GEN_REFUND', 'DOWNLOAD_SPEND', 'DOWNLOAD_REFUND');--> statement-breakpoint
CREATE TABLE "login_codes" (
	"id" uuid PRIMARY KEY NOT NULL,
	"phone" text NOT NULL,
	"address" text NOT NULL,
	"code_hash" text NOT NULL,
	"tries" smallint DEFAULT 0 NOT NULL,
	"unsent" boolean DEFAULT false NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"used_at" timestamp (3) with time zone,
	CONSTRAINT "login_codes_tries" CHECK ("login_codes"."tries" between 0 and 5),
	CONSTRAINT "login_codes_used_was_tried" CHECK ("login_codes"."used_at" is null or "login_codes"."tries" > 0)
);
--> statement-breakpoint
CREATE TABLE "refresh_tokens" (
	"hash" text PRIMARY KEY NOT NULL,
	"session_id" uuid NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"used_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "sessions" (
	"id" uuid PRIMARY KEY NOT NULL,
	"user_id" uuid NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"ended_at" timestamp (3) with time zone,
	"end_reason" text,
	CONSTRAINT "sessions_end_has_reason" CHECK (("sessions"."ended_at" is null) = ("sessions"."end_reason" is null)),
	CONSTRAINT "sessions_end_reason" CHECK ("sessions"."end_reason" in ('logout', 'refresh-reuse', 'ban'))
);
--> statement-breakpoint
CREATE TABLE "users" (
	"id" uuid PRIMARY KEY NOT NULL,
	"phone" text NOT NULL,
	"nickname" text NOT NULL,
	"bio" text DEFAULT '' NOT NULL,
	"avatar_media_id" uuid,
	"banned_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "users_phone_e164" CHECK ("users"."phone" ~ '^\+[1-9][0-9]{6,14}$'),
	CONSTRAINT "users_nickname_length" CHECK (char_length("users"."nickname") between 1 and 40),
	CONSTRAINT "users_bio_length" CHECK (char_length("users"."bio") <= 500)
);
--> statement-breakpoint
CREATE TABLE "media" (
	"id" uuid PRIMARY KEY NOT NULL,
	"user_id" uuid NOT NULL,
	"mime_type" text NOT NULL,
	"width" integer NOT NULL,
	"height" integer NOT NULL,
	"byte_size" integer NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "media_mime_type" CHECK ("media"."mime_type" in ('image/jpeg', 'image/png', 'image/webp')),
	CONSTRAINT "media_size_positive" CHECK ("media"."width" > 0 and "media"."height" > 0 and "media"."byte_size" > 0)
);
--> statement-breakpoint
CREATE TABLE "projects" (
	"id" uuid PRIMARY KEY NOT NULL,
	"user_id" uuid NOT NULL,
	"name" text NOT NULL,
	"description" text NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	"deleted_at" timestamp (3) with time zone,
	CONSTRAINT "projects_name_length" CHECK (char_length("projects"."name") between (case when "projects"."deleted_at" is null then 1 else 0 end) and 100),
	CONSTRAINT "projects_description_length" CHECK (char_length("projects"."description") <= 1000),
	CONSTRAINT "projects_deleted_is_empty" CHECK ("projects"."deleted_at" is null or ("projects"."name" = '' and "projects"."description" = ''))
);
--> statement-breakpoint
CREATE TABLE "task_attempts" (
	"id" uuid PRIMARY KEY NOT NULL,
	"task_id" uuid NOT NULL,
	"vendor" text NOT NULL,
	"vendor_model" text NOT NULL,
	"outcome" "attempt_outcome" DEFAULT 'SENDING' NOT NULL,
	"sender_id" integer NOT NULL,
	"vendor_task_id" text,
	"sent" jsonb NOT NULL,
	"answer" text,
	"video_url" text,
	"started_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	"ended_at" timestamp (3) with time zone,
	CONSTRAINT "task_attempts_accepted_has_id" CHECK (("task_attempts"."outcome" = 'ACCEPTED') = ("task_attempts"."vendor_task_id" is not null)),
	CONSTRAINT "task_attempts_ended" CHECK (("task_attempts"."outcome" = 'SENDING') = ("task_attempts"."ended_at" is null))
);
--> statement-breakpoint
CREATE TABLE "tasks" (
	"id" uuid PRIMARY KEY NOT NULL,
	"user_id" uuid NOT NULL,
	"prompt" text NOT NULL,
	"duration_sec" integer NOT NULL,
	"ratio" text NOT NULL,
	"model" text NOT NULL,
	"hd" boolean NOT NULL,
	"note" text,
	"project_id" uuid,
	"reference_image_id" uuid,
	"batch_id" uuid,
	"status" "task_status" DEFAULT 'NOT_START' NOT NULL,
	"progress" integer DEFAULT 0 NOT NULL,
	"cost_credits" integer NOT NULL,
	"failure_code" text,
	"revision" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	"submitted_at" timestamp (3) with time zone,
	"started_at" timestamp (3) with time zone,
	"finished_at" timestamp (3) with time zone,
	"next_look_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	CONSTRAINT "tasks_progress_range" CHECK ("tasks"."progress" between 0 and 100),
	CONSTRAINT "tasks_cost_positive" CHECK ("tasks"."cost_credits" > 0),
	CONSTRAINT "tasks_finished_when_final" CHECK (("tasks"."status" in ('SUCCESS', 'FAILURE', 'CANCELED')) = ("tasks"."finished_at" is not null)),
	CONSTRAINT "tasks_failure_has_code" CHECK (("tasks"."status" = 'FAILURE') = ("tasks"."failure_code" is not null)),
	CONSTRAINT "tasks_success_is_complete" CHECK ("tasks"."status" <> 'SUCCESS' or "tasks"."progress" = 100)
);
--> statement-breakpoint
CREATE TABLE "vendor_health" (
	"vendor" text PRIMARY KEY NOT NULL,
	"failures_in_a_row" integer DEFAULT 0 NOT NULL,
	"opened_at" timestamp (3) with time zone,
	"probed_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "videos" (
	"id" uuid PRIMARY KEY NOT NULL,
	"user_id" uuid NOT NULL,
	"task_id" uuid NOT NULL,
	"project_id" uuid,
	"duration_sec" integer NOT NULL,
	"ratio" text NOT NULL,
	"width" integer NOT NULL,
	"height" integer NOT NULL,
	"byte_size" bigint NOT NULL,
	"sha256" text NOT NULL,
	"download_count" integer DEFAULT 0 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	"deleted_at" timestamp (3) with time zone,
	CONSTRAINT "videos_size_positive" CHECK ("videos"."width" > 0 and "videos"."height" > 0 and "videos"."byte_size" > 0),
	CONSTRAINT "videos_sha256_form" CHECK ("videos"."sha256" ~ '^[0-9a-f]{64}$'),
	CONSTRAINT "videos_download_count_not_negative" CHECK ("videos"."download_count" >= 0)
);
--> statement-breakpoint
CREATE TABLE "ledger_transfers" (
	"id" uuid PRIMARY KEY NOT NULL,
	"key" text NOT NULL,
	"type" "ledger_transfer_type" NOT NULL,
	"asset" "asset" NOT NULL,
	"amount" bigint NOT NULL,
	"debit_account" "ledger_account" NOT NULL,
	"debit_user_id" uuid,
	"debit_balance_after" bigint,
	"debit_sequence" bigint,
	"credit_account" "ledger_account" NOT NULL,
	"credit_user_id" uuid,
	"credit_balance_after" bigint,
	"credit_sequence" bigint,
	"subject_type" text,
	"subject_id" uuid,
	"ends_transfer_id" uuid,
	"reason" text,
	"created_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	CONSTRAINT "ledger_transfers_amount_positive" CHECK ("ledger_transfers"."amount" > 0),
	CONSTRAINT "ledger_transfers_debit_side" CHECK (("ledger_transfers"."debit_account" in ('ISSUANCE', 'REVENUE')) = ("ledger_transfers"."debit_user_id" is null)
        and ("ledger_transfers"."debit_user_id" is null) = ("ledger_transfers"."debit_balance_after" is null)
        and ("ledger_transfers"."debit_user_id" is null) = ("ledger_transfers"."debit_sequence" is null)),
	CONSTRAINT "ledger_transfers_credit_side" CHECK (("ledger_transfers"."credit_account" in ('ISSUANCE', 'REVENUE')) = ("ledger_transfers"."credit_user_id" is null)
        and ("ledger_transfers"."credit_user_id" is null) = ("ledger_transfers"."credit_balance_after" is null)
        and ("ledger_transfers"."credit_user_id" is null) = ("ledger_transfers"."credit_sequence" is null)),
	CONSTRAINT "ledger_transfers_balances_not_negative" CHECK (coalesce("ledger_transfers"."debit_balance_after", 0) >= 0 and coalesce("ledger_transfers"."credit_balance_after", 0) >= 0),
	CONSTRAINT "ledger_transfers_subject" CHECK (("ledger_transfers"."subject_type" is null) = ("ledger_transfers"."subject_id" is null)),
	CONSTRAINT "ledger_transfers_type_sides" CHECK (case "ledger_transfers"."type"
        when 'GRANT' then "ledger_transfers"."debit_account" = 'ISSUANCE' and "ledger_transfers"."credit_account" = 'FREE'
        when 'RECHARGE' then "ledger_transfers"."debit_account" = 'ISSUANCE' and "ledger_transfers"."credit_account" = 'FREE'
        when 'GEN_HOLD' then "ledger_transfers"."debit_account" = 'FREE' and "ledger_transfers"."credit_account" = 'HELD'
        when 'GEN_SETTLE' then "ledger_transfers"."debit_account" = 'HELD' and "ledger_transfers"."credit_account" = 'REVENUE'
        when 'GEN_REFUND' then "ledger_transfers"."debit_account" = 'HELD' and "ledger_transfers"."credit_account" = 'FREE'
        when 'DOWNLOAD_SPEND' then "ledger_transfers"."debit_account" = 'FREE' and "ledger_transfers"."credit_account" = 'REVENUE'
        when 'DOWNLOAD_REFUND' then "ledger_transfers"."debit_account" = 'REVENUE' and "ledger_transfers"."credit_account" = 'FREE'
      end),
	CONSTRAINT "ledger_transfers_ending_names_its_start" CHECK (("ledger_transfers"."type" in ('GEN_SETTLE', 'GEN_REFUND', 'DOWNLOAD_REFUND')) = ("ledger_transfers"."ends_transfer_id" is not null))
);
--> statement-breakpoint
CREATE TABLE "wallets" (
	"user_id" uuid PRIMARY KEY NOT NULL,
	"credits_free" bigint DEFAULT 0 NOT NULL,
	"credits_held" bigint DEFAULT 0 NOT NULL,
	"coins_free" bigint DEFAULT 0 NOT NULL,
	"coins_pending" bigint DEFAULT 0 NOT NULL,
	"sequence" bigint DEFAULT 0 NOT NULL,
	CONSTRAINT "wallets_credits_free_not_negative" CHECK ("wallets"."credits_free" >= 0),
	CONSTRAINT "wallets_credits_held_not_negative" CHECK ("wallets"."credits_held" >= 0),
	CONSTRAINT "wallets_coins_free_not_negative" CHECK ("wallets"."coins_free" >= 0),
	CONSTRAINT "wallets_coins_pending_not_negative" CHECK ("wallets"."coins_pending" >= 0)
);
--> statement-breakpoint
CREATE TABLE "idempotency_keys" (
	"user_id" uuid NOT NULL,
	"mutation" text NOT NULL,
	"key" text NOT NULL,
	"input_hash" text NOT NULL,
	"result" jsonb NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	CONSTRAINT "idempotency_keys_user_id_mutation_key_pk" PRIMARY KEY("user_id","mutation","key")
);
--> statement-breakpoint
ALTER TABLE "refresh_tokens" ADD CONSTRAINT "refresh_tokens_session_id_sessions_id_fk" FOREIGN KEY ("session_id") REFERENCES "public"."sessions"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "media" ADD CONSTRAINT "media_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "projects" ADD CONSTRAINT "projects_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "task_attempts" ADD CONSTRAINT "task_attempts_task_id_tasks_id_fk" FOREIGN KEY ("task_id") REFERENCES "public"."tasks"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "tasks" ADD CONSTRAINT "tasks_project_id_projects_id_fk" FOREIGN KEY ("project_id") REFERENCES "public"."projects"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "tasks" ADD CONSTRAINT "tasks_reference_image_id_media_id_fk" FOREIGN KEY ("reference_image_id") REFERENCES "public"."media"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "videos" ADD CONSTRAINT "videos_project_id_projects_id_fk" FOREIGN KEY ("project_id") REFERENCES "public"."projects"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "ledger_transfers" ADD CONSTRAINT "ledger_transfers_ends_fk" FOREIGN KEY ("ends_transfer_id") REFERENCES "public"."ledger_transfers"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "login_codes_phone" ON "login_codes" USING btree ("phone","created_at") WHERE not "login_codes"."unsent";--> statement-breakpoint
CREATE INDEX "login_codes_address" ON "login_codes" USING btree ("address","created_at");--> statement-breakpoint
CREATE INDEX "login_codes_created" ON "login_codes" USING btree ("created_at");--> statement-breakpoint
CREATE UNIQUE INDEX "refresh_tokens_one_unused" ON "refresh_tokens" USING btree ("session_id") WHERE "refresh_tokens"."used_at" is null;--> statement-breakpoint
CREATE INDEX "refresh_tokens_session" ON "refresh_tokens" USING btree ("session_id");--> statement-breakpoint
CREATE INDEX "refresh_tokens_expires" ON "refresh_tokens" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "sessions_live_of_user" ON "sessions" USING btree ("user_id") WHERE "sessions"."ended_at" is null;--> statement-breakpoint
CREATE INDEX "sessions_expires" ON "sessions" USING btree ("expires_at");--> statement-breakpoint
CREATE UNIQUE INDEX "users_phone" ON "users" USING btree ("phone");--> statement-breakpoint
CREATE INDEX "projects_by_user" ON "projects" USING btree ("user_id","created_at","id") WHERE "projects"."deleted_at" is null;--> statement-breakpoint
CREATE INDEX "task_attempts_by_task" ON "task_attempts" USING btree ("task_id");--> statement-breakpoint
CREATE UNIQUE INDEX "task_attempts_vendor_task" ON "task_attempts" USING btree ("vendor","vendor_task_id");--> statement-breakpoint
CREATE UNIQUE INDEX "task_attempts_one_live" ON "task_attempts" USING btree ("task_id") WHERE "task_attempts"."outcome" <> 'THROTTLED';--> statement-breakpoint
CREATE INDEX "tasks_by_user" ON "tasks" USING btree ("user_id","created_at","id");--> statement-breakpoint
CREATE INDEX "tasks_by_batch" ON "tasks" USING btree ("batch_id") WHERE "tasks"."batch_id" is not null;--> statement-breakpoint
CREATE INDEX "tasks_unfinished_by_user" ON "tasks" USING btree ("user_id") WHERE "tasks"."finished_at" is null;--> statement-breakpoint
CREATE INDEX "tasks_unfinished_by_look" ON "tasks" USING btree ("next_look_at") WHERE "tasks"."finished_at" is null;--> statement-breakpoint
CREATE UNIQUE INDEX "videos_one_per_task" ON "videos" USING btree ("task_id");--> statement-breakpoint
CREATE INDEX "videos_by_user" ON "videos" USING btree ("user_id","created_at","id") WHERE "videos"."deleted_at" is null;--> statement-breakpoint
CREATE INDEX "videos_by_project" ON "videos" USING btree ("user_id","project_id","created_at","id") WHERE "videos"."deleted_at" is null and "videos"."project_id" is not null;--> statement-breakpoint
CREATE INDEX "videos_made_by_user" ON "videos" USING btree ("user_id");--> statement-breakpoint
CREATE UNIQUE INDEX "ledger_transfers_key" ON "ledger_transfers" USING btree ("key");--> statement-breakpoint
CREATE UNIQUE INDEX "ledger_transfers_ends" ON "ledger_transfers" USING btree ("ends_transfer_id") WHERE "ledger_transfers"."ends_transfer_id" is not null;--> statement-breakpoint
CREATE INDEX "ledger_transfers_debit_statement" ON "ledger_transfers" USING btree ("debit_user_id","asset","debit_sequence") WHERE "ledger_transfers"."debit_account" = 'FREE';--> statement-breakpoint
CREATE INDEX "ledger_transfers_credit_statement" ON "ledger_transfers" USING btree ("credit_user_id","asset","credit_sequence") WHERE "ledger_transfers"."credit_account" = 'FREE';--> statement-breakpoint
CREATE INDEX "idempotency_keys_created" ON "idempotency_keys" USING btree ("created_at");