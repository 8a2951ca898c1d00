import { Arg, Mutation, Resolver } from "type-graphql";
import { CurrentViewer, type Viewer } from "../../platform/graphql/request-context.js";
import { ReportInput, ReportPayload } from "./reports.graphql.js";
import type { ReportsService } from "./reports.service.js";

@Resolver()
export class ReportsResolver {
  constructor(private readonly reports: ReportsService) {}

  @Mutation(() => ReportPayload, {
    description:
      "Reports a work or a user to the operators. Reporting the same subject again replaces the report while it is open. The viewer's own block is no obstacle. QUOTA_EXCEEDED above REPORTS_PER_DAY.",
  })
  report(
    @CurrentViewer() viewer: Viewer,
    @Arg("input", () => ReportInput) input: ReportInput,
  ): Promise<ReportPayload> {
    return this.reports.report(viewer.userId, input);
  }
}
