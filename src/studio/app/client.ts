import { authExchange } from "@urql/exchange-auth";
import { Client, fetchExchange, mapExchange, subscriptionExchange } from "urql";
import { underWayExchange } from "./ask-again";
import { createCache } from "./cache";
import { createSocket, reportReachable } from "./connection";
import { takeEarly } from "./early";
import { newestExchange } from "./newest";
import { graphqlUrl } from "./root";
import { session } from "./session";
import { language } from "./words";

/** Of every request. */
export function fetchOptions(): RequestInit {
  return { headers: { "apollo-require-preflight": "true", "accept-language": language() } };
}

/** A client for one login, with a cache of its own. `close` ends its socket. */
export function createClient(): { client: Client; close: () => void } {
  const socket = createSocket();
  const auth = authExchange(async ({ appendHeaders }) => {
    let sent: string | undefined;
    return {
      addAuthToOperation(operation) {
        sent = session.authorization;
        return sent ? appendHeaders(operation, { authorization: sent }) : operation;
      },
      willAuthError: () => session.isExpired,
      didAuthError: ({ graphQLErrors }) =>
        session.userId !== null && graphQLErrors[0]?.extensions.code === "UNAUTHENTICATED",
      refreshAuth: async () => {
        // The socket may have refreshed since, so it counts which token was sent, not the present one. Without an
        // answer the request fails as any other that finds no network.
        await session.refresh(sent).catch(() => reportReachable(false));
      },
    };
  });
  const reachability = mapExchange({
    onResult({ error, operation }) {
      if (operation.kind !== "subscription") reportReachable(error?.networkError === undefined);
    },
  });
  const events = subscriptionExchange({
    forwardSubscription: ({ query = "", variables }) => ({
      subscribe: (sink) => ({ unsubscribe: socket.subscribe({ query, variables }, sink) }),
    }),
  });
  const client = new Client({
    url: graphqlUrl,
    exchanges: [createCache(), newestExchange, reachability, underWayExchange, auth, fetchExchange, events],
    preferGetMethod: false,
    fetch: (input, init) =>
      takeEarly(init?.body, new Headers(init?.headers).get("authorization") ?? "") ?? fetch(input, init),
    fetchOptions,
  });
  return { client, close: () => void socket.dispose() };
}
