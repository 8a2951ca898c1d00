import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { bulkhead } from "cockatiel";
import { LRUCache } from "lru-cache";
import type { Logger } from "pino";
import type { Ffmpeg } from "../../platform/ffmpeg/ffmpeg.js";
import { drawFilm, type FilmSpec } from "./film/film.js";

type Film = { state: "drawing" | "drawn" | "failed"; path: Promise<string> };
/** `oneForAll`: one film for each size and length, whatever the prompt, for load tests. */
type Options = { folder: string; ffmpeg: Ffmpeg; logger: Logger | null; oneForAll: boolean };

/** Films, each drawn once. At most 200 are stored; an older one is drawn again when it is ordered, and looks the same. */
export class FilmCache {
  private readonly films = new LRUCache<string, Film>({ max: 200, dispose: (film) => this.remove(film) });
  private readonly places = bulkhead(2, Number.POSITIVE_INFINITY);
  private readonly closing = new AbortController();

  constructor(private readonly options: Options) {}

  /** Has the film drawn, unless it is already. Its path waits for it. */
  order({ prompt, width, height, seconds, picture, watermark }: FilmSpec): Film {
    const { oneForAll, folder, logger } = this.options;
    const subject = oneForAll ? { prompt: "One film for all", picture: null } : { prompt, picture };
    const spec = { ...subject, width, height, seconds, watermark };
    const name = createHash("sha256").update(JSON.stringify(spec)).digest("hex").slice(0, 24);
    const known = this.films.get(name);
    if (known) return known;
    const film: Film = { state: "drawing", path: this.draw(spec, join(folder, `${name}.mp4`)) };
    this.films.set(name, film);
    const end = (state: "drawn" | "failed") => Object.assign(film, { state });
    film.path
      .then(() => end("drawn"))
      .catch((error: unknown) => {
        end("failed");
        if (!this.closing.signal.aborted) logger?.warn({ err: error }, "the sandbox could not draw a film");
      });
    return film;
  }

  /** A still or a small animation of the film, made beside it. */
  async extractOf(spec: FilmSpec, kind: "jpg" | "gif"): Promise<string> {
    const film = await this.order(spec).path;
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

  private async draw(spec: FilmSpec, path: string): Promise<string> {
    const work = () => drawFilm(spec, path, this.options.ffmpeg, this.closing.signal);
    if (!existsSync(path)) await this.places.execute(work);
    return path;
  }

  private async remove(film: Film): Promise<void> {
    const path = await film.path.catch(() => "");
    if (path === "" || this.films.has(basename(path, ".mp4"))) return;
    for (const kind of ["mp4", "jpg", "gif"]) await rm(path.replace(/mp4$/, kind), { force: true });
  }
}
