-- Guards that the table definitions cannot say.

-- The ledger is written once: no row is ever changed or taken away.
CREATE FUNCTION refuse_ledger_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'ledger_transfers is append-only' USING ERRCODE = 'integrity_constraint_violation';
END $$;
--> statement-breakpoint
CREATE TRIGGER ledger_transfers_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON "ledger_transfers"
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_ledger_change();
--> statement-breakpoint
-- Wallets are rewritten often: room in each page keeps the new version beside the old one (HOT).
ALTER TABLE "wallets" SET (fillfactor = 50);
--> statement-breakpoint
ALTER TABLE "tasks" SET (fillfactor = 80);
--> statement-breakpoint
-- An ended task stays as it is, progress never falls, a price never changes.
CREATE FUNCTION refuse_task_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'task % may not change from % (% %%) to % (% %%)',
    OLD.id, OLD.status, OLD.progress, NEW.status, NEW.progress USING ERRCODE = 'integrity_constraint_violation';
END $$;
--> statement-breakpoint
CREATE TRIGGER tasks_move_forward BEFORE UPDATE ON "tasks" FOR EACH ROW
  WHEN ((OLD.finished_at IS NOT NULL AND NEW.status IS DISTINCT FROM OLD.status)
    OR NEW.progress < OLD.progress OR NEW.cost_credits <> OLD.cost_credits
    OR NEW.user_id <> OLD.user_id OR NEW.revision < OLD.revision)
  EXECUTE FUNCTION refuse_task_change();
--> statement-breakpoint
-- Across modules: a task is some user's, a video is some task's.
ALTER TABLE "tasks" ADD CONSTRAINT "tasks_user_fk" FOREIGN KEY ("user_id") REFERENCES "users"("id");
--> statement-breakpoint
ALTER TABLE "videos" ADD CONSTRAINT "videos_task_fk" FOREIGN KEY ("task_id") REFERENCES "tasks"("id");
