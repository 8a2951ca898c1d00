import { defineConfig } from "vitest/config";

/** Tests that start processes or a browser, wait for real time, measure memory, or try thousands of inputs. */
const slow = [
  "tests/{browser,cli,clients,faults,machines,soak}/**/*.test.ts",
  "tests/api/{fuzz,heavy-documents,http-limits,lists,same-as-graphql,same-with-real-data}.test.ts",
  "tests/api/{secrets,slow-uploads,uploads,ws-limits}.test.ts",
  "tests/invariants/wallet-bounds.test.ts",
  "tests/modules/media/picture-exchanges.test.ts",
  "tests/modules/tasks/{cancel-or-send,choosing-vendors,limits-and-deadline,webhooks}.test.ts",
  "tests/modules/videos/{ffmpeg,hostile-videos,picture-colors,track-selection,video-files}.test.ts",
  "tests/platform/db/database-connections.test.ts",
  "tests/platform/metrics/alerts-and-dashboard.test.ts",
  "tests/platform/observability/traces.test.ts",
  "tests/platform/storage/files-in-a-bucket.test.ts",
  "tests/vendors/{adapter-faults,sandbox-films,vendor-answers,vendor-exchanges,vendor-files}.test.ts",
];

const shared = {
  // Our source is ESM and type-graphql's graphql is found as CommonJS: both must be the same copy.
  resolve: { alias: [{ find: /^graphql$/, replacement: "graphql/index.js" }] },
  test: {
    testTimeout: 150_000,
    hookTimeout: 120_000,
    maxConcurrency: 3,
    setupFiles: ["reflect-metadata", "tests/support/watched-fetch.ts"],
  },
};

const fast = { name: "fast", include: ["tests/**/*.test.ts"], exclude: slow };

export default defineConfig({
  test: {
    globalSetup: ["tests/support/global-setup.ts"],
    maxWorkers: 2,
    projects: [
      { ...shared, test: { ...shared.test, ...fast } },
      { ...shared, test: { ...shared.test, name: "slow", include: slow } },
    ],
  },
});
