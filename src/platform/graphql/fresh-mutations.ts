import type { GraphQLFieldResolver, GraphQLSchema } from "graphql";
import type { RequestContext } from "./request-context.js";

/**
 * Mutations of one request run one after another. Each begins with empty loaders, so that its payload does
 * not show rows that were loaded before it changed them.
 */
export function clearLoadersBeforeMutations(schema: GraphQLSchema): void {
  for (const field of Object.values(schema.getMutationType()?.getFields() ?? {})) {
    const resolve = field.resolve as GraphQLFieldResolver<unknown, RequestContext>;
    field.resolve = (source, args, context: RequestContext, info) => {
      context.loaders.clear();
      return resolve(source, args, context, info);
    };
  }
}
