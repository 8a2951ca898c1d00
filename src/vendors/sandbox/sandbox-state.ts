import type { FastifyRequest } from "fastify";
import type { FaultInjector } from "./fault-injector.js";
import type { FilmSpec } from "./film/film.js";
import type { FilmCache } from "./film-cache.js";
import type { SandboxTask } from "./sandbox-task.js";
import type { TaskStore } from "./task-store.js";
import type { Webhooks } from "./webhooks.js";

/** The state that all routes share. */
export interface SandboxState {
  faults: FaultInjector;
  tasks: TaskStore;
  films: FilmCache;
  webhooks: Webhooks;
  /** Holds reference pictures. */
  pictureFolder: string;
  /** Applies to new tasks. */
  durationMs: number;
  /** Empty: every key is accepted. */
  apiKeys: readonly string[];
  /** Films of posts and drafts, which have no task, by file name. */
  posts: Map<string, FilmSpec>;
}

/** The base of links in a response: the address that the client used. */
export const getBaseUrl = (request: FastifyRequest): string => `${request.protocol}://${request.host}`;

export const toFilmSpec = ({ prompt, width, height, seconds, picture }: SandboxTask): FilmSpec => ({
  ...{ prompt, width, height, seconds, picture },
  watermark: false,
});
