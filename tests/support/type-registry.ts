import { getMetadataStorage } from "type-graphql";

/**
 * Runs `declare` on a copy of type-graphql's global registry. The product's schema has every registered resolver,
 * so a test that declares resolvers of its own must also build its schema here.
 */
export function withOwnResolvers<T>(declare: () => T): T {
  const globals = globalThis as { TypeGraphQLMetadataStorage?: unknown };
  const shared = getMetadataStorage();
  globals.TypeGraphQLMetadataStorage = shared.clone();
  try {
    return declare();
  } finally {
    globals.TypeGraphQLMetadataStorage = shared;
  }
}
