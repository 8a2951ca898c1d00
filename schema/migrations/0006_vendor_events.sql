CREATE TABLE "vendor_events" (
	"vendor" text NOT NULL,
	"event_id" text NOT NULL,
	"vendor_task_id" text NOT NULL,
	"received_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	CONSTRAINT "vendor_events_vendor_event_id_pk" PRIMARY KEY("vendor","event_id")
);
--> statement-breakpoint
ALTER TABLE "task_attempts" ADD COLUMN "retry_at" timestamp (3) with time zone;--> statement-breakpoint
CREATE INDEX "vendor_events_by_task" ON "vendor_events" USING btree ("vendor","vendor_task_id");--> statement-breakpoint
CREATE INDEX "vendor_events_received" ON "vendor_events" USING btree ("received_at");