import { type GraphQLSchema, isObjectType } from "graphql";
import { getMetadataStorage } from "type-graphql";

/**
 * A field that is a getter of its class is answered by the getter alone. type-graphql would make a
 * resolver of it, with parameters and middleware that it does not have: several times its cost.
 */
export function answerByGetters(schema: GraphQLSchema): void {
  for (const { name, target } of getMetadataStorage().objectTypes) {
    const type = schema.getType(name);
    if (!isObjectType(type)) continue;
    for (const field of Object.values(type.getFields())) {
      const isGetter = Object.getOwnPropertyDescriptor(target.prototype, field.name)?.get;
      if (isGetter) field.resolve = undefined;
    }
  }
}
