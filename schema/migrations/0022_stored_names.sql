-- Columns, indexes and a constraint are named as in the code. Their contents stay.
ALTER TABLE "tasks" RENAME COLUMN "next_look_at" TO "next_check_at";--> statement-breakpoint
ALTER INDEX "tasks_unfinished_by_look" RENAME TO "tasks_unfinished_by_check";--> statement-breakpoint
ALTER TABLE "task_attempts" RENAME COLUMN "ask_again_at" TO "reconcile_at";--> statement-breakpoint
ALTER INDEX "task_attempts_to_ask" RENAME TO "task_attempts_to_reconcile";--> statement-breakpoint
ALTER TABLE "task_attempts" RENAME CONSTRAINT "task_attempts_asks_by_id" TO "task_attempts_reconciled_by_id";--> statement-breakpoint
ALTER TABLE "new_tasks" RENAME COLUMN "origin" TO "request_info";--> statement-breakpoint
-- Two queues get new names. Their jobs move with them, in whatever state, and so do dead letters that came
-- from them. Deleting the old queue also deletes its cron schedule: a worker writes the new one when it starts.
-- A new database has no queues yet.
DO $$
DECLARE
  renamed record;
BEGIN
  IF to_regclass('pgboss.queue') IS NULL THEN
    RETURN;
  END IF;
  FOR renamed IN
    SELECT * FROM (VALUES ('take-in-video', 'ingest-video'), ('ask-late-answers', 'reconcile-attempts')) AS n(was, now)
  LOOP
    INSERT INTO pgboss.queue
      SELECT (jsonb_populate_record(q, jsonb_build_object('name', renamed.now))).* FROM pgboss.queue q
      WHERE q.name = renamed.was
      ON CONFLICT (name) DO NOTHING;
    UPDATE pgboss.job SET name = renamed.now WHERE name = renamed.was;
    UPDATE pgboss.job SET source_name = renamed.now WHERE source_name = renamed.was;
    DELETE FROM pgboss.queue WHERE name = renamed.was;
  END LOOP;
  UPDATE pgboss.job SET data = data - 'looks' || jsonb_build_object('polls', data -> 'looks')
    WHERE name = 'check-task' AND data ? 'looks';
END $$;
