import type { Module, ModuleContext } from "../module.js";
import type { ReportsSettings } from "./reports.config.js";
import { reportMetrics } from "./reports.metrics.js";
import { ReportsResolver } from "./reports.resolver.js";
import { ReportsService } from "./reports.service.js";

export function createReportsModule({ config, db, clock }: ModuleContext<ReportsSettings>) {
  const service = new ReportsService({ db, clock, reportsPerDay: config.REPORTS_PER_DAY });
  return {
    service,
    resolvers: [new ReportsResolver(service)],
    metrics: [reportMetrics],
  } satisfies Module & { service: ReportsService };
}
