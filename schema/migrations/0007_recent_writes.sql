-- Unlogged: a crash of the primary ends every replica's lag, and with it what this is for.
CREATE UNLOGGED TABLE "recent_writes" (
	"user_id" uuid PRIMARY KEY NOT NULL,
	"position" "pg_lsn" NOT NULL,
	"written_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
