import { drizzle } from "drizzle-orm/postgres-js";
import { graphql } from "graphql";
import { pino } from "pino";
import postgres from "postgres";
import { buildSchema } from "type-graphql";
import { ProjectsService } from "../../../src/modules/projects/index.js";
import { ProjectsResolver } from "../../../src/modules/projects/projects.resolver.js";
import { TasksOfVideos } from "../../../src/modules/tasks/index.js";
import {
  DeleteVideoService,
  DownloadService,
  MoveVideosService,
  ProjectVideosService,
  VideoPages,
  VideosService,
  videosQueues,
} from "../../../src/modules/videos/index.js";
import {
  ProjectVideosResolver,
  VideoProjectResolver,
} from "../../../src/modules/videos/project-videos.resolver.js";
import { VideoChangesResolver } from "../../../src/modules/videos/video-changes.resolver.js";
import { VideosResolver } from "../../../src/modules/videos/videos.resolver.js";
import { WalletService } from "../../../src/modules/wallet/index.js";
import { TakeOutService } from "../../../src/modules/works/publish/take-out.service.js";
import { Keyring } from "../../../src/platform/crypto/keyring.js";
import type { Db } from "../../../src/platform/db/index.js";
import { PostgresBus } from "../../../src/platform/events/postgres-bus.js";
import { optimizeSchema, ResolverContainer } from "../../../src/platform/graphql/optimize-schema.js";
import { Loaders, type RequestContext } from "../../../src/platform/graphql/request-context.js";
import { BossJobs } from "../../../src/platform/jobs/boss.js";
import { primaryOnly } from "../../../src/platform/lists/read-router.js";
import { DiskStorage } from "../../../src/platform/storage/disk.storage.js";
import { MediaLinks } from "../../../src/platform/storage/media-links.js";
import type { Storage } from "../../../src/platform/storage/storage.js";
import { freshDatabase, type TestDatabase } from "../../support/database.js";
import type { Seed } from "../../support/seed.js";
import { temporaryFolder } from "../../support/temporary-folder.js";

const logger = pino({ level: "silent" });
const resolvers = [
  ProjectsResolver,
  ProjectVideosResolver,
  VideoProjectResolver,
  VideosResolver,
  VideoChangesResolver,
] as const;

/** Projects with videos, on a database of the test file's own that writes its statements down. */
export class ProjectsFixture {
  now = new Date("2026-03-04T05:06:07.890Z");
  readonly clock = { now: () => this.now };
  readonly links = new MediaLinks(
    new Keyring(["a secret of at least thirty-two bytes"]),
    () => "https://a.test",
  );
  readonly projects: ProjectsService;
  readonly moves: MoveVideosService;
  readonly videos: VideosService;
  readonly pages: VideoPages;

  private constructor(
    readonly db: Db,
    /** Every statement so far. */
    readonly statements: string[],
    readonly seed: Seed,
    readonly storage: DiskStorage,
    readonly jobs: BossJobs,
    private readonly bus: PostgresBus,
    private readonly closing: (() => Promise<unknown>)[],
  ) {
    this.projects = new ProjectsService({
      db,
      lists: primaryOnly(db),
      clock: this.clock,
    });
    this.moves = new MoveVideosService(db, new TasksOfVideos(bus));
    const lists = primaryOnly(db);
    this.pages = new VideoPages(lists, []);
    this.videos = new VideosService({
      db,
      pages: this.pages,
      storage,
      clock: this.clock,
      showsAiLabels: true,
    });
  }

  static async open(): Promise<ProjectsFixture> {
    const test: TestDatabase = await freshDatabase();
    const folder = await temporaryFolder();
    const statements: string[] = [];
    const client = postgres(test.url, { max: 10, onnotice: () => {} });
    const db = drizzle(client, { logger: { logQuery: (query) => statements.push(query) } });
    const bus = new PostgresBus(test.url, logger);
    const queues = videosQueues;
    const jobs = await BossJobs.start({ db: test.database.db, bus, logger, queues, supervise: false });
    const links = new MediaLinks(
      new Keyring(["a secret of at least thirty-two bytes"]),
      () => "https://a.test",
    );
    const storage = await DiskStorage.open(folder.path, links);
    const closing = [
      () => jobs.stop(),
      () => bus.close(),
      () => client.end(),
      () => test.drop(),
      () => folder.remove(),
    ];
    return new ProjectsFixture(db, statements, test.seed, storage, jobs, bus, closing);
  }

  deletions(storage: Storage = this.storage): DeleteVideoService {
    const { db, jobs, clock, bus } = this;
    return new DeleteVideoService({
      ...{ db, storage, jobs, clock, logger },
      tasks: new TasksOfVideos(bus),
      works: new TakeOutService({ db, storage, jobs, bus, logger }),
    });
  }

  /** A project and its bare UUID. */
  async project(userId: string, name = "films") {
    const project = await this.projects.create(userId, { name, description: "" });
    return { id: project.id, uuid: project.row.id };
  }

  video(userId: string, projectId: string | null = null, createdAt = this.now) {
    return this.seed.video(userId, { projectId, createdAt });
  }

  /** Runs a document as one request of this user, and tells how many statements it took. */
  async run(userId: string, source: string, variableValues: Record<string, unknown> = {}) {
    const schema = await this.schema();
    const contextValue: RequestContext = {
      viewer: { userId, sessionId: "s" },
      address: "192.0.2.9",
      isFromThisMachine: () => false,
      language: "en",
      loaders: new Loaders(),
    };
    const before = this.statements.length;
    const answer = await graphql({ schema, source, contextValue, variableValues });
    const codes = answer.errors?.map(({ originalError }) => (originalError as { code?: string })?.code);
    // biome-ignore lint/suspicious/noExplicitAny: what a test looks into is up to the test
    return { data: answer.data as any, codes, statements: this.statements.length - before };
  }

  async close(): Promise<void> {
    for (const close of this.closing) await close();
  }

  private async schema() {
    const { db, storage, clock, projects, moves, videos } = this;
    const wallets = new WalletService(db, this.bus, 0);
    const downloads = new DownloadService({ db, storage, wallets, clock, logger, terms: null });
    const container = new ResolverContainer([
      new ProjectsResolver(projects),
      new ProjectVideosResolver(new ProjectVideosService(primaryOnly(db), this.pages)),
      new VideoProjectResolver(projects),
      new VideosResolver(videos, downloads),
      new VideoChangesResolver(moves, this.deletions()),
    ]);
    const schema = await buildSchema({
      resolvers: [...resolvers],
      container,
      validate: false,
    });
    optimizeSchema(schema, { resolvers: container });
    return schema;
  }
}
