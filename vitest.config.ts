import { defineConfig } from "vitest/config";

/** Server processes, several machines, a browser, other people's clients, long runs. */
const slow = [
  "tests/{browser,cli,clients,faults,machines,soak}/**/*.test.ts",
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

export default defineConfig({
  test: {
    globalSetup: ["tests/support/global-setup.ts"],
    maxWorkers: 2,
    projects: [
      {
        ...shared,
        // Files of one worker share its modules: loading them takes longer than most of these files run.
        test: { ...shared.test, name: "fast", isolate: false, include: ["tests/**/*.test.ts"], exclude: slow },
      },
      { ...shared, test: { ...shared.test, name: "slow", include: slow } },
    ],
  },
});
