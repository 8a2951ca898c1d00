import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Tests that take long: they start processes or a browser, make videos, wait for real time, or try thousands of inputs. */
const slow = [
  "tests/{browser,cli,clients,faults,machines,soak,studio}/**/*.test.ts",
  "tests/api/{authorization,ended-sessions}.test.ts",
  "tests/api/{fields-alone,fuzz,heavy-documents,http-limits,lists,main-job,locked-prompts}.test.ts",
  "tests/api/{refusals-reach-clients,request-cases,same-as-graphql,same-with-real-data,secrets}.test.ts",
  "tests/api/{slow-uploads,uploads,ws-closing,ws-limits}.test.ts",
  "tests/invariants/{audit,ledger-totals,payments,wallet-bounds}.test.ts",
  "tests/contracts/{event-bus,storage}.contract.test.ts",
  "tests/modules/accounts/{ban-command,development-code}.test.ts",
  "tests/modules/media/{ai-marks,image-colors,media,picture-exchanges}.test.ts",
  "tests/modules/tasks/{batch-cancel-retry,cancel-or-send,choosing-vendors,limits-and-deadline}.test.ts",
  "tests/modules/tasks/{projects-and-images,prompts-that-fail,vendor-health,vendor-outcomes,webhooks}.test.ts",
  "tests/modules/videos/{ffmpeg,hostile-videos,picture-colors,track-selection,video-files}.test.ts",
  "tests/modules/{feed/feed-plans,feed/paging-promise,reports/report-commands}.test.ts",
  "tests/modules/videos/{ai-labels,download-terms,labels-off}.test.ts",
  "tests/modules/works/{money-metrics,money-rules,payments,raced,removal,visibility,work-changed}.test.ts",
  "tests/platform/ai-labels/label-writer.test.ts",
  "tests/platform/content-credentials/content-credentials.test.ts",
  "tests/platform/db/database-connections.test.ts",
  "tests/platform/jobs/worker-liveness.test.ts",
  "tests/platform/metrics/{alerts-and-dashboard,metrics-endpoint}.test.ts",
  "tests/platform/observability/log-lines.test.ts",
  "tests/platform/storage/files-in-a-bucket.test.ts",
  "tests/vendors/{adapter-faults,dyuapi-answers,sandbox-films,vendor-answers,vendor-exchanges,vendor-files}.test.ts",
];

/** Tests that change or measure their whole process: its garbage collection, tracing, unused parser, or modules. */
const ownProcess = [
  "src/studio/features/create/draft.test.ts",
  "tests/api/deep-documents.test.ts",
  "tests/faults/short-lived-rows.test.ts",
  "tests/platform/observability/traces.test.ts",
];

/** The longest files first, so that the run does not end with one worker waiting for another. */
const longest = ["faults/crash-points", "soak/soak", "machines/failover", "faults/finished-videos"];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId, project }: TestSpecification) => {
      const place = longest.findIndex((name) => moduleId.includes(name));
      if (place >= 0) return place;
      return longest.length + ["slow", "fast", "own process"].indexOf(project.name);
    };
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b));
  }
}

const shared = {
  // Our source is ESM and type-graphql's graphql is found as CommonJS: both must be the same copy.
  resolve: { alias: [{ find: /^graphql$/, replacement: "graphql/index.js" }] },
  test: {
    testTimeout: 600_000,
    hookTimeout: 600_000,
    expect: { poll: { timeout: 60_000 } },
    maxConcurrency: 3,
    // Loading the product's modules again would take longer than most files run.
    isolate: false,
    setupFiles: ["reflect-metadata", "tests/support/watched-fetch.ts"],
  },
};

const project = (test: object) => ({ ...shared, test: { ...shared.test, ...test } });

export default defineConfig({
  test: {
    globalSetup: ["tests/support/global-setup.ts"],
    maxWorkers: 2,
    // graphql leaves errors of a list unhandled after the first one: see `survivePassedOverErrors`.
    onUnhandledError: ({ name, stack }) =>
      !(name === "GraphQLError" && String(stack).includes("completeListValue")),
    sequence: { sequencer: LongestFirst },
    projects: [
      project({
        name: "fast",
        include: ["tests/**/*.test.ts", "src/studio/**/*.test.ts"],
        exclude: [...slow, ...ownProcess],
      }),
      project({ name: "slow", include: slow, exclude: ownProcess }),
      project({ name: "own process", include: ownProcess, isolate: true }),
    ],
  },
});
