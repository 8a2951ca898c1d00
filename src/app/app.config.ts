import { z } from "zod";
import { wholeNumber } from "../platform/base/settings.js";
import { problemWithDatabaseUrl, type ServerRole } from "../platform/db/index.js";
import { crashPoints } from "./crash-points.js";

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
    .describe("In production, secrets are never generated: every required setting must be set."),
  DATABASE_URL: databaseUrl("primary")
    .optional()
    .describe(
      "PostgreSQL 16 or later. May name several hosts (`postgres://user:password@a:5432,b:5432/skyriff?target_session_attrs=read-write`): the server uses the one that accepts writes, and finds the new one after a failover. Unset: an embedded PostgreSQL under DATA_DIR.",
    ),
  DATABASE_DIRECT_URL: databaseUrl("primary")
    .optional()
    .describe(
      "The same database without a pool in between. Required if DATABASE_URL is a PgBouncer in transaction mode. May name several hosts.",
    ),
  DATABASE_READ_URL: databaseUrl("standby")
    .optional()
    .describe(
      "A streaming replica of the database, for lists. It may lag, but users always see their own writes, and money is never read from it. May name several hosts; the server uses a replica among them. Unset: lists are read from DATABASE_URL.",
    ),
  DATA_DIR: z
    .string()
    .default(".data")
    .describe("The folder of the embedded database, the disk storage and generated secrets."),
  AUTH_SECRET: secrets
    .optional()
    .describe(
      "Signs tokens and links; at least 32 bytes. A comma-separated list rotates: the first signs, all verify. Must be the same for all processes of an installation. Unset: generated once and stored in DATA_DIR.",
    ),
  LOG_LEVEL: z
    .enum(["fatal", "error", "warn", "info", "debug", "trace", "silent"])
    .default("info")
    .describe("The lowest level that is logged."),
  METRICS_PORT: wholeNumber(0, 65_535)
    .optional()
    .describe(
      "A separate port for /metrics, /healthz and /readyz, on HOST; /metrics is then not on PORT. It is the only port of a worker without an API. Unset: none.",
    ),
  METRICS_PUBLIC: z
    .enum(["on", "off"])
    .optional()
    .describe(
      "off: /metrics only answers requests from this machine that no proxy has forwarded. Unset: on, and off in production.",
    ),
  CRASH_AT: z
    .enum(crashPoints)
    .optional()
    .describe("For the fault tests alone: the process kills itself at this point of a task's life."),
});

/** Problems that concern several settings. Empty if there are none. */
export function appSettingsProblems(settings: z.output<typeof appSettings>): string[] {
  const needDatabaseUrl = ["DATABASE_DIRECT_URL", "DATABASE_READ_URL"] as const;
  return needDatabaseUrl
    .filter((name) => settings[name] && !settings.DATABASE_URL)
    .map((name) => `DATABASE_URL must be set when ${name} is`);
}
