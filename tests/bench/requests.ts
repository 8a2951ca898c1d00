import { type DocumentNode, print } from "graphql";
import {
  CreateTaskDocument,
  MeDocument,
  ProjectsDocument,
  StatementDocument,
  TaskDocument,
  TasksDocument,
  VideosDocument,
} from "../../src/generated/operations.js";
import type { Environment } from "./environment.js";
import { HttpLane, requestOf } from "./http-lane.js";
import { type Measured, measure } from "./measure.js";
import type { Options } from "./options.js";
import type { BenchUser } from "./users.js";

/** One of the shipped documents, sent by many users at the same time. */
export interface Work {
  name: string;
  document: DocumentNode;
  variables?(user: BenchUser): object;
}

const prompts = Array.from({ length: 64 }, (_, n) => `a cat running on grass, take ${n}, golden hour, 35mm`);

export const createTask: Work = {
  name: "B1 CreateTask",
  document: CreateTaskDocument,
  variables: () => ({ input: { prompt: oneOf(prompts), durationSec: 10 } }),
};

export const videos: Work = {
  name: "B2 Videos, 20 a page",
  document: VideosDocument,
  variables: () => ({ first: 20 }),
};

export const task: Work = {
  name: "B3 Task",
  document: TaskDocument,
  variables: ({ taskId }) => ({ id: taskId }),
};

/** Documents that no target names. */
export const others: Work[] = [
  { name: "Me", document: MeDocument },
  { name: "Statement, 10 a page", document: StatementDocument, variables: () => ({ first: 10 }) },
  { name: "Tasks, 50 a page", document: TasksDocument, variables: () => ({ first: 50 }) },
  { name: "Projects, 5 a page", document: ProjectsDocument, variables: () => ({ first: 5 }) },
];

export async function measureRequests(
  { url, users, serverPid, postgresPid }: Environment,
  { conns, seconds }: Options,
  { document, variables }: Work,
): Promise<Measured> {
  const query = print(document);
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
