import { type GraphQLSchema, isInterfaceType } from "graphql";
import { Field, ID, InterfaceType } from "type-graphql";
import type { Along } from "./along.js";

/** Relay's Node: anything that has a global id. */
@InterfaceType({
  description: "Whatever has an id of its own.",
  resolveType: (value: object) => nodeTypeName(value),
})
export abstract class Node {
  @Field(() => ID, {
    simple: true,
    description:
      "A TypeID (type prefix + UUIDv7 in base32): task_01jdz6k7y3fk8s9w2xq4v5b6c7. Opaque to clients.",
  })
  id!: string;
  /** Null for what was read alone. */
  readonly along: Along | null = null;
}

function nodeTypeName(value: object): string {
  return value.constructor.name;
}

/** type-graphql makes a promise of every type's name, which compiled operations do not wait for. */
export function nameNodeTypesAtOnce(schema: GraphQLSchema): void {
  const node = schema.getType(Node.name);
  if (isInterfaceType(node)) node.resolveType = nodeTypeName;
}
