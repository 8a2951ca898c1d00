import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inject } from "vitest";
import { startApi } from "../../src/app/api.js";
import { readConfig } from "../../src/app/config.js";
import { type App, createApp } from "../../src/app/create-app.js";
import { Shutdown } from "../../src/app/shutdown.js";
import { startWorker } from "../../src/app/worker.js";
import shippedCatalog from "../../src/modules/catalog/catalogs/default.json" with { type: "json" };
import { findFfmpegPath } from "../../src/platform/ffmpeg/ffmpeg-path.js";
import { createLogger } from "../../src/platform/observability/logger.js";
import { type SandboxVendor, startSandboxVendor } from "../../src/vendors/sandbox/index.js";
import { Client } from "./client.js";
import { freshDatabase, type TestDatabase } from "./database.js";
import { SecretWatch } from "./secret-watch.js";
import { newPhone, type Seed } from "./seed.js";

/** The code in the explorer's example, so the browser test only has to press the buttons. */
export const fixedCode = "123456";

const sandboxKey = "sandbox-key-of-the-tests";

/** The whole product as it runs in production: real database, real vendor server, real HTTP. */
export interface Product {
  app: App;
  url: string;
  sandbox: SandboxVendor;
  testDb: TestDatabase;
  seed: Seed;
  dataDir: string;
  /** Everything that was logged, one JSON line each. */
  logged: string[];
  /** Closing the product fails if one of these was logged or sent to a client. */
  secrets: SecretWatch;
  client(): Client;
  /** A new user who signed up through the API: logged in, with the sign-up credits. */
  user(): Promise<Client>;
  close(): Promise<void>;
}

export interface ProductOptions {
  settings?: Record<string, string>;
  worker?: boolean;
  /** The address at which the product finds its database: a proxy before the real one. */
  databaseAt?: (url: string) => Promise<string>;
  /** Films of the shipped catalog's size. Default: a fifth of it, which costs a tenth of the time. */
  fullSize?: boolean;
}

/** The shipped catalog with small films. */
export function smallFilms(folder: string): string {
  const path = join(folder, "small-films.json");
  const sizes = { RATIO_9_16: "144x256", RATIO_16_9: "256x144", RATIO_1_1: "144x144" };
  writeFileSync(path, JSON.stringify({ ...shippedCatalog, sizes }));
  return path;
}

export async function startProduct(options: ProductOptions = {}): Promise<Product> {
  const testDb = await freshDatabase();
  const dataDir = mkdtempSync(join(tmpdir(), "skyriff-product-"));
  const sandbox = await startSandbox();
  const settings = {
    ...settingsFor({ databaseUrl: (await options.databaseAt?.(testDb.url)) ?? testDb.url, dataDir, sandbox }),
    ...(!options.fullSize && { MODEL_CATALOG: smallFilms(dataDir) }),
    ...options.settings,
  };
  const opened = await openProduct(settings, options);
  const client = () => new Client(opened.url);
  return {
    ...opened,
    sandbox,
    testDb,
    seed: testDb.seed,
    dataDir,
    client,
    user: async () => {
      const fresh = client();
      await fresh.logIn(newPhone(), fixedCode);
      return fresh;
    },
    close: async () => {
      try {
        await opened.close();
      } finally {
        await sandbox.close();
        await testDb.drop();
        rmSync(dataDir, { recursive: true, force: true });
      }
    },
  };
}

/** The sandbox vendor of the tests: a task takes 600 ms, and every film of one size is the same. */
export async function startSandbox(): Promise<SandboxVendor> {
  const ffmpegPath = await findFfmpegPath({ setting: undefined, searchPath: process.env.PATH });
  return startSandboxVendor({
    port: 0,
    durationMs: 600,
    apiKey: sandboxKey,
    ffmpegPath,
    oneFilmForAll: true,
    filmsFolder: inject("filmsFolder"),
  });
}

/** The settings of a test's server, in this process or a separate one. */
export function settingsFor(world: {
  databaseUrl: string;
  dataDir: string;
  sandbox: SandboxVendor;
}): Record<string, string> {
  return {
    DATABASE_URL: world.databaseUrl,
    DATA_DIR: world.dataDir,
    PORT: "0",
    LOG_LEVEL: "trace", // Every line is searched for secrets.
    SMS_FIXED_CODE: fixedCode,
    LOGIN_CODES_PER_ADDRESS_PER_HOUR: "100000",
    RATE_LIMIT_PER_MINUTE: "1000000",
    VENDOR: "dyuapi",
    DYUAPI_BASE_URL: world.sandbox.url,
    DYUAPI_API_KEY: sandboxKey,
    DYUAPI_TIMEOUT_MS: "4000",
    OPENAI_TIMEOUT_MS: "4000",
    VENDOR_POLL_INTERVAL_MS: "100",
  };
}

/** The product in this process, with the database and folder that the settings name. */
export async function openProduct(
  settings: Record<string, string>,
  { worker = true }: Pick<ProductOptions, "worker"> = {},
): Promise<Pick<Product, "app" | "url" | "logged" | "secrets" | "close">> {
  const config = readConfig({ PATH: process.env.PATH, ...settings });
  const logged: string[] = [];
  const destination = { write: (line: string) => void logged.push(line) };
  const logger = await createLogger({ level: config.LOG_LEVEL, pretty: false, destination });
  const shutdown = new Shutdown(logger);
  const app = await createApp(config, { database: "own", worker }, logger, shutdown);
  const url = await startApi(app, shutdown);
  if (worker) await startWorker(app, shutdown);
  const secrets = new SecretWatch(settings);
  secrets.readOwnSecret(config.DATA_DIR);
  secrets.watch(url);
  const close = async () => {
    secrets.check("the figures", await app.metrics.registry.metrics());
    await shutdown.close();
    secrets.check("the log", logged.join(""));
    await secrets.end();
  };
  return { app, url, logged, secrets, close };
}
