import { Field, ID, InterfaceType } from "type-graphql";

/** Values of a node's fields that were read in one statement with the node. */
export type EagerRelations = Readonly<Record<string, object | null>>;

/** Relay's Node: anything that has a global id. Each object type is named like its class. */
@InterfaceType({
  description: "An object with a global id.",
  resolveType: (value: object) => value.constructor.name,
})
export abstract class Node {
  @Field(() => ID, {
    simple: true,
    description:
      "A TypeID (type prefix + UUIDv7 in base32): task_01jdz6k7y3fk8s9w2xq4v5b6c7. Opaque to clients.",
  })
  id!: string;
  /** Null for a node that was read alone. */
  readonly eagerRelations: EagerRelations | null = null;
}
