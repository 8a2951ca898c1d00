-- Unlogged: counts of the last minute are worth no write-ahead log, and a crash may forget them.
CREATE UNLOGGED TABLE "shared_counts" (
	"key" text PRIMARY KEY NOT NULL,
	"points" integer NOT NULL,
	"expire" timestamp (3) with time zone
);
