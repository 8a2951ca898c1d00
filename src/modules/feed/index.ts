// Feeds of works and rankings of creators. Guarantees: the pages of one chain show each work once, in the order of the
// first page, and neither shows what a viewer may not see.

export { type FeedSettings, feedSettings } from "./feed.config.js";
export { RankingPeriod } from "./feed.graphql.js";
export { feedQueues } from "./feed.jobs.js";
export { type ReviewedCreator, reviewRanking } from "./ranking/ranking-review.js";
