import { type FeedKind, StudioFeedDocument, StudioWorkPageDocument } from "../../generated/operations";
import { targetHeight } from "../ui/pack-rows";
import { filmSizes, type Stills, srcSet } from "../ui/stills";
import { graphqlUrl, root } from "./root";
import { language } from "./words";

/** Works on the first page of a feed: what is in sight, and the next rows. */
export const feedPageSize = 12;

interface Answer {
  data?: { feed?: { nodes: Stills[] }; work?: Stills | null };
}

interface Early {
  key: string;
  response: Promise<Response>;
  /** Null if there is none. */
  answer: Promise<Answer | null>;
}

let early: Early | null = null;

/** Asks for a feed or a work while the program is being loaded. The client takes the answer instead of asking again. */
export function askEarly(): void {
  const request = requestOfPage();
  const authorization = currentAuthorization();
  if (!request || authorization === null) return;
  const { operationName, variables } = request;
  const headers = {
    "content-type": "application/json",
    "accept-language": language(),
    ...(authorization && { authorization }),
  };
  const response = fetch(graphqlUrl, { method: "POST", headers, body: JSON.stringify(request) });
  const answer = response.then((each) => each.clone().json()).catch(() => null);
  early = { key: keyOf(operationName, variables, authorization), response, answer };
}

/** The request that the page at this address begins with. In the built studio the document is its text. */
function requestOfPage() {
  const path = location.pathname.slice(root.pathname.length);
  const feed = new URLSearchParams(location.search).get("feed") ?? "discover";
  if (path === "" && (feed === "discover" || feed === "hot")) {
    const variables = { kind: feed.toUpperCase() as FeedKind, first: feedPageSize, after: null };
    return { query: StudioFeedDocument, operationName: "StudioFeed", variables };
  }
  const [, id] = /^works\/(\w+)$/.exec(path) ?? [];
  return id ? { query: StudioWorkPageDocument, operationName: "StudioWorkPage", variables: { id } } : null;
}

/** The answer that was asked for early, once. Null if this is another request. */
export function takeEarly(body: unknown, authorization: string): Promise<Response> | null {
  if (!early || typeof body !== "string") return null;
  const { operationName, variables = {} } = JSON.parse(body);
  if (early.key !== keyOf(operationName, variables, authorization)) return null;
  const { response } = early;
  early = null;
  return response;
}

function keyOf(operation: string, variables: object, authorization: string): string {
  return JSON.stringify([operation, Object.entries(variables).sort(), authorization]);
}

/** Empty for visitors. Null if the token has to be refreshed first. */
function currentAuthorization(): string | null {
  try {
    const stored = JSON.parse(localStorage.getItem("skyriff.session") ?? "null");
    if (!stored) return "";
    return stored.expiresAtMs - 10_000 > Date.now() ? `Bearer ${stored.accessToken}` : null;
  } catch {
    return "";
  }
}

/** They fill a phone. */
const stillsFirst = 4;

/** Loads the first stills while the program starts. Loaded earlier, they would take the network from the program. */
export async function preloadStills(): Promise<void> {
  const { feed, work } = (await early?.answer)?.data ?? {};
  for (const still of feed?.nodes.slice(0, stillsFirst) ?? []) {
    // About as wide as its frame is going to be, so that the browser picks the same file for both.
    const width = targetHeight(innerWidth) * (still.width / still.height);
    preload(still, `${Math.round(width)}px`);
  }
  if (work) preload(work, filmSizes);
}

function preload(still: Stills, sizes: string): void {
  Object.assign(new Image(), { fetchPriority: "high", sizes, srcset: srcSet(still) });
}
