import { type Cache, cacheExchange } from "@urql/exchange-graphcache";

const embedded = () => null;

/** Objects without an id are kept inside the object that has them. */
const keys = {
  AiLabel: embedded,
  CreatorRank: embedded,
  DownloadTerms: embedded,
  GenerationPrice: embedded,
  LineageLevel: embedded,
  Pricing: embedded,
  PromptUnlock: embedded,
  TaskFailure: embedded,
  UserStats: embedded,
  WorkEarnings: embedded,
  WorkPrompt: embedded,
  WorkRemoval: embedded,
};

type Variables = { input: { workId: string; userId: string } };

function count(cache: Cache, workId: string, field: string, change: number): number {
  const value = cache.resolve({ __typename: "Work", id: workId }, field);
  return Math.max(0, Number(value ?? 0) + change);
}

/** The answer to a reaction before the server has given it. A refusal takes it back. */
const reaction =
  (counted: string, flag: string, on: boolean) =>
  (variables: unknown, cache: Cache): { __typename: string; [field: string]: unknown } => {
    const id = (variables as Variables["input"] & Variables).input.workId;
    const counts = { [counted]: count(cache, id, counted, on ? 1 : -1), [flag]: on };
    return { __typename: "WorkPayload", work: { __typename: "Work", id, ...counts } };
  };

const follow =
  (on: boolean) =>
  (variables: unknown, cache: Cache): { __typename: string; [field: string]: unknown } => {
    const id = (variables as Variables).input.userId;
    const stats = cache.resolve({ __typename: "User", id }, "stats");
    const followers = stats ? Number(cache.resolve(stats as string, "followers") ?? 0) : 0;
    const counts = { __typename: "UserStats", followers: Math.max(0, followers + (on ? 1 : -1)) };
    return { __typename: "UserPayload", user: { __typename: "User", id, viewerFollows: on, stats: counts } };
  };

export const createCache = () =>
  cacheExchange({
    keys,
    optimistic: {
      likeWork: reaction("likeCount", "viewerLiked", true),
      unlikeWork: reaction("likeCount", "viewerLiked", false),
      favoriteWork: reaction("favoriteCount", "viewerFavorited", true),
      unfavoriteWork: reaction("favoriteCount", "viewerFavorited", false),
      followUser: follow(true),
      unfollowUser: follow(false),
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
