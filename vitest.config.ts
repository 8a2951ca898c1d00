import { defineConfig } from "vitest/config";

export default defineConfig({
  // Our source is ESM and type-graphql's graphql is found as CommonJS: both must be the same copy.
  resolve: { alias: [{ find: /^graphql$/, replacement: "graphql/index.js" }] },
  test: {
    globalSetup: ["tests/support/global-setup.ts"],
    testTimeout: 150_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
    maxConcurrency: 3,
    include: ["tests/**/*.test.ts"],
    setupFiles: ["reflect-metadata", "tests/support/watched-fetch.ts"],
  },
});
