import { Ctx, Query, Resolver } from "type-graphql";
import type { RequestContext } from "../../../platform/graphql/request-context.js";
import type { DownloadTermsText } from "./download-terms.js";
import { DownloadTerms } from "./downloads.graphql.js";

@Resolver(() => DownloadTerms)
export class DownloadTermsResolver {
  constructor(private readonly terms: DownloadTermsText | null) {}

  @Query(() => DownloadTerms, {
    nullable: true,
    description:
      "The terms of downloads without watermark. Public. Null if there are none, and then downloadNoWatermark needs no acceptTerms.",
  })
  downloadTerms(@Ctx() { language }: RequestContext): DownloadTerms | null {
    return this.terms && DownloadTerms.of(this.terms, language);
  }
}
