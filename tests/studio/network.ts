import type { Page, Request } from "playwright-core";

interface Sent {
  operationName?: string;
  variables?: { after?: string | null };
}

/** The operation of a request to the API. Empty for uploads, which are no JSON. */
function sentIn(request: Request): Sent {
  try {
    return JSON.parse(request.postData() ?? "{}");
  } catch {
    return {};
  }
}

interface Chosen {
  /** Only those for a page after the first. */
  afterFirstPage?: boolean;
  /** Only the call with this number, counted from 0. */
  call?: number;
}

/** Cuts the connection for an operation, until the returned function is called. */
export async function cut(page: Page, operation: string, chosen: Chosen = {}): Promise<() => Promise<void>> {
  let calls = 0;
  await page.route("**/graphql", (route) => {
    const { operationName, variables } = sentIn(route.request());
    const isMeant = operationName === operation && (!chosen.afterFirstPage || Boolean(variables?.after));
    const isCut = isMeant && (chosen.call === undefined || calls++ === chosen.call);
    return isCut ? route.abort() : route.fallback();
  });
  return () => page.unroute("**/graphql");
}

/** Answers an operation with an error, until the returned function is called. */
export async function refuse(
  page: Page,
  operation: string,
  error: { extensions: object; path: string[] },
): Promise<() => Promise<void>> {
  await page.route("**/graphql", (route) =>
    sentIn(route.request()).operationName === operation
      ? route.fulfill({ json: { data: null, errors: [{ message: "refused", ...error }] } })
      : route.fallback(),
  );
  return () => page.unroute("**/graphql");
}
