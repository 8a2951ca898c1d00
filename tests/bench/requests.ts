import type { Environment } from "./environment.js";
import { HttpLane, requestOf } from "./http-lane.js";
import { type Measured, measure } from "./measure.js";
import type { Options } from "./options.js";
import type { BenchUser } from "./users.js";

/** A document that many users send at the same time. */
export interface Work {
  name: string;
  query: string;
  variables?(user: BenchUser): object;
}

const prompts = Array.from({ length: 64 }, (_, n) => `a cat running on grass, take ${n}, golden hour, 35mm`);

export const createTask: Work = {
  name: "B1 createTask",
  query: `mutation ($input: CreateTaskInput!) {
    createTask(input: $input) { task { id status costCredits } wallet { credits heldCredits } }
  }`,
  variables: () => ({ input: { prompt: oneOf(prompts), durationSec: 10 } }),
};

export const videos: Work = {
  name: "B2 videos(first: 20)",
  query: `query {
    videos(first: 20) {
      edges {
        cursor
        node {
          id durationSec ratio width height byteSize downloadCount createdAt
          project { id name } task { id prompt status costCredits }
        }
      }
      pageInfo { hasNextPage endCursor }
    }
  }`,
};

export const task: Work = {
  name: "B3 task(id)",
  query: "query ($id: ID!) { task(id: $id) { id status progress revision } }",
  variables: ({ taskId }) => ({ id: taskId }),
};

/** What no measurement above asks for: the machinery knows documents by their text and none by name. */
export const others: Work[] = [
  {
    name: "me, wallet with entries",
    query: `query {
      me { id nickname }
      wallet { credits heldCredits entries(first: 10) { nodes { id type amount balanceAfter description } } }
    }`,
  },
  {
    name: "tasks(first: 50) with video",
    query: "query { tasks(first: 50) { nodes { id prompt status costCredits video { id durationSec } } } }",
  },
  {
    name: "projects with count and linked videos",
    query: `query {
      projects(first: 5) { nodes { id name videoCount videos(first: 4) { nodes { id previewUrl thumbnailUrl } } } }
    }`,
  },
  {
    name: "node(id)",
    query: "query ($id: ID!) { node(id: $id) { id ... on Task { status prompt progress } } }",
    variables: ({ taskId }) => ({ id: taskId }),
  },
];

export async function measureRequests(
  { url, users, serverPid, postgresPid }: Environment,
  { conns, seconds }: Options,
  { query, variables }: Work,
): Promise<Measured> {
  // Made before the clock runs: the driver shares the processors with what it measures.
  const requests = users.flatMap((user) =>
    Array.from({ length: variables ? 8 : 1 }, () => requestOf(url, user.token, query, variables?.(user))),
  );
  const lanes = await Promise.all(
    Array.from({ length: conns }, () => HttpLane.open(url, () => oneOf(requests))),
  );
  return measure(lanes, seconds, { serverPid, postgresPid });
}

export function oneOf<T>(all: readonly T[]): T {
  return all[Math.floor(Math.random() * all.length)] as T;
}
