import { FeedDocument, type FeedKind } from "../../../src/generated/operations.js";
import type { Client } from "../../support/client.js";

export interface FeedPage {
  ids: string[];
  hasNextPage: boolean;
  endCursor: string | null;
}

export async function feedPage(
  client: Client,
  kind: FeedKind,
  first: number,
  after: string | null = null,
): Promise<FeedPage> {
  const { feed } = await client.request(FeedDocument, { kind, first, after });
  const { hasNextPage, endCursor = null } = feed.pageInfo;
  return { ids: feed.nodes.map(({ id }) => id), hasNextPage, endCursor };
}

/** All pages of a chain, the first one to the last. */
export async function feedPages(client: Client, kind: FeedKind, first: number): Promise<FeedPage[]> {
  const pages = [await feedPage(client, kind, first)];
  for (let last = pages[0]; last?.hasNextPage; last = pages.at(-1)) {
    pages.push(await feedPage(client, kind, first, last.endCursor));
  }
  return pages;
}

export async function feedIds(client: Client, kind: FeedKind, first = 100): Promise<string[]> {
  return (await feedPages(client, kind, first)).flatMap(({ ids }) => ids);
}
