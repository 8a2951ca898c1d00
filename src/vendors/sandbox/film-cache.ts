import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { bulkhead } from "cockatiel";
import { LRUCache } from "lru-cache";
import type { Logger } from "pino";
import type { Ffmpeg } from "../../platform/ffmpeg/ffmpeg.js";
import { type FilmSpec, renderFilm } from "./film/film.js";

type Film = { state: "rendering" | "rendered" | "failed"; path: Promise<string> };
/** `oneForAll`: one film for each size and length, regardless of the prompt, for load tests. */
type Options = { folder: string; ffmpeg: Ffmpeg; logger: Logger | null; oneForAll: boolean };

/** Renders each film once and stores at most 200. An evicted film looks the same when it is rendered again. */
export class FilmCache {
  private readonly films = new LRUCache<string, Film>({
    max: 200,
    dispose: (film) => this.deleteFiles(film),
  });
  private readonly slots = bulkhead(2, Number.POSITIVE_INFINITY);
  private readonly closing = new AbortController();

  constructor(private readonly options: Options) {}

  /** Starts rendering the film unless it is cached. `path` resolves when it is rendered. */
  request({ prompt, width, height, seconds, picture, watermark }: FilmSpec): Film {
    const { oneForAll, folder, logger } = this.options;
    const subject = oneForAll ? { prompt: "One film for all", picture: null } : { prompt, picture };
    const spec = { ...subject, width, height, seconds, watermark };
    const name = createHash("sha256").update(JSON.stringify(spec)).digest("hex").slice(0, 24);
    const cached = this.films.get(name);
    if (cached) return cached;
    const film: Film = { state: "rendering", path: this.render(spec, join(folder, `${name}.mp4`)) };
    this.films.set(name, film);
    const end = (state: "rendered" | "failed") => Object.assign(film, { state });
    film.path
      .then(() => end("rendered"))
      .catch((error: unknown) => {
        end("failed");
        if (!this.closing.signal.aborted)
          logger?.warn({ err: error }, "the sandbox could not render a film; its task fails");
      });
    return film;
  }

  /** Creates a still or a small animation of the film, stored next to it. */
  async getExtract(spec: FilmSpec, kind: "jpg" | "gif"): Promise<string> {
    const film = await this.request(spec).path;
    const path = film.replace(/mp4$/, kind);
    if (existsSync(path)) return path;
    const outputPath = film.replace(/mp4$/, `part-${process.hrtime.bigint()}.${kind}`);
    const result = await this.options.ffmpeg.run({
      inputs: [{ path: film, format: "mov", options: ["-ss", `${spec.seconds / 2}`] }],
      options: ["-an", ...(kind === "jpg" ? ["-frames:v", "1"] : ["-t", "2", "-vf", "fps=8,scale=240:-2"])],
      ...{ outputPath, timeLimitMs: 60_000, signal: this.closing.signal },
    });
    if (result.kind !== "done") throw new Error(`No ${kind} of a film: ${result.kind}`);
    await rename(outputPath, path);
    return path;
  }

  async close(): Promise<void> {
    this.closing.abort();
    await Promise.allSettled([...this.films.values()].map(({ path }) => path));
  }

  private async render(spec: FilmSpec, path: string): Promise<string> {
    const work = () => renderFilm(spec, path, this.options.ffmpeg, this.closing.signal);
    if (!existsSync(path)) await this.slots.execute(work);
    return path;
  }

  private async deleteFiles(film: Film): Promise<void> {
    const path = await film.path.catch(() => "");
    if (path === "" || this.films.has(basename(path, ".mp4"))) return;
    for (const kind of ["mp4", "jpg", "gif"]) await rm(path.replace(/mp4$/, kind), { force: true });
  }
}
