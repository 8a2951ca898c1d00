import { GraphQLSchema, lexicographicSortSchema, printSchema } from "graphql";
import { type BuildSchemaOptions, buildSchema, getMetadataStorage, type PubSub } from "type-graphql";
import { ErrorCodeEnum } from "../api/graphql/error-code.graphql.js";
import { optimizeSchema, ResolverContainer } from "../platform/graphql/optimize-schema.js";
// Loads all resolver classes.
import "../api/graphql/node.resolver.js";
import "./modules.js";

/** type-graphql asks for one; our subscriptions bring their own sources and never come here. */
const noPubSub: PubSub = {
  publish: () => {
    throw new Error("events go over the bus");
  },
  subscribe: () => {
    throw new Error("a subscription names its own source");
  },
};

/**
 * The schema of every resolver class that is loaded, with these instances behind it; without instances, to print it.
 * Input is checked by the services, each rule once.
 */
export async function createSchema(
  instances: readonly object[],
  options: { afterMutation?(userId: string): Promise<void> } = {},
): Promise<GraphQLSchema> {
  const classes = getMetadataStorage().resolverClasses.map(({ target }) => target);
  const container = new ResolverContainer(instances);
  if (instances.length > 0) container.requireAll(classes);
  const built = await buildSchema({
    resolvers: classes as unknown as BuildSchemaOptions["resolvers"],
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
