import {
  ApolloClient,
  ApolloLink,
  CombinedGraphQLErrors,
  InMemoryCache,
  type TypePolicy,
} from "@apollo/client";
import { SetContextLink } from "@apollo/client/link/context";
import { ErrorLink } from "@apollo/client/link/error";
import { GraphQLWsLink } from "@apollo/client/link/subscriptions";
import { isSubscriptionOperation, relayStylePagination } from "@apollo/client/utilities";
import UploadHttpLink from "apollo-upload-client/UploadHttpLink.mjs";
import type { Client as Socket } from "graphql-ws";
import { from, switchMap, throwError } from "rxjs";
import { countVideos } from "./apollo-updates.js";
import type { Session } from "./session.js";

/** Ask for `revision` wherever you ask for a Task or a Wallet: an answer that arrives late is dropped. */
const newestRevision: TypePolicy = {
  merge(known, arrived, { isReference, readField }) {
    if (isReference(arrived)) return arrived;
    const [before, after] = [known, arrived].map((each) => readField<number>("revision", each));
    return before !== undefined && after !== undefined && before > after ? known : arrived;
  },
  // With a merge function of a field, Apollo gives the one above the object, and not only its reference.
  fields: { revision: { merge: (_known, arrived) => arrived } },
};

/** A project that was evicted is no project. */
const project = {
  read: (existing: unknown, { canRead }: { canRead(value: unknown): boolean }) =>
    existing === undefined || canRead(existing) ? existing : null,
};

export function createCache(): InMemoryCache {
  return new InMemoryCache({
    possibleTypes: { Node: ["LedgerEntry", "Media", "Project", "Task", "User", "Video", "Wallet"] },
    typePolicies: {
      Query: {
        fields: {
          tasks: relayStylePagination(["filter"]),
          videos: relayStylePagination(["projectId"]),
          projects: relayStylePagination(),
        },
      },
      Task: { ...newestRevision, fields: { ...newestRevision.fields, project } },
      Wallet: {
        ...newestRevision,
        fields: { ...newestRevision.fields, entries: relayStylePagination(["asset", "types"]) },
      },
      Video: { fields: { project } },
      Project: { fields: { videos: relayStylePagination() } },
      User: { fields: { stats: { merge: true } } },
    },
  });
}

export function createApollo(url: string, session: Session, socket: Socket, cache = createCache()) {
  const authorize = new SetContextLink(({ headers }) => ({
    headers: { ...headers, ...(session.authorization && { authorization: session.authorization }) },
  }));
  const refresh = new ErrorLink(({ error, operation, forward }) => {
    if (!CombinedGraphQLErrors.is(error)) return;
    if (error.errors[0]?.extensions?.code !== "UNAUTHENTICATED") return;
    const { authorization } = operation.getContext().headers;
    if (!authorization) return;
    return from(session.refresh(authorization)).pipe(
      switchMap((refreshed) => (refreshed ? forward(operation) : throwError(() => error))),
    );
  });
  // Sends multipart when a variable is a File or a Blob; the header is needed for that, and for GET.
  const http = new UploadHttpLink({ uri: url, headers: { "apollo-require-preflight": "true" } });
  return new ApolloClient({
    cache,
    link: ApolloLink.split(
      ({ query }) => isSubscriptionOperation(query),
      ApolloLink.from([countVideos(cache), new GraphQLWsLink(socket)]),
      ApolloLink.from([refresh, authorize, http]),
    ),
  });
}
