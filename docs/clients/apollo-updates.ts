import { type ApolloCache, ApolloLink, gql } from "@apollo/client";
import { tap } from "rxjs";

const statusOf = gql`fragment StatusOfTask on Task { status }`;
const viewer = gql`query ViewerId { me { id } }`;

/**
 * Before the link of subscriptions: an event that brings SUCCESS has also made `me.stats` larger. The link
 * sees an event before the cache does, so the cache still has the status from before.
 */
export function countVideos(cache: ApolloCache): ApolloLink {
  return new ApolloLink((operation, forward) =>
    forward(operation).pipe(
      tap(({ data }) => {
        const task = data?.myTaskStatus ?? data?.taskStatus;
        const me = cache.readQuery<{ me: { id: string; __typename: string } }>({ query: viewer })?.me;
        if (task?.status !== "SUCCESS" || !me) return;
        const before = cache.readFragment<{ status: string }>({
          id: cache.identify(task),
          fragment: statusOf,
        });
        if (before?.status === "SUCCESS") return;
        cache.modify({
          id: cache.identify(me),
          fields: {
            stats: (stats, { readField }) => ({
              ...stats,
              videosGenerated: (readField<number>("videosGenerated", stats) ?? 0) + 1,
            }),
          },
        });
      }),
    ),
  );
}

/** After deleteVideo and deleteProject. Lists leave out what is gone, and `project` reads as null. */
export function evict(cache: ApolloCache, gone: { __typename: "Video" | "Project"; id: string }): void {
  cache.evict({ id: cache.identify(gone) });
  cache.gc();
}
