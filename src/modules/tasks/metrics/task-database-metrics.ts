import { sql } from "drizzle-orm";
import type { MetricSource, Sample } from "../../../platform/metrics/database-metrics.js";

/** Upper bounds of the age bands of unfinished tasks, in minutes. */
const agesMin = [1, 5, 15, 45] as const;

/** Unfinished tasks, and attempts for operators to review. Read from partial indexes without the successful tasks. */
export const taskDatabaseMetrics = (taskTimeoutMs: number): MetricSource => ({
  metrics: [
    {
      name: "skyriff_unfinished_tasks",
      help: "Tasks that have not ended, by status and by how many minutes ago they were created",
      type: "gauge",
      labels: ["status", "age"],
    },
    {
      name: "skyriff_oldest_unfinished_task_seconds",
      help: "Age of the oldest task of this status",
      type: "gauge",
      labels: ["status"],
    },
    {
      name: "skyriff_tasks_without_job",
      help: "New tasks whose job is not enqueued yet",
      type: "gauge",
    },
    {
      name: "skyriff_overdue_tasks",
      help: "Unfinished tasks that are past TASK_TIMEOUT_MS",
      type: "gauge",
    },
    { name: "skyriff_open_holds", help: "Holds that have not ended, one per unfinished task", type: "gauge" },
    { name: "skyriff_open_holds_credits", help: "Credits in them", type: "gauge" },
    {
      name: "skyriff_late_successes_total",
      help: "Tasks that a vendor completed after they had ended here without a video",
      type: "counter",
    },
    {
      name: "skyriff_unknown_outcomes_total",
      help: "Submissions with an unknown outcome",
      type: "counter",
    },
    {
      name: "skyriff_attempts_to_review",
      help: "Late successes and unknown outcomes that no operator has reviewed",
      type: "gauge",
      labels: ["kind"],
    },
    {
      name: "skyriff_attempts_to_ask",
      help: "Attempts of ended tasks whose outcome at the vendor is to be checked",
      type: "gauge",
    },
  ],
  async read(db) {
    const unfinished = await db.execute<UnfinishedRow>(sql`
      select status, width_bucket(age_min, array[${sql.join([...agesMin], sql`, `)}]::float8[]) as band,
        count(*)::int as tasks, sum(cost_credits)::float8 as credits, max(age_min) * 60 as oldest_sec,
        count(*) filter (where age_min * 60000 >= ${taskTimeoutMs})::int as overdue
      from (
        select status, cost_credits, (extract(epoch from clock_timestamp() - created_at) / 60)::float8 as age_min
        from tasks where finished_at is null
      ) t
      group by 1, 2`);
    const [counts] = await db.execute<CountsRow>(sql`
      select count(*) filter (where late_success_at is not null)::int as late,
        count(*) filter (where outcome = 'UNKNOWN')::int as unknown,
        count(*) filter (where late_success_at is not null and reviewed_at is null)::int as late_open,
        count(*) filter (where outcome = 'UNKNOWN' and reviewed_at is null)::int as unknown_open,
        (select count(*) from task_attempts where reconcile_at is not null)::int as to_ask,
        (select count(*) from new_tasks)::int as without_job
      from task_attempts where outcome = 'UNKNOWN' or late_success_at is not null`);
    return [...unfinishedSamples(unfinished), ...(counts ? countSamples(counts) : [])];
  },
});

type UnfinishedRow = {
  status: string;
  band: number;
  tasks: number;
  credits: number;
  oldest_sec: number;
  overdue: number;
};

function unfinishedSamples(rows: readonly UnfinishedRow[]): Sample[] {
  const sum = (pick: (row: UnfinishedRow) => number) => rows.reduce((total, row) => total + pick(row), 0);
  const statuses = ["NOT_START", "QUEUED", "IN_PROGRESS"];
  return [
    ...statuses.flatMap((status): Sample[] => {
      const own = rows.filter((row) => row.status === status);
      const oldest = Math.max(0, ...own.map((row) => row.oldest_sec));
      return [
        ...bands.map((age, band) => ({
          name: "skyriff_unfinished_tasks",
          labels: { status, age },
          value: own.find((row) => row.band === band)?.tasks ?? 0,
        })),
        { name: "skyriff_oldest_unfinished_task_seconds", labels: { status }, value: oldest },
      ];
    }),
    { name: "skyriff_overdue_tasks", value: sum((row) => row.overdue) },
    { name: "skyriff_open_holds", value: sum((row) => row.tasks) },
    { name: "skyriff_open_holds_credits", value: sum((row) => row.credits) },
  ];
}

/** "0-1", "1-5", … "45-": minutes. */
const bands = [0, ...agesMin].map((from, band) => `${from}-${agesMin[band] ?? ""}`);

type CountsRow = {
  late: number;
  unknown: number;
  late_open: number;
  unknown_open: number;
  to_ask: number;
  without_job: number;
};

function countSamples(row: CountsRow): Sample[] {
  const toReview = (kind: string, value: number) => ({
    name: "skyriff_attempts_to_review",
    labels: { kind },
    value,
  });
  return [
    { name: "skyriff_late_successes_total", value: row.late },
    { name: "skyriff_unknown_outcomes_total", value: row.unknown },
    toReview("late-success", row.late_open),
    toReview("unknown-outcome", row.unknown_open),
    { name: "skyriff_attempts_to_ask", value: row.to_ask },
    { name: "skyriff_tasks_without_job", value: row.without_job },
  ];
}
