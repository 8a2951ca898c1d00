import type { Client as Socket } from "graphql-ws";
import {
  Environment,
  type FetchFunction,
  type GraphQLResponse,
  Network,
  Observable,
  RecordSource,
  Store,
  type SubscribeFunction,
} from "relay-runtime";
import { Newest } from "./newest.js";
import type { Session } from "./session.js";

export function createRelay(url: string, session: Session, socket: Socket): Environment {
  const newest = new Newest();
  const fetchQuery: FetchFunction = async ({ text, name }, variables, _cacheConfig, uploadables) => {
    const send = async (authorization: string | undefined) => {
      const headers = { ...(authorization && { authorization }), "apollo-require-preflight": "true" };
      const operation = { query: text, operationName: name, variables };
      const response = await fetch(url, { method: "POST", ...bodyOf(operation, uploadables, headers) });
      return (await response.json()) as GraphQLResponse & { errors?: { extensions: { code: string } }[] };
    };
    const sent = session.authorization;
    let answer = await send(sent);
    const isRefused = answer.errors?.[0]?.extensions.code === "UNAUTHENTICATED";
    if (isRefused && sent && (await session.refresh(sent))) answer = await send(session.authorization);
    return newest.of(answer);
  };
  const subscribe: SubscribeFunction = ({ text, name }, variables) =>
    Observable.create((sink) =>
      socket.subscribe(
        { query: text as string, operationName: name, variables },
        { ...sink, next: (event) => sink.next(newest.of(event) as GraphQLResponse) },
      ),
    );
  return new Environment({
    network: Network.create(fetchQuery, subscribe),
    store: new Store(new RecordSource()),
  });
}

/** With `uploadables: { "variables.file": file }` a multipart request, else JSON. */
function bodyOf(
  operation: object,
  uploadables: Record<string, Blob> | null | undefined,
  headers: Record<string, string>,
): RequestInit {
  if (!uploadables) {
    return { headers: { ...headers, "content-type": "application/json" }, body: JSON.stringify(operation) };
  }
  const form = new FormData();
  const paths = Object.keys(uploadables);
  form.set("operations", JSON.stringify(operation));
  form.set("map", JSON.stringify(Object.fromEntries(paths.map((path, nth) => [nth, [path]]))));
  for (const [nth, path] of paths.entries()) form.set(String(nth), uploadables[path] as Blob);
  return { headers, body: form };
}
