DROP INDEX "tasks_unfinished_by_user";--> statement-breakpoint
CREATE INDEX "tasks_unfinished_by_user" ON "tasks" USING btree ("user_id","created_at","id") WHERE "tasks"."finished_at" is null;