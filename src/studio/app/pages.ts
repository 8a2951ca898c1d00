import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import type { AnyVariables, CombinedError, RequestPolicy, TypedDocumentNode } from "urql";
import { useClient } from "urql";
import { pipe, subscribe } from "wonka";
import { askAgain } from "./ask-again";
import { onResync } from "./connection";

interface Connection<Node> {
  nodes: Node[];
  pageInfo: { hasNextPage: boolean; endCursor?: string | null };
}

export interface Pages<Node> {
  items: Node[];
  /** No page has arrived yet. */
  isLoading: boolean;
  isLoadingMore: boolean;
  /** Also while the next page is being loaded. */
  hasMore: boolean;
  /** Of a page that could not be read. The list ends before it. */
  error: CombinedError | undefined;
  loadMore: () => void;
  /** Asks again for the pages that could not be read. */
  retry: () => void;
  /** Begins again with a new first page. */
  restart: () => void;
}

interface Options<Data, Variables extends AnyVariables, Node> {
  query: TypedDocumentNode<Data, Variables>;
  /** Without `after`. */
  variables: Omit<Variables, "after">;
  /** The list in the data. Null if there is none, for example of a user that is gone. */
  connection: (data: Data) => Connection<Node> | null | undefined;
  pause?: boolean;
  /** Asked again whenever events may have been missed. */
  live?: boolean;
}

interface Chain {
  cursors: (string | null)[];
  begunAt: number;
}

/** Coming back within this time shows the pages that were there, at the place where one was. */
const chainMs = 10 * 60_000;
const chains = new Map<string, Chain>();
const restarts = new EventTarget();

/** Lists whose variables or name begin with `name` begin again, now or when they are shown next. */
export function restartLists(...names: string[]): void {
  for (const key of chains.keys()) if (names.some((name) => key.startsWith(name))) chains.delete(key);
  for (const name of names) restarts.dispatchEvent(new Event(name));
}

export function forgetLists(): void {
  chains.clear();
}

/**
 * A list of pages, each begun by the cursor of the one before. The pages of a feed belong to one snapshot,
 * so a new first page begins a new chain instead of being merged with the old ones.
 */
export function usePages<Data, Variables extends AnyVariables, Node extends { id: string }>(
  name: string,
  { query, variables, connection, pause = false, live = false }: Options<Data, Variables, Node>,
): Pages<Node> {
  const client = useClient();
  const key = `${name} ${JSON.stringify(variables)}`;
  const [chain, setChain] = useState(() => resume(key));
  const [results, setResults] = useState<Record<string, { data?: Data; error?: CombinedError }>>({});
  const fresh = useRef(false);
  const read = useRef(connection);
  read.current = connection;

  const begin = useCallback(() => {
    fresh.current = true;
    setChain(start(key));
  }, [key]);

  const last = useRef(key);
  if (last.current !== key) {
    last.current = key;
    setChain(resume(key));
    setResults({});
  }

  // Before the paint: what is in the cache is shown at once.
  // biome-ignore lint/correctness/useExhaustiveDependencies: `key` stands for the variables
  useLayoutEffect(() => {
    if (pause) return;
    const policy: RequestPolicy = fresh.current
      ? "network-only"
      : chain.cursors.length > 1 || Date.now() - chain.begunAt > 1_000
        ? "cache-first"
        : "cache-and-network";
    fresh.current = false;
    let isFirstAnswer = true;
    const open = chain.cursors.map((after, index) => {
      const isLast = index === chain.cursors.length - 1;
      const requestPolicy = isLast ? policy : "cache-first";
      const source = client.query(query, { ...variables, after } as unknown as Variables, { requestPolicy });
      return pipe(
        source,
        subscribe(({ data, error, stale }) => {
          if (after !== null && isOldCursor(error)) return begin();
          if (error && !data && stale) return;
          setResults((all) => {
            // The pages of an old chain stay in sight until the new one has its first.
            const rest = chain.cursors.length === 1 && isFirstAnswer ? {} : all;
            return { ...rest, [after ?? ""]: { data, error } };
          });
          isFirstAnswer = false;
        }),
      );
    });
    return () => {
      for (const { unsubscribe } of open) unsubscribe();
    };
  }, [client, chain, key, pause, query, begin]);

  useEffect(() => {
    restarts.addEventListener(name, begin);
    return () => restarts.removeEventListener(name, begin);
  }, [name, begin]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: `key` stands for the variables
  useEffect(() => {
    if (!live || pause) return;
    // The answers change the cache, and with it the pages above.
    return onResync(() => {
      for (const after of chain.cursors)
        void askAgain(client, query, { ...variables, after } as unknown as Variables);
    });
  }, [client, chain, key, live, pause, query]);

  const pages = chain.cursors.map((after) => results[after ?? ""]);
  const lastPage = pages.at(-1);
  const lastInfo = lastPage?.data ? read.current(lastPage.data)?.pageInfo : undefined;
  const isLoadingMore = pages.length > 1 && !lastPage;
  const loadMore = useCallback(() => {
    const cursor = lastInfo?.hasNextPage ? lastInfo.endCursor : null;
    if (!cursor) return;
    setChain((now) => {
      if (now.cursors.includes(cursor)) return now;
      const longer = { ...now, cursors: [...now.cursors, cursor] };
      chains.set(key, longer);
      return longer;
    });
  }, [key, lastInfo]);

  const retry = useCallback(() => {
    fresh.current = true;
    setResults((all) => Object.fromEntries(Object.entries(all).filter(([, page]) => page.data)));
    setChain((now) => ({ ...now }));
  }, []);

  const items = useMemo(() => {
    const found = new Map<string, Node>();
    for (const after of chain.cursors) {
      const data = results[after ?? ""]?.data;
      for (const node of (data && read.current(data)?.nodes) ?? []) {
        if (!found.has(node.id)) found.set(node.id, node);
      }
    }
    return [...found.values()];
  }, [results, chain]);

  return {
    items,
    isLoading: !pages[0] && !pause,
    isLoadingMore,
    hasMore: isLoadingMore || (lastInfo?.hasNextPage ?? false),
    error: pages.find((page) => page?.error && !page.data)?.error,
    loadMore,
    retry,
    restart: begin,
  };
}

function resume(key: string): Chain {
  const chain = chains.get(key);
  return chain && Date.now() - chain.begunAt < chainMs ? chain : start(key);
}

function start(key: string): Chain {
  const chain = { cursors: [null], begunAt: Date.now() };
  chains.set(key, chain);
  return chain;
}

/** The snapshot that the cursor belongs to is gone. */
function isOldCursor(error: CombinedError | undefined): boolean {
  const { code, field } = error?.graphQLErrors[0]?.extensions ?? {};
  return code === "BAD_USER_INPUT" && field === "after";
}
