import { type GraphQLSchema, isObjectType } from "graphql";

/** Fields' values that were read along with the object whose fields they are. */
export type Along = Readonly<Record<string, object | null>>;

/** Fields whose values came along are answered by them, and their resolvers not asked. */
export function answerFromAlong(schema: GraphQLSchema): void {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || type.getInterfaces().length === 0) continue;
    for (const [name, field] of Object.entries(type.getFields())) {
      const { resolve, args } = field;
      if (!resolve || args.length > 0) continue;
      field.resolve = (root: { along?: Along | null }, given, context, info) => {
        const ready = root.along?.[name];
        return ready === undefined ? resolve(root, given, context, info) : ready;
      };
    }
  }
}
