import { ApolloClient, CombinedGraphQLErrors, gql } from "@apollo/client";
import { CombinedError, type OperationResult } from "@urql/core";
import { ClientError } from "graphql-request";
import type { Client as Socket } from "graphql-ws";
import {
  type ConcreteRequest,
  commitMutation,
  type Environment,
  fetchQuery,
  type GraphQLTaggedNode,
  requestSubscription,
} from "relay-runtime";
import { onEnd, pipe, subscribe } from "wonka";
import { createApollo } from "../../docs/clients/apollo.js";
import { createGraphqlRequest } from "../../docs/clients/graphql-request.js";
import { createRelay } from "../../docs/clients/relay.js";
import type { Session } from "../../docs/clients/session.js";
import { upload } from "../../docs/clients/upload.js";
import { createUrql } from "../../docs/clients/urql.js";
import uploadMedia from "./relay/__generated__/relayUploadMediaMutation.graphql.js";

type Variables = Record<string, unknown>;
interface Uploaded {
  uploadMedia: { media: { id: string; width: number; height: number } };
}

/** One client library, as docs/clients sets it up. Operations are named by what relay-compiler made of them. */
export interface Driver {
  run<T>(operation: ConcreteRequest, variables?: Variables): Promise<T>;
  follow<T>(operation: ConcreteRequest, variables?: Variables): AsyncGenerator<T>;
  upload(file: Blob): Promise<{ id: string }>;
  /** The code of what `run` threw. */
  codeOf(error: unknown): unknown;
}

export type MakeDriver = (url: string, session: Session, socket: Socket) => Driver;

const textOf = ({ params }: ConcreteRequest) => params.text as string;
const documentOf = (operation: ConcreteRequest) => gql(textOf(operation));

interface Sink<T> {
  next(value: T): void;
  error(error: unknown): void;
  complete(): void;
}

/** The values of a subscription, one after another; leaving the loop ends it. */
async function* valuesOf<T>(start: (sink: Sink<T>) => () => void): AsyncGenerator<T> {
  const arrived: { value?: T; error?: unknown; done?: boolean }[] = [];
  let wake = () => {};
  const add = (item: (typeof arrived)[number]) => {
    arrived.push(item);
    wake();
  };
  const stop = start({
    next: (value) => add({ value }),
    error: (error) => add({ error }),
    complete: () => add({ done: true }),
  });
  try {
    for (;;) {
      const item = arrived.shift();
      if (!item) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      } else if (item.done) return;
      else if ("error" in item) throw item.error;
      else yield item.value as T;
    }
  } finally {
    stop();
  }
}

export const apollo: MakeDriver = (url, session, socket) => apolloDriver(createApollo(url, session, socket));

export function apolloDriver(client: ApolloClient): Driver {
  return {
    async run<T>(operation: ConcreteRequest, variables: Variables = {}) {
      const document = documentOf(operation);
      const { data } =
        operation.params.operationKind === "mutation"
          ? await client.mutate<T>({ mutation: document, variables })
          : await client.query<T>({ query: document, variables, fetchPolicy: "network-only" });
      return data as T;
    },
    follow: <T>(operation: ConcreteRequest, variables: Variables = {}) =>
      valuesOf<T>((sink) => {
        const running = client.subscribe<T>({ query: documentOf(operation), variables }).subscribe({
          next: ({ data, error }) => (error ? sink.error(error) : sink.next(data as T)),
          error: sink.error,
          complete: sink.complete,
        });
        return () => running.unsubscribe();
      }),
    async upload(file) {
      const { data } = await client.mutate<Uploaded>({
        mutation: documentOf(uploadMedia),
        variables: { input: { file } },
      });
      return (data as Uploaded).uploadMedia.media;
    },
    codeOf: (error) => CombinedGraphQLErrors.is(error) && error.errors[0]?.extensions?.code,
  };
}

export const urqlBy =
  (options: { preferGetMethod: boolean }): MakeDriver =>
  (url, session, socket) => {
    const client = createUrql(url, session, socket, options);
    const dataOf = <T>({ data, error }: OperationResult<T>): T => {
      if (error) throw error;
      return data as T;
    };
    const run = async <T>(operation: ConcreteRequest, variables: Variables = {}) =>
      operation.params.operationKind === "mutation"
        ? dataOf<T>(await client.mutation(textOf(operation), variables).toPromise())
        : dataOf<T>(
            await client
              .query<T>(textOf(operation), variables, { requestPolicy: "network-only" })
              .toPromise(),
          );
    return {
      run,
      follow: <T>(operation: ConcreteRequest, variables: Variables = {}) =>
        valuesOf<T>((sink) => {
          const { unsubscribe } = pipe(
            client.subscription<T>(textOf(operation), variables),
            onEnd(sink.complete),
            subscribe(({ data, error }) => (error ? sink.error(error) : sink.next(data as T))),
          );
          return unsubscribe;
        }),
      upload: async (file) => (await run<Uploaded>(uploadMedia, { input: { file } })).uploadMedia.media,
      codeOf: (error) => error instanceof CombinedError && error.graphQLErrors[0]?.extensions.code,
    };
  };

export const relay: MakeDriver = (url, session, socket) => {
  const environment = createRelay(url, session, socket);
  return {
    run: (operation, variables = {}) =>
      operation.params.operationKind === "mutation"
        ? mutateByRelay(environment, operation, variables)
        : (fetchQuery(
            environment,
            operation as unknown as GraphQLTaggedNode,
            variables,
          ).toPromise() as never),
    follow: <T>(operation: ConcreteRequest, variables: Variables = {}) =>
      valuesOf<T>((sink) => {
        const { dispose } = requestSubscription(environment, {
          subscription: operation as unknown as GraphQLTaggedNode,
          variables,
          onNext: (data) => sink.next(data as T),
          onError: sink.error,
          onCompleted: sink.complete,
        });
        return dispose;
      }),
    upload: async (file) => {
      const uploadables = { "variables.input.file": file };
      const variables = { input: { file: null } };
      return (await mutateByRelay<Uploaded>(environment, uploadMedia, variables, uploadables)).uploadMedia
        .media;
    },
    codeOf: (error) =>
      (error as { source?: { errors?: { extensions: { code: string } }[] } }).source?.errors?.[0]?.extensions
        .code,
  };
};

function mutateByRelay<T>(
  environment: Environment,
  mutation: ConcreteRequest,
  variables: Variables,
  uploadables?: Record<string, Blob>,
): Promise<T> {
  return new Promise((resolve, reject) => {
    commitMutation(environment, {
      mutation: mutation as unknown as GraphQLTaggedNode,
      variables,
      uploadables: uploadables as never,
      onCompleted: (data) => resolve(data as T),
      onError: reject,
    });
  });
}

/** graphql-request has neither subscriptions nor uploads: graphql-ws and fetch stand beside it. */
export const graphqlRequest: MakeDriver = (url, session, socket) => {
  const request = createGraphqlRequest(url, session);
  return {
    run: (operation, variables = {}) => request(textOf(operation), variables),
    follow: <T>(operation: ConcreteRequest, variables: Variables = {}) =>
      valuesOf<T>((sink) =>
        socket.subscribe<T>(
          { query: textOf(operation), variables },
          { ...sink, next: ({ data, errors }) => (errors ? sink.error(errors) : sink.next(data as T)) },
        ),
      ),
    upload: (file) => upload(url, session, file),
    codeOf: (error) => error instanceof ClientError && error.response.errors?.[0]?.extensions?.code,
  };
};
