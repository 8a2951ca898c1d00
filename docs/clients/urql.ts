import { Client, type Exchange, fetchExchange, type Operation, subscriptionExchange } from "@urql/core";
import { authExchange } from "@urql/exchange-auth";
import { cacheExchange } from "@urql/exchange-graphcache";
import { relayPagination } from "@urql/exchange-graphcache/extras";
import type { Client as Socket } from "graphql-ws";
import { map, pipe } from "wonka";
import { Newest } from "./newest.js";
import type { Session } from "./session.js";

export function createUrql(
  url: string,
  session: Session,
  socket: Socket,
  options: { preferGetMethod?: boolean } = {},
): Client {
  const cache = cacheExchange({
    // Without an id of their own: kept inside the object that has them.
    keys: {
      AiLabel: () => null,
      CreatorRank: () => null,
      DownloadTerms: () => null,
      GenerationPrice: () => null,
      Pricing: () => null,
      PromptUnlock: () => null,
      TaskFailure: () => null,
      UserStats: () => null,
      WorkPrompt: () => null,
      WorkRemoval: () => null,
      WorkEarnings: () => null,
      LineageLevel: () => null,
    },
    resolvers: {
      Query: { tasks: relayPagination(), videos: relayPagination(), projects: relayPagination() },
    },
    updates: {
      Mutation: {
        deleteVideo: (result, _args, cache) => {
          const { deletedVideoId } = result.deleteVideo as { deletedVideoId: string };
          cache.invalidate({ __typename: "Video", id: deletedVideoId });
        },
        deleteProject: (result, _args, cache) => {
          const { deletedProjectId } = result.deleteProject as { deletedProjectId: string };
          cache.invalidate({ __typename: "Project", id: deletedProjectId });
        },
      },
    },
  });
  let refused: string | undefined;
  const auth = authExchange(async ({ appendHeaders }) => ({
    addAuthToOperation: (operation) =>
      session.authorization ? appendHeaders(operation, { authorization: session.authorization }) : operation,
    didAuthError({ graphQLErrors }, operation) {
      refused = authorizationOf(operation);
      return refused !== undefined && graphQLErrors[0]?.extensions.code === "UNAUTHENTICATED";
    },
    refreshAuth: async () => void (await session.refresh(refused)),
  }));
  const newest = new Newest();
  const dropStale: Exchange =
    ({ forward }) =>
    (operations) =>
      pipe(
        forward(operations),
        map((result) => ({ ...result, data: newest.of(result.data) })),
      );
  const events = subscriptionExchange({
    forwardSubscription: ({ query = "", variables }) => ({
      subscribe: (sink) => ({ unsubscribe: socket.subscribe({ query, variables }, sink) }),
    }),
  });
  return new Client({
    url,
    exchanges: [cache, dropStale, auth, fetchExchange, events],
    // Needed for GET and for uploads, which fetchExchange sends as multipart by itself.
    fetchOptions: { headers: { "apollo-require-preflight": "true" } },
    preferGetMethod: options.preferGetMethod ?? false,
  });
}

function authorizationOf({ context: { fetchOptions } }: Operation): string | undefined {
  const { headers } = (typeof fetchOptions === "function" ? fetchOptions() : fetchOptions) ?? {};
  return new Headers(headers).get("authorization") ?? undefined;
}
