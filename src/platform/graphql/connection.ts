import { Field, ObjectType } from "type-graphql";
import { BadUserInput } from "../common-errors.js";

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

/** What the fields of every list say of themselves. */
export const connectionTexts = {
  type: "A page of a list, as Relay has it.",
  edges: "The items, each with its cursor.",
  nodes: "The items alone.",
  pageInfo: "Where this page is.",
};
export const edgeTexts = {
  type: "An item and its place in the list.",
  cursor: "For `after`. Opaque to clients.",
  node: "The item.",
};

export interface Connection<T> {
  edges: { cursor: string; node: T }[];
  nodes: T[];
  pageInfo: PageInfo;
}

/** A place in a list that is sorted newest first by (createdAt, id). */
export interface Cursor {
  createdAt: Date;
  id: string;
}

/** What a list is asked for: at most `first` rows that come after `after`. */
export interface Page {
  first: number;
  after: Cursor | null;
}

export const pageSizeMax = 100;

/** `first` is 1 to 100; `after` is a cursor that we gave out. Anything else is BAD_USER_INPUT. */
export function readPage(first: number | null | undefined, after: string | null | undefined): Page {
  return { first: readFirst(first), after: after == null ? null : readCursor(after) };
}

export function readFirst(first: number | null | undefined): number {
  const size = first ?? 20;
  if (!Number.isInteger(size) || size < 1 || size > pageSizeMax) {
    throw new BadUserInput(
      "first",
      `first must be between 1 and ${pageSizeMax}.`,
      `first 必须在 1 到 ${pageSizeMax} 之间。`,
    );
  }
  return size;
}

export function badCursor(): BadUserInput {
  return new BadUserInput("after", "after is not a cursor of this list.", "after 不是该列表的游标。");
}

const uuidPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

function readCursor(text: string): Cursor {
  const [millis = "", id = ""] = Buffer.from(text, "base64url").toString("latin1").split(":");
  // Fourteen digits reach into the year 5138; PostgreSQL does not read what JavaScript writes of years above 9999.
  const createdAt = new Date(/^\d{1,14}$/.test(millis) ? Number(millis) : Number.NaN);
  if (Number.isNaN(createdAt.getTime()) || !uuidPattern.test(id)) throw badCursor();
  return { createdAt, id };
}

export function cursorOf(place: Cursor): string {
  return Buffer.from(`${place.createdAt.getTime()}:${place.id}`, "latin1").toString("base64url");
}

/** Builds a connection from `first + 1` rows: the one too many only tells that there is more. */
export function connectionOf<Row, T>(
  rows: Row[],
  page: { first: number; after: unknown },
  cursor: (row: Row) => string,
  toNode: (row: Row) => T,
): Connection<T> {
  const edges = rows.slice(0, page.first).map((row) => ({ cursor: cursor(row), node: toNode(row) }));
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
