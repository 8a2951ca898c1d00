-- Unlogged: a text that a crash of the database forgets is sent again.
CREATE UNLOGGED TABLE "shared_texts" (
	"hash" text PRIMARY KEY NOT NULL,
	"text" text NOT NULL,
	"owner" text NOT NULL,
	"stored_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE INDEX "shared_texts_of_owner" ON "shared_texts" USING btree ("owner","stored_at");--> statement-breakpoint
CREATE INDEX "shared_texts_in_order" ON "shared_texts" USING btree ("stored_at");