// Published videos, their public files, and what people do with them. Guarantees: a work is seen only by the rules of
// visibility.ts, counts are exact, and the links to a work's files die when it is taken out. This module does not
// import feed or reports.

export { worksBanHook } from "./bans.js";
export { PaymentReversals } from "./payments/payment-reversals.js";
export { tipSteps } from "./payments/payments.service.js";
export { backdateWork } from "./publish/publications.repository.js";
export { type RemovalDependencies, RemovalService } from "./publish/removal.service.js";
export { type Takedown, TakedownService } from "./publish/takedown.service.js";
export { workFileOwners } from "./publish/work-file-owners.js";
export { priceCreditsMax } from "./publish/work-settings.js";
export { WorkReader } from "./reads/work-reader.js";
export { isPublished, joinAuthor as worksWithAuthor, listedWork, reportableWork } from "./visibility.js";
export { workChecks } from "./works.checks.js";
export { type WorksSettings, worksSettings } from "./works.config.js";
export { workCrashPoints } from "./works.crash-points.js";
export { Work, WorkConnection } from "./works.graphql.js";
export { workPrefix } from "./works.ids.js";
export { worksQueues } from "./works.jobs.js";
