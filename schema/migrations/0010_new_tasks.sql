CREATE TABLE "new_tasks" (
	"task_id" uuid PRIMARY KEY NOT NULL,
	"origin" jsonb
);
