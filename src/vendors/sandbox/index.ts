/**
 * The sandbox vendor: a real HTTP server that speaks the DyuAPI protocol, and OpenAI's video protocol
 * below /openai, and draws a real mp4 for every task. It is what the product runs on until there is a key for a real vendor, and what every
 * test runs against; what it can do wrong is listed in faults.ts.
 */
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Logger } from "pino";
import { Ffmpeg } from "../../platform/ffmpeg/ffmpeg.js";
import { removeStaleFiles } from "../../platform/files/remove-stale-files.js";
import { FaultBoard } from "./fault-board.js";
import { FilmCache } from "./film-cache.js";
import { type Protocol, protocolPaths } from "./protocols.js";
import { filmOf, type SandboxState } from "./request-intake.js";
import { createSandboxServer } from "./server.js";
import { type Submission, TaskStore } from "./task-store.js";
import { type Delivery, Webhooks, type WebhookTarget } from "./webhooks.js";

export interface SandboxOptions {
  /** 0: a free one. */
  port: number;
  host?: string;
  /** How long a task takes, at least; never less than drawing its film. */
  durationMs: number;
  /** Without one, every key is good. */
  apiKey?: string | readonly string[];
  /** Who is told how tasks of the OpenAI protocol end; nobody if not given. */
  webhook?: WebhookTarget;
  ffmpegPath: string;
  logger?: Logger;
  /** Where films and tasks are kept from one run to the next; else in a temporary folder until close. */
  workDir?: string;
  /** Films are drawn into this folder and stay there: several sandbox vendors can share it. */
  filmsFolder?: string;
  /** One film for each size and length, whatever the prompt: for load tests. */
  oneFilmForAll?: boolean;
}

export interface SandboxVendor {
  url: string;
  port: number;
  /** What an adapter of this protocol is given as its base URL. */
  baseUrlFor(protocol: Protocol): string;
  control: SandboxControl;
  close(): Promise<void>;
}

/** What `/control` does over HTTP, for those who run the sandbox in their own process. */
export interface SandboxControl {
  tasks(): Submission[];
  /** `fault` as in faults.ts, without the brackets. Throws for one that does not exist. */
  switchOn(fault: string, options?: { match?: string; times?: number }): void;
  clearFaults(): void;
  setDurationMs(durationMs: number): void;
  sendWebhooksTo(target: WebhookTarget | null): void;
  webhooks(): readonly Delivery[];
}

const keptMs = 24 * 60 * 60 * 1000;

export async function startSandboxVendor(options: SandboxOptions): Promise<SandboxVendor> {
  const { workDir, host = "127.0.0.1" } = options;
  const folder = workDir ?? (await mkdtemp(join(tmpdir(), "skyriff-sandbox-")));
  const films = options.filmsFolder ?? join(folder, "films");
  await mkdir(films, { recursive: true });
  await removeStaleFiles(films, keptMs);
  const shelf = new FilmCache({
    folder: films,
    ffmpeg: new Ffmpeg(options.ffmpegPath, 2),
    oneForAll: options.oneFilmForAll ?? false,
    logger: options.logger ?? null,
  });
  const book = new TaskStore(workDir ? join(folder, "tasks.jsonl") : null);
  const webhooks = new Webhooks(
    (task) => shelf.order(filmOf(task)).path,
    ({ id }) => book.find(id) !== undefined,
  );
  webhooks.target = options.webhook ?? null;
  const desk: SandboxState = {
    faults: new FaultBoard(),
    tasks: book,
    films: shelf,
    webhooks,
    pictureFolder: films,
    durationMs: options.durationMs,
    apiKeys: [options.apiKey ?? []].flat(),
    posts: new Map(),
  };
  const server = createSandboxServer(desk);
  await server.listen({ port: options.port, host });
  const { port } = server.server.address() as AddressInfo;
  const url = `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
  const close = async () => {
    webhooks.close();
    await server.close();
    await shelf.close();
    if (!workDir) await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  };
  const baseUrlFor = (protocol: Protocol) => `${url}${protocolPaths[protocol]}`;
  return { url, port, baseUrlFor, control: controlOf(desk), close };
}

const controlOf = (desk: SandboxState): SandboxControl => ({
  tasks: () => desk.tasks.list(),
  switchOn: (fault, { match, times } = {}) => desk.faults.switchOn(fault, match ?? null, times ?? null),
  clearFaults: () => desk.faults.clear(),
  setDurationMs: (durationMs) => {
    desk.durationMs = durationMs;
  },
  sendWebhooksTo: (target) => {
    desk.webhooks.target = target;
  },
  webhooks: () => desk.webhooks.deliveries,
});
