/**
 * The import law: cli → app → { api, modules } → platform, and modules → vendors/contract. Never
 * backwards, no loops. Only `app` connects api, modules and vendors.
 */
const modules = [
  "accounts",
  "social",
  "wallet",
  "catalog",
  "projects",
  "media",
  "videos",
  "tasks",
  "works",
  "feed",
  "reports",
];
/** The other modules that each module may import. */
const mayImport = {
  accounts: [],
  social: ["accounts"],
  catalog: [],
  wallet: ["accounts"],
  projects: ["accounts", "wallet"],
  media: ["accounts", "wallet"],
  videos: ["accounts", "wallet", "catalog", "projects", "media"],
  tasks: ["accounts", "wallet", "catalog", "projects", "media", "videos"],
  works: ["accounts", "social", "wallet", "catalog", "projects", "media", "videos", "tasks"],
  feed: ["accounts", "social", "works"],
  reports: ["accounts", "social", "works"],
};

const forbid = (name, from, to, comment) => ({ name, severity: "error", comment, from, to });

module.exports = {
  forbidden: [
    forbid(
      "no-loops",
      {},
      { circular: true },
      "Two files that import each other belong in one file, or share a third.",
    ),
    forbid(
      "platform-imports-platform-only",
      { path: "^src/platform/" },
      { path: "^src/(?!platform/)" },
      "Platform is machinery without product words.",
    ),
    forbid(
      "vendors-import-platform-only",
      { path: "^src/vendors/" },
      { path: "^src/(?!vendors/|platform/)" },
      "An adapter translates between a vendor and the contract. It uses no task and no wallet.",
    ),
    forbid(
      "modules-import-the-vendor-contract-only",
      { path: "^src/modules/" },
      { path: "^src/(app|api|cli|generated)/|^src/vendors/(?!contract|vendor-directory)" },
      "The vendors' protocols stay behind the contract.",
    ),
    forbid(
      "api-imports-platform-only",
      { path: "^src/api/" },
      { path: "^src/(?!api/|platform/)" },
      "The edge gets everything else from app, as options.",
    ),
    forbid(
      "only-cli-imports-cli",
      { path: "^src/(?!cli/)" },
      { path: "^src/cli/" },
      "Commands are the outermost layer.",
    ),
    forbid(
      "app-imports-no-client",
      { path: "^src/app/" },
      { path: "^src/generated/" },
      "The generated operations are for the commands, as clients of the API.",
    ),
    forbid(
      "studio-imports-documents-only",
      { path: "^src/studio/" },
      { path: "^src/(?!studio/|generated/operations\\.ts$)" },
      "The studio is a client: it speaks GraphQL, with the documents of schema/operations.",
    ),
    forbid(
      "nothing-imports-the-studio",
      { path: "^src/(?!studio/)" },
      { path: "^src/studio/" },
      "The server sends the studio's build and knows nothing else of it.",
    ),
    forbid(
      "studio-parts-know-no-feature",
      { path: "^src/studio/(app|ui)/" },
      { path: "^src/studio/(features/|routes|main)" },
      "Only routes.tsx knows the pages.",
    ),
    forbid(
      "studio-features-know-no-other",
      { path: "^src/studio/features/([^/]+)/" },
      { path: "^src/studio/features/([^/]+)/", pathNot: "^src/studio/features/$1/" },
      "What two pages share is in ui or app.",
    ),
    ...modules.map((module) =>
      forbid(
        `${module}-imports`,
        { path: `^src/modules/${module}/` },
        {
          path: "^src/modules/",
          pathNot: `^src/modules/(module\\.ts$|(${[module, ...mayImport[module]].join("|")})/)`,
        },
        `${module} may import: ${mayImport[module].join(", ") || "no other module"}.`,
      ),
    ),
    ...modules.map((module) =>
      forbid(
        `${module}-is-imported-by-its-index`,
        { path: "^src/", pathNot: `^src/(modules/${module}|app)/` },
        { path: `^src/modules/${module}/`, pathNot: "/(index|[a-z-]+\\.resolver|[a-z-]+\\.tables)\\.ts$" },
        "Other folders import a module through its index.ts only.",
      ),
    ),
    forbid(
      "replica-is-imported-by-its-index",
      { path: "^src/", pathNot: "^src/platform/lists/replica/" },
      { path: "^src/platform/lists/replica/", pathNot: "/index\\.ts$" },
      "Reads from a replica have one interface.",
    ),
    forbid(
      "opentelemetry-is-loaded-on-demand",
      { path: "^src/" },
      {
        path: "^src/platform/observability/otlp-tracing",
        dependencyTypesNot: ["dynamic-import", "type-only"],
      },
      "Without a collector OpenTelemetry is not loaded.",
    ),
    forbid(
      "only-otlp-tracing-imports-opentelemetry",
      { path: "^src/", pathNot: "^src/platform/observability/otlp-tracing" },
      { path: "node_modules/@opentelemetry/" },
      "Other files use tracing.ts.",
    ),
    forbid(
      "the-ledger-names-no-other-table",
      { path: "^src/modules/wallet/.*\\.tables\\.ts$" },
      { path: "^src/.*\\.tables\\.ts$", pathNot: "^src/modules/wallet/" },
      "The ledger's tables have no foreign keys to other modules.",
    ),
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    parser: "swc",
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: { extensions: [".ts", ".tsx", ".js", ".mjs", ".json", ".css"] },
  },
};
