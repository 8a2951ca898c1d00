/**
 * The import law: cli → app → api → modules → vendors/contract, platform. Never backwards, no loops.
 * `app` alone plugs everything together.
 */
const modules = ["accounts", "wallet", "catalog", "projects", "media", "videos", "tasks"];
/** What each module may know of the others. */
const mayKnow = {
  accounts: [],
  catalog: [],
  wallet: ["accounts"],
  projects: ["accounts", "wallet"],
  media: ["accounts", "wallet"],
  videos: ["accounts", "wallet", "catalog", "projects", "media"],
  tasks: ["accounts", "wallet", "catalog", "projects", "media", "videos"],
};

const forbid = (name, from, to, comment) => ({ name, severity: "error", comment, from, to });

module.exports = {
  forbidden: [
    forbid("no-loops", {}, { circular: true }, "Two files that need each other are one file or three."),
    forbid(
      "platform-knows-nobody",
      { path: "^src/platform/" },
      { path: "^src/(?!platform/)" },
      "Platform is machinery without domain words.",
    ),
    forbid(
      "vendors-know-platform-only",
      { path: "^src/vendors/" },
      { path: "^src/(?!vendors/|platform/)" },
      "An adapter translates; it knows no task and no wallet.",
    ),
    forbid(
      "modules-know-the-vendor-contract-only",
      { path: "^src/modules/" },
      { path: "^src/(app|api|cli|generated)/|^src/vendors/(?!contract|vendor-errors|vendor-directory)" },
      "Everything vendor-shaped stays behind the contract.",
    ),
    forbid(
      "api-knows-modules-and-platform",
      { path: "^src/api/" },
      { path: "^src/(app|cli|vendors|generated)/" },
      "The edge is plugged in by app.",
    ),
    forbid(
      "nobody-knows-cli",
      { path: "^src/(?!cli/)" },
      { path: "^src/cli/" },
      "Commands are the outermost layer.",
    ),
    forbid(
      "app-knows-no-cli",
      { path: "^src/app/" },
      { path: "^src/(cli|generated)/" },
      "app is below the commands.",
    ),
    ...modules.map((module) =>
      forbid(
        `${module}-knows-its-own`,
        { path: `^src/modules/${module}/` },
        { path: "^src/modules/", pathNot: `^src/modules/(${[module, ...mayKnow[module]].join("|")})/` },
        `${module} may know: ${mayKnow[module].join(", ") || "no other module"}.`,
      ),
    ),
    ...modules.map((module) =>
      forbid(
        `${module}-is-entered-by-its-index`,
        { path: "^src/", pathNot: `^src/(modules/${module}|app)/` },
        { path: `^src/modules/${module}/`, pathNot: "/(index|[a-z-]+\\.resolver|[a-z-]+\\.tables)\\.ts$" },
        "A module is entered through its index.ts.",
      ),
    ),
    forbid(
      "replica-is-entered-by-its-index",
      { path: "^src/", pathNot: "^src/platform/lists/replica/" },
      { path: "^src/platform/lists/replica/", pathNot: "/index\\.ts$" },
      "Lists from a replica are one piece with one interface.",
    ),
    forbid(
      "traces-are-loaded-when-wanted",
      { path: "^src/" },
      {
        path: "^src/platform/observability/otlp-tracing",
        dependencyTypesNot: ["dynamic-import", "type-only"],
      },
      "Without a collector nothing of OpenTelemetry is loaded.",
    ),
    forbid(
      "opentelemetry-has-one-home",
      { path: "^src/", pathNot: "^src/platform/observability/otlp-tracing" },
      { path: "node_modules/@opentelemetry/" },
      "Everybody else speaks to tracing.ts.",
    ),
    forbid(
      "the-ledger-names-no-other-table",
      { path: "^src/modules/wallet/.*\\.tables\\.ts$" },
      { path: "^src/.*\\.tables\\.ts$" },
      "The ledger stands by itself.",
    ),
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    parser: "swc",
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: { extensions: [".ts", ".js", ".mjs", ".json"] },
  },
};
