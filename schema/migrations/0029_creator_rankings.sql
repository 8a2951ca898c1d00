CREATE TABLE "creator_rankings" (
	"period" text PRIMARY KEY NOT NULL,
	"made_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	"user_ids" uuid[] NOT NULL,
	"credits" bigint[] NOT NULL,
	"tippers" integer[] NOT NULL,
	CONSTRAINT "creator_rankings_lists_of_one_size" CHECK (cardinality("creator_rankings"."user_ids") <= 10000 and cardinality("creator_rankings"."credits") = cardinality("creator_rankings"."user_ids")
        and cardinality("creator_rankings"."tippers") = cardinality("creator_rankings"."user_ids"))
);
