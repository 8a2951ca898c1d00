import { z } from "zod";
import { crashPoints } from "../platform/base/fault-injection.js";
import { wholeNumber } from "../platform/base/settings.js";
import { problemWithDatabaseUrl, type ServerRole } from "../platform/db/index.js";

function databaseUrl(role: ServerRole) {
  return z.string().superRefine((url, { addIssue }) => {
    const message = problemWithDatabaseUrl(url, role);
    if (message !== null) addIssue({ code: "custom", message });
  });
}

/** Comma-separated; each at least 32 bytes. */
const secrets = z
  .string()
  .transform((text) => text.split(",").map((secret) => secret.trim()))
  .refine(
    (all) => all.every((secret) => Buffer.byteLength(secret) >= 32),
    "each secret must have at least 32 bytes",
  );

export const appSettings = z.object({
  NODE_ENV: z
    .enum(["production", "development", "test"])
    .default("development")
    .describe("In production nothing is made up: what must be set, must be set."),
  DATABASE_URL: databaseUrl("primary")
    .optional()
    .describe(
      "PostgreSQL 16 or later. May name several hosts (`postgres://user:password@a:5432,b:5432/skyriff?target_session_attrs=read-write`): the one that takes writes is used, and found again after a failover. Unset: an embedded PostgreSQL under DATA_DIR.",
    ),
  DATABASE_DIRECT_URL: databaseUrl("primary")
    .optional()
    .describe(
      "The same database without a pool in between; must be set when DATABASE_URL leads to PgBouncer in transaction mode. May name several hosts too.",
    ),
  DATABASE_READ_URL: databaseUrl("standby")
    .optional()
    .describe(
      "A streaming replica of the database, for lists. It may lag: nobody is shown less than what they wrote themselves, and nothing about money is read there. May name several hosts, of which a replica is used. Unset: everything is read from DATABASE_URL.",
    ),
  DATA_DIR: z
    .string()
    .default(".data")
    .describe("Where the embedded database, disk storage and generated secrets are kept."),
  AUTH_SECRET: secrets
    .optional()
    .describe(
      "Signs tokens and links; at least 32 bytes. A comma-separated list rotates: the first signs, all verify. The same for all processes of one installation. Unset: made once and kept in DATA_DIR.",
    ),
  LOG_LEVEL: z
    .enum(["fatal", "error", "warn", "info", "debug", "trace", "silent"])
    .default("info")
    .describe("The least important events that are logged."),
  METRICS_PORT: wholeNumber(0, 65_535)
    .optional()
    .describe(
      "A port of its own for /metrics, /healthz and /readyz, on HOST; /metrics is then not on PORT. A worker without an API has no other. Unset: none.",
    ),
  METRICS_PUBLIC: z
    .enum(["on", "off"])
    .optional()
    .describe(
      "off: /metrics answers only requests that are made on this machine and that no proxy has passed on. Unset: on, and off in production.",
    ),
  CRASH_AT: z
    .enum(crashPoints)
    .optional()
    .describe("For the fault tests alone: the process kills itself at this point of a task's life."),
});

/** What each setting alone cannot say. Empty when all is well. */
export function appSettingsProblems(settings: z.output<typeof appSettings>): string[] {
  const needDatabaseUrl = ["DATABASE_DIRECT_URL", "DATABASE_READ_URL"] as const;
  return needDatabaseUrl
    .filter((name) => settings[name] && !settings.DATABASE_URL)
    .map((name) => `DATABASE_URL must be set when ${name} is`);
}
