import type { GraphQLFieldResolver, GraphQLSchema } from "graphql";
import type { RequestContext } from "./request-context.js";

/** Has every mutation of a logged-in user tell so before it answers, whatever it answers. */
export function afterMutations(schema: GraphQLSchema, wrote: (userId: string) => Promise<void>): void {
  for (const field of Object.values(schema.getMutationType()?.getFields() ?? {})) {
    const resolve = field.resolve as GraphQLFieldResolver<unknown, RequestContext>;
    field.resolve = async (source, args, context: RequestContext, info) => {
      try {
        return await resolve(source, args, context, info);
      } finally {
        if (context.viewer) await wrote(context.viewer.userId);
      }
    };
  }
}
