import { Field, ObjectType } from "type-graphql";
import { BadUserInput } from "../base/common-errors.js";

@ObjectType({ simpleResolvers: true, description: "Where a page is in its list." })
export class PageInfo {
  @Field(() => Boolean, { description: "Whether something comes after this page." })
  hasNextPage!: boolean;
  @Field(() => Boolean, { description: "Whether this page came after a cursor, so not at the list's start." })
  hasPreviousPage!: boolean;
  @Field(() => String, { nullable: true, description: "Of the first item here. Null on an empty page." })
  startCursor!: string | null;
  @Field(() => String, {
    nullable: true,
    description: "Of the last item here: what the next page comes after.",
  })
  endCursor!: string | null;
}

export interface Connection<T> {
  edges: { cursor: string; node: T }[];
  nodes: T[];
  pageInfo: PageInfo;
}

/** The GraphQL types of a list of nodes, named after the node: `UserEdge`, `UserConnection`. */
export function connectionTypes<T extends object>(Node: { readonly name: string; readonly prototype: T }) {
  @ObjectType(`${Node.name}Edge`, {
    simpleResolvers: true,
    description: "An item and its place in the list.",
  })
  class NodeEdge {
    @Field(() => String, { description: "For `after`. Opaque to clients." }) cursor!: string;
    @Field(() => Node, { description: "The item." }) node!: T;
  }

  @ObjectType(`${Node.name}Connection`, {
    simpleResolvers: true,
    description: "A page of a list, as Relay has it.",
  })
  class NodeConnection implements Connection<T> {
    @Field(() => [NodeEdge], { description: "The items, each with its cursor." }) edges!: NodeEdge[];
    @Field(() => [Node], { description: "The items alone." }) nodes!: T[];
    @Field(() => PageInfo, { description: "Where this page is." }) pageInfo!: PageInfo;
  }

  return { Edge: NodeEdge, Connection: NodeConnection };
}

/** At most `first` rows after the cursor `after`, which only its list can read. */
export interface Page {
  first: number;
  after: string | null;
}

/** The arguments of a connection's field. */
export interface PageArgs {
  first: number | null;
  after: string | null;
}

export const pageSizeMax = 100;

/** `first` is 1 to 100. Anything else is BAD_USER_INPUT. */
export function readPage({ first, after }: PageArgs): Page {
  const size = first ?? 20;
  if (!Number.isInteger(size) || size < 1 || size > pageSizeMax) {
    throw new BadUserInput(
      "first",
      `first must be between 1 and ${pageSizeMax}.`,
      `first 必须在 1 到 ${pageSizeMax} 之间。`,
    );
  }
  return { first: size, after };
}

export function badCursor(): BadUserInput {
  return new BadUserInput("after", "after is not a cursor of this list.", "after 不是该列表的游标。");
}

/** Builds a connection from up to `first + 1` rows: the one too many only shows that a next page exists. */
export function connectionOf<Row, T>(
  rows: readonly Row[],
  page: Page,
  cursor: (row: Row) => string,
  toNode: (row: Row) => T,
): Connection<T> {
  const edges = rows.slice(0, page.first).map((row) => new LazyEdge(toNode(row), row, cursor));
  return {
    edges,
    nodes: edges.map((edge) => edge.node),
    pageInfo: {
      hasNextPage: rows.length > page.first,
      hasPreviousPage: page.after !== null,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  };
}

/**
 * A cursor is made when it is read: most documents ask for the last one only. This is a class, because for each getter in an
 * object literal V8 makes a hidden class, which lives in the old generation and keeps the row until the next major
 * garbage collection.
 */
class LazyEdge<Row, T> {
  constructor(
    readonly node: T,
    private readonly row: Row,
    private readonly cursorOf: (row: Row) => string,
  ) {}

  get cursor(): string {
    return this.cursorOf(this.row);
  }
}
