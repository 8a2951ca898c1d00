import type { FastifyRequest } from "fastify";
import type { FaultBoard } from "./fault-board.js";
import type { FilmSpec } from "./film/film.js";
import type { FilmCache } from "./film-cache.js";
import type { SandboxTask } from "./sandbox-task.js";
import type { TaskStore } from "./task-store.js";
import type { Webhooks } from "./webhooks.js";

/** What every route of the sandbox works with. */
export interface SandboxState {
  faults: FaultBoard;
  tasks: TaskStore;
  films: FilmCache;
  webhooks: Webhooks;
  /** Where reference pictures are kept. */
  pictureFolder: string;
  /** For tasks that are taken in from now on. */
  durationMs: number;
  /** None: every key is good. */
  apiKeys: readonly string[];
  /** Films that belong to no task, by the name of their file: clean links of posts and drafts. */
  posts: Map<string, FilmSpec>;
}

/** The base of the links in an answer: the address at which the caller reached us. */
export const baseOf = (request: FastifyRequest): string => `${request.protocol}://${request.host}`;

export const filmOf = ({ prompt, width, height, seconds, picture }: SandboxTask): FilmSpec => ({
  ...{ prompt, width, height, seconds, picture },
  watermark: false,
});
