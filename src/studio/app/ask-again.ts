import type { AnyVariables, Client, Exchange, OperationResult, TypedDocumentNode } from "urql";
import { createRequest } from "urql";
import { pipe, tap } from "wonka";

/** Queries whose answers are under way, by their keys. */
const underWay = new Map<number, PromiseWithResolvers<void>>();

function end(key: number): void {
  underWay.get(key)?.resolve();
  underWay.delete(key);
}

/** Notes which queries are under way. It stands below the cache, so that only the network counts. */
export const underWayExchange: Exchange =
  ({ forward }) =>
  (operations) =>
    pipe(
      operations,
      tap(({ kind, key }) => {
        if (kind === "query" && !underWay.has(key)) underWay.set(key, Promise.withResolvers());
        if (kind === "teardown") end(key);
      }),
      forward,
      tap(({ operation }) => end(operation.key)),
    );

/**
 * Asks the server how things are now. A query that is under way already may have been answered before this
 * moment, and urql would share its answer, so this waits for that one and then asks anew.
 */
export async function askAgain<Data, Variables extends AnyVariables>(
  client: Client,
  document: TypedDocumentNode<Data, Variables>,
  variables: Variables,
): Promise<OperationResult<Data, Variables>> {
  const request = createRequest(document, variables);
  await underWay.get(request.key)?.promise;
  return client.executeQuery(request, { requestPolicy: "network-only" }).toPromise();
}
