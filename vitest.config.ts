import { defineConfig } from "vitest/config";

const setupFiles = ["reflect-metadata", "tests/support/watched-fetch.ts"];

export default defineConfig({
  // Our source is ESM and type-graphql's graphql is found as CommonJS: both must be the same copy.
  resolve: { alias: [{ find: /^graphql$/, replacement: "graphql/index.js" }] },
  test: {
    globalSetup: ["tests/support/global-setup.ts"],
    testTimeout: 150_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
    maxConcurrency: 3,
    projects: [
      { extends: true, test: { name: "all", include: ["tests/**/*.test.ts"], setupFiles } },
      {
        // The API's tests once more, the other way that operations are run.
        extends: true,
        test: {
          name: "api, compiled",
          include: ["tests/api/**/*.test.ts"],
          setupFiles: [...setupFiles, "tests/support/compiled-at-once.ts"],
        },
      },
    ],
  },
});
