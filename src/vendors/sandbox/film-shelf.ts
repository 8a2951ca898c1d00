import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { bulkhead } from "cockatiel";
import type { Ffmpeg, FfmpegWork } from "../../platform/ffmpeg.js";
import type { Logger } from "../../platform/logger.js";
import { drawFilm, type FilmSpec } from "./film/film.js";

const drawnAtOnceMax = 2;
const filmsKeptMax = 200;

/**
 * The films, each drawn once however often it is ordered. Only so many are kept: an older one is
 * drawn again when somebody comes back for it, and looks the same.
 */
export class FilmShelf {
  private readonly drawing = new Map<string, Promise<string>>();
  private readonly drawn = new Set<string>();
  private readonly failed = new Set<string>();
  private readonly places = bulkhead(drawnAtOnceMax, Number.POSITIVE_INFINITY);
  private readonly closing = new AbortController();

  constructor(
    private readonly options: {
      folder: string;
      ffmpeg: Ffmpeg;
      /** One film for each size and length, whatever the prompt: for load tests. */
      oneForAll: boolean;
      logger: Logger | null;
    },
  ) {}

  /** Sees to it that the film is drawn, and says how far that is. */
  order(spec: FilmSpec): "drawing" | "drawn" | "failed" {
    const name = this.nameOf(spec);
    if (this.failed.has(name)) return "failed";
    if (this.drawn.has(name)) return "drawn";
    this.fileOf(spec).catch((error: unknown) => {
      if (!this.closing.signal.aborted)
        this.options.logger?.warn({ err: error }, "the sandbox could not draw a film");
    });
    return "drawing";
  }

  /** The path of the finished film; waits for it. */
  async fileOf(spec: FilmSpec): Promise<string> {
    const name = this.nameOf(spec);
    const path = join(this.options.folder, `${name}.mp4`);
    const underway = this.drawing.get(name);
    if (underway) return underway;
    if (existsSync(path)) {
      this.keep(name);
      return path;
    }
    const work = this.places
      .execute(() => drawFilm(this.plain(spec), path, this.options.ffmpeg, this.closing.signal))
      .then(
        () => {
          this.keep(name);
          return path;
        },
        (error: unknown) => {
          // What closing broke off is drawn in the next run; it has not failed.
          if (!this.closing.signal.aborted) this.failed.add(name);
          throw error;
        },
      )
      .finally(() => this.drawing.delete(name));
    this.drawing.set(name, work);
    return work;
  }

  /** A still or a small animation of the film, made beside it. */
  async extractOf(spec: FilmSpec, kind: "jpg" | "gif"): Promise<string> {
    const film = await this.fileOf(spec);
    const path = film.replace(/mp4$/, kind);
    if (existsSync(path)) return path;
    const halfway = String(spec.seconds / 2);
    const part = film.replace(/mp4$/, `part-${process.hrtime.bigint()}.${kind}`);
    const options = kind === "jpg" ? ["-frames:v", "1"] : ["-t", "2", "-vf", "fps=8,scale=240:-2"];
    const work: FfmpegWork = {
      inputs: [{ path: film, format: "mov", options: ["-ss", halfway] }],
      options: [...options, "-an"],
      outputPath: part,
      timeLimitMs: 60_000,
      signal: this.closing.signal,
    };
    const result = await this.options.ffmpeg.run(work);
    if (result.kind !== "done") throw new Error(`No ${kind} of a film: ${result.kind}`);
    await rename(part, path);
    return path;
  }

  async close(): Promise<void> {
    this.closing.abort();
    await Promise.allSettled(this.drawing.values());
  }

  private keep(name: string): void {
    this.drawn.delete(name);
    this.drawn.add(name);
    const [oldest] = this.drawn;
    if (this.drawn.size <= filmsKeptMax || oldest === undefined) return;
    this.drawn.delete(oldest);
    for (const kind of ["mp4", "jpg", "gif"]) {
      void rm(join(this.options.folder, `${oldest}.${kind}`), { force: true });
    }
  }

  private plain(spec: FilmSpec): FilmSpec {
    return this.options.oneForAll ? { ...spec, prompt: "One film for all", picture: null } : spec;
  }

  private nameOf(spec: FilmSpec): string {
    const { prompt, width, height, seconds, picture, watermark } = this.plain(spec);
    const whole = JSON.stringify([prompt, width, height, seconds, picture, watermark]);
    return createHash("sha256").update(whole).digest("hex").slice(0, 24);
  }
}
