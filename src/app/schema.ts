import { GraphQLSchema, lexicographicSortSchema, printSchema } from "graphql";
import { type BuildSchemaOptions, buildSchema, type PubSub } from "type-graphql";
import { ErrorCodeEnum } from "../api/graphql/error-code.graphql.js";
import { NodeResolver } from "../api/graphql/node.resolver.js";
import { AccountsResolver, UserResolver, UserStatsResolver } from "../modules/accounts/accounts.resolver.js";
import { CatalogResolver } from "../modules/catalog/catalog.resolver.js";
import { MediaResolver } from "../modules/media/media.resolver.js";
import { ProjectsResolver } from "../modules/projects/projects.resolver.js";
import { TasksResolver } from "../modules/tasks/tasks.resolver.js";
import {
  DeletedVideoTaskResolver,
  MovedVideosTasksResolver,
  VideoTaskResolver,
} from "../modules/tasks/video-task.resolver.js";
import {
  DeletedVideoProjectResolver,
  MovedVideosProjectsResolver,
  ProjectVideosResolver,
  VideoProjectResolver,
} from "../modules/videos/project-videos.resolver.js";
import { VideoChangesResolver } from "../modules/videos/video-changes.resolver.js";
import { VideosResolver } from "../modules/videos/videos.resolver.js";
import { LedgerEntryResolver, WalletResolver } from "../modules/wallet/wallet.resolver.js";
import { optimizeSchema } from "../platform/graphql/optimize-schema.js";
import { ResolverContainer } from "../platform/graphql/resolver-container.js";

/** Every resolver class there is: together they are the API. */
const resolverClasses = [
  AccountsResolver,
  UserResolver,
  UserStatsResolver,
  WalletResolver,
  LedgerEntryResolver,
  CatalogResolver,
  TasksResolver,
  VideoTaskResolver,
  MovedVideosTasksResolver,
  DeletedVideoTaskResolver,
  VideosResolver,
  MediaResolver,
  ProjectsResolver,
  ProjectVideosResolver,
  VideoProjectResolver,
  MovedVideosProjectsResolver,
  DeletedVideoProjectResolver,
  VideoChangesResolver,
  NodeResolver,
] as const;

export type AnyResolver = InstanceType<(typeof resolverClasses)[number]>;

/** type-graphql asks for one; our subscriptions bring their own sources and never come here. */
const noPubSub: PubSub = {
  publish: () => {
    throw new Error("events go over the bus");
  },
  subscribe: () => {
    throw new Error("a subscription names its own source");
  },
};

/** The schema, with these instances behind it. Input is checked by the services, each rule once. */
export async function createSchema(
  instances: readonly AnyResolver[],
  options: { afterMutation?(userId: string): Promise<void> } = {},
): Promise<GraphQLSchema> {
  const container = new ResolverContainer(instances);
  const built = await buildSchema({
    resolvers: [...resolverClasses] as unknown as BuildSchemaOptions["resolvers"],
    container,
    pubSub: noPubSub,
    validate: false,
  });
  const config = built.toConfig();
  const schema = new GraphQLSchema({ ...config, types: [...config.types, ErrorCodeEnum] });
  optimizeSchema(schema, { resolvers: container, ...options });
  return schema;
}

/** The SDL as it is committed: sorted, so that a difference is a change of the API. */
export async function printApi(): Promise<string> {
  return `${printSchema(lexicographicSortSchema(await createSchema([])))}\n`;
}
