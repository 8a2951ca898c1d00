/**
 * The sandbox vendor: an HTTP server that speaks the DyuAPI protocol, and OpenAI's video protocol below
 * /openai, and renders a real mp4 for every task. The product uses it until a real vendor's key is set, and
 * all tests use it. faults.ts lists the faults that it can simulate.
 */
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Logger } from "pino";
import { Ffmpeg } from "../../platform/ffmpeg/ffmpeg.js";
import { removeStaleFiles } from "../../platform/files/remove-stale-files.js";
import { FaultInjector } from "./fault-injector.js";
import { FilmCache } from "./film-cache.js";
import { type Protocol, protocolPaths } from "./protocols.js";
import { type SandboxState, toFilmSpec } from "./sandbox-state.js";
import { createSandboxServer } from "./server.js";
import { type Submission, TaskStore } from "./task-store.js";
import { type Delivery, Webhooks, type WebhookTarget } from "./webhooks.js";

export interface SandboxOptions {
  /** 0: any free port. */
  port: number;
  host?: string;
  /** The minimum duration of a task. It also takes at least as long as rendering its film. */
  durationMs: number;
  /** Default: every key is accepted. */
  apiKey?: string | readonly string[];
  /** Receives webhooks about tasks of the OpenAI protocol. */
  webhook?: WebhookTarget;
  ffmpegPath: string;
  logger?: Logger;
  /** Stores films and tasks between runs. Default: a temporary folder that `close` deletes. */
  workDir?: string;
  /** Films are rendered into this folder and stay there. Several sandboxes can share it. */
  filmsFolder?: string;
  /** One film for each size and length, regardless of the prompt, for load tests. */
  oneFilmForAll?: boolean;
}

export interface SandboxVendor {
  url: string;
  port: number;
  /** The base URL for an adapter of this protocol. */
  baseUrlFor(protocol: Protocol): string;
  control: SandboxControl;
  close(): Promise<void>;
}

/** The same as `/control` over HTTP, for callers in the same process. */
export interface SandboxControl {
  tasks(): Submission[];
  /** `fault` as in faults.ts, without brackets. Throws UnknownFault if it does not exist. */
  enableFault(fault: string, options?: { match?: string; times?: number }): void;
  clearFaults(): void;
  setDurationMs(durationMs: number): void;
  sendWebhooksTo(target: WebhookTarget | null): void;
  webhooks(): readonly Delivery[];
}

const filmTtlMs = 24 * 60 * 60 * 1000;

export async function startSandboxVendor(options: SandboxOptions): Promise<SandboxVendor> {
  const { workDir, host = "127.0.0.1" } = options;
  const folder = workDir ?? (await mkdtemp(join(tmpdir(), "skyriff-sandbox-")));
  const films = options.filmsFolder ?? join(folder, "films");
  await mkdir(films, { recursive: true });
  await removeStaleFiles(films, filmTtlMs);
  const filmCache = new FilmCache({
    folder: films,
    ffmpeg: new Ffmpeg(options.ffmpegPath, 2),
    oneForAll: options.oneFilmForAll ?? false,
    logger: options.logger ?? null,
  });
  const tasks = new TaskStore(workDir ? join(folder, "tasks.jsonl") : null);
  const webhooks = new Webhooks(
    (task) => filmCache.request(toFilmSpec(task)).path,
    ({ id }) => tasks.find(id) !== undefined,
  );
  webhooks.target = options.webhook ?? null;
  const sandbox: SandboxState = {
    faults: new FaultInjector(),
    tasks,
    films: filmCache,
    webhooks,
    pictureFolder: films,
    durationMs: options.durationMs,
    apiKeys: [options.apiKey ?? []].flat(),
    posts: new Map(),
  };
  const server = createSandboxServer(sandbox);
  await server.listen({ port: options.port, host });
  const { port } = server.server.address() as AddressInfo;
  const url = `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
  const close = async () => {
    webhooks.close();
    await server.close();
    await filmCache.close();
    if (!workDir) await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  };
  const baseUrlFor = (protocol: Protocol) => `${url}${protocolPaths[protocol]}`;
  return { url, port, baseUrlFor, control: createControl(sandbox), close };
}

const createControl = (sandbox: SandboxState): SandboxControl => ({
  tasks: () => sandbox.tasks.list(),
  enableFault: (fault, { match, times } = {}) => sandbox.faults.enable(fault, match ?? null, times ?? null),
  clearFaults: () => sandbox.faults.clear(),
  setDurationMs: (durationMs) => {
    sandbox.durationMs = durationMs;
  },
  sendWebhooksTo: (target) => {
    sandbox.webhooks.target = target;
  },
  webhooks: () => sandbox.webhooks.deliveries,
});
