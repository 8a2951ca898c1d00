import { existsSync } from "node:fs";
import { z } from "zod";
import { apiConfig } from "../api/api.config.js";
import { accountsSettings, accountsSettingsProblems } from "../modules/accounts/index.js";
import { catalogSettings } from "../modules/catalog/index.js";
import { feedSettings } from "../modules/feed/index.js";
import { reportsSettings } from "../modules/reports/index.js";
import { socialSettings } from "../modules/social/index.js";
import { tasksSettings } from "../modules/tasks/index.js";
import { downloadsSettings } from "../modules/videos/index.js";
import { walletSettings } from "../modules/wallet/index.js";
import { worksSettings } from "../modules/works/index.js";
import { aiLabelsSettings, aiLabelsSettingsProblems } from "../platform/ai-labels/ai-labels.config.js";
import { OperatorError } from "../platform/base/operator-error.js";
import { redisSettings } from "../platform/events/redis.config.js";
import { tracingSettings } from "../platform/observability/tracing.config.js";
import {
  type StorageLocation,
  storageLocation,
  storageSettings,
  storageSettingsProblems,
} from "../platform/storage/storage.config.js";
import { getPrimaryVendor, vendorsSettings, vendorsSettingsProblems } from "../vendors/vendors.config.js";
import { appSettings, appSettingsProblems } from "./app.config.js";

const communitySettings = z.object({
  ...worksSettings.shape,
  ...socialSettings.shape,
  ...feedSettings.shape,
  ...reportsSettings.shape,
});

/** Every setting there is, as the manual shows them: a title and the slice that a module owns. */
export const settingsSections = [
  { title: "The server", slice: apiConfig },
  { title: "Data and secrets", slice: appSettings },
  { title: "More than one machine", slice: redisSettings },
  { title: "Accounts", slice: accountsSettings },
  { title: "Community", slice: communitySettings },
  { title: "Wallet", slice: walletSettings },
  { title: "Tasks", slice: tasksSettings },
  { title: "Models", slice: catalogSettings },
  { title: "Vendors", slice: vendorsSettings },
  { title: "Files", slice: storageSettings },
  { title: "Labels of AI-made content", slice: aiLabelsSettings },
  { title: "Downloads without watermark", slice: downloadsSettings },
  { title: "Traces", slice: tracingSettings },
] as const;

const allSettings = z.object({
  ...apiConfig.shape,
  ...appSettings.shape,
  ...redisSettings.shape,
  ...accountsSettings.shape,
  ...communitySettings.shape,
  ...walletSettings.shape,
  ...tasksSettings.shape,
  ...catalogSettings.shape,
  ...vendorsSettings.shape,
  ...storageSettings.shape,
  ...aiLabelsSettings.shape,
  ...downloadsSettings.shape,
  ...tracingSettings.shape,
});

export type Settings = z.output<typeof allSettings>;

/** The settings, with the values that follow from several of them. */
export interface Config extends Settings {
  production: boolean;
  introspection: boolean;
  /** Whether /metrics answers other machines than this one. */
  metricsPublic: boolean;
  /** The page at /playground; with trusted documents alone it could ask nothing. */
  explorer: boolean;
  /** Of web pages that may use the API. */
  origins: "any" | string[];
  signupCredits: number;
  /** Milliseconds after which a new account may pay creators. */
  payerAgeMinMs: number;
  vendor: ReturnType<typeof getPrimaryVendor>;
  pollIntervalMs: number;
  storage: StorageLocation;
  /** PATH: where programs are looked for. */
  searchPath: string | undefined;
}

/** All that is wrong with the settings, in one message for people. */
export class ConfigError extends OperatorError {
  constructor(readonly problems: readonly string[]) {
    super(["The settings are not right:", ...problems.map((problem) => `  - ${problem}`)].join("\n"));
  }
}

/** The settings of this process. */
export function processConfig(overrides: Record<string, string> = {}): Config {
  return readConfig({ ...processEnvironment(), ...overrides });
}

/** The environment, with what `.env` adds to it. */
export function processEnvironment(): NodeJS.ProcessEnv {
  if (existsSync(".env")) process.loadEnvFile(".env");
  return process.env;
}

/** Throws ConfigError with everything that is missing or does not parse. */
export function readConfig(env: Record<string, string | undefined>): Config {
  const given = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value !== ""),
  );
  const { settings, problems: unreadable } = parseSettings(given);
  const production = settings.NODE_ENV === "production";
  const others = [
    ...accountsSettingsProblems(settings, production),
    ...appSettingsProblems(settings),
    ...storageSettingsProblems(settings),
    ...aiLabelsSettingsProblems(settings),
    ...(production ? missingInProduction(settings) : []),
    ...vendorsSettingsProblems(settings, production),
  ].filter((problem) => !unreadable.some(({ name }) => problem.startsWith(`${name} `)));
  const problems = [...unreadable.map(({ name, message }) => `${name}: ${message}`), ...others];
  if (problems.length > 0) throw new ConfigError(problems);
  const introspection = settings.INTROSPECTION ? settings.INTROSPECTION === "on" : !production;
  const vendor = getPrimaryVendor(settings);
  return {
    ...settings,
    production,
    vendor,
    introspection,
    metricsPublic: settings.METRICS_PUBLIC ? settings.METRICS_PUBLIC === "on" : !production,
    origins: allowedOrigins(settings, production),
    explorer: introspection && settings.TRUSTED_DOCUMENTS === "off",
    signupCredits: settings.SIGNUP_CREDITS ?? (production ? 0 : 100),
    payerAgeMinMs: settings.TIP_MIN_ACCOUNT_AGE_MS ?? (production ? 24 * 3_600_000 : 0),
    pollIntervalMs: settings.VENDOR_POLL_INTERVAL_MS ?? (vendor === "sandbox" ? 500 : 5_000),
    searchPath: env.PATH,
    storage: storageLocation(settings, settings.DATA_DIR),
  };
}

interface Unreadable {
  name: string;
  message: string;
}

/** A setting that does not parse counts as unset, so that the other problems are found all the same. */
function parseSettings(given: Record<string, string | undefined>): {
  settings: Settings;
  problems: Unreadable[];
} {
  const parsed = allSettings.safeParse(given);
  if (parsed.success) return { settings: parsed.data, problems: [] };
  const problems = parsed.error.issues.map(({ path, message }) => ({ name: String(path[0]), message }));
  const names = new Set(problems.map(({ name }) => name));
  const rest = Object.entries(given).filter(([name]) => !names.has(name));
  return { settings: allSettings.parse(Object.fromEntries(rest)), problems };
}

function allowedOrigins(settings: Settings, production: boolean): "any" | string[] {
  const listed = settings.CORS_ORIGINS ?? (production ? [] : "any");
  if (listed === "any" || !settings.PUBLIC_URL) return listed;
  return [...listed, new URL(settings.PUBLIC_URL).origin];
}

function missingInProduction(settings: Settings): string[] {
  const needed = ["DATABASE_URL", "AUTH_SECRET", "PUBLIC_URL"] as const;
  return needed
    .filter((name) => settings[name] === undefined)
    .map((name) => `${name} must be set in production`);
}
