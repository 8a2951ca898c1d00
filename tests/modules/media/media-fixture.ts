import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pino } from "pino";
import { MediaService, mediaQueues } from "../../../src/modules/media/index.js";
import { Keyring } from "../../../src/platform/crypto/keyring.js";
import { PostgresBus } from "../../../src/platform/events/postgres-bus.js";
import { TempDirs } from "../../../src/platform/files/temp-dirs.js";
import { BossJobs } from "../../../src/platform/jobs/boss.js";
import { DiskStorage } from "../../../src/platform/storage/disk.storage.js";
import { MediaLinks } from "../../../src/platform/storage/media-links.js";
import type { Storage } from "../../../src/platform/storage/storage.js";
import { freshDatabase, type TestDatabase } from "../../support/database.js";
import { temporaryFolder } from "../../support/temporary-folder.js";

const logger = pino({ level: "silent" });

/** Media on a database, a disk and a job queue of the test file's own. */
export class MediaFixture {
  now = new Date("2026-03-04T05:06:07.890Z");
  readonly clock = { now: () => this.now };
  baseUrl = "https://a.test";
  labels: "on" | "off" = "on";

  private constructor(
    readonly test: TestDatabase,
    private readonly folder: Awaited<ReturnType<typeof temporaryFolder>>,
    readonly bus: PostgresBus,
    readonly jobs: BossJobs,
    readonly tempDirs: TempDirs,
  ) {}

  static async open(): Promise<MediaFixture> {
    const test = await freshDatabase();
    const folder = await temporaryFolder();
    const bus = new PostgresBus(test.url, logger);
    const jobs = await BossJobs.start({
      ...{ db: test.database.db, bus, logger, queues: mediaQueues, supervise: false },
    });
    const tempDirs = await TempDirs.open(join(folder.path, "scratch"));
    return new MediaFixture(test, folder, bus, jobs, tempDirs);
  }

  readonly links = new MediaLinks(new Keyring(["a secret of at least thirty-two bytes"]), () => this.baseUrl);

  storage(): Promise<DiskStorage> {
    return DiskStorage.open(join(this.folder.path, "storage"), this.links);
  }

  async service(storage?: Storage): Promise<MediaService> {
    const { tempDirs, jobs, clock } = this;
    return new MediaService({
      db: this.db,
      storage: storage ?? (await this.storage()),
      tempDirs,
      jobs,
      clock,
      config: { AI_LABELS: this.labels },
    });
  }

  async user(): Promise<string> {
    return (await this.test.seed.user()).id;
  }

  /** Every stored file, as a key. */
  async storedKeys(): Promise<string[]> {
    return this.filesIn("storage");
  }

  async scratchFiles(): Promise<string[]> {
    return readdir(join(this.folder.path, "scratch"));
  }

  get db() {
    return this.test.database.db;
  }

  async close(): Promise<void> {
    await this.jobs.stop();
    await this.bus.close();
    await this.test.drop();
    await this.folder.remove();
  }

  private async filesIn(name: string): Promise<string[]> {
    const root = join(this.folder.path, name);
    const found = await readdir(root, { recursive: true, withFileTypes: true });
    return found
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
      .sort();
  }
}

/** A file as the edge hands it on, in pieces of this size. */
export function incoming(bytes: Buffer, pieceBytes = 65_536) {
  const pieces = Array.from({ length: Math.ceil(bytes.length / pieceBytes) }, (_, nth) =>
    bytes.subarray(nth * pieceBytes, (nth + 1) * pieceBytes),
  );
  return Promise.resolve({ createReadStream: () => Readable.from(pieces, { objectMode: false }) });
}
