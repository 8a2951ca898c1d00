import { sql } from "drizzle-orm";
import { afterEach, beforeEach, expect, test } from "vitest";
import {
  CancelTaskDocument,
  CreateTaskDocument,
  DownloadNoWatermarkDocument,
  WalletDocument,
} from "../../src/generated/operations.js";
import { uuidFromPublicId } from "../../src/platform/ids/ids.js";
import { breachesOf } from "../support/audit.js";
import type { Client } from "../support/client.js";
import { Fleet } from "../support/fleet.js";
import { PostgresPair } from "../support/postgres-pair.js";
import { fixedCode } from "../support/product.js";
import type { ServerProcess } from "../support/server-process.js";
import { credits, ended, type FullTask, readTask } from "../support/tasks.js";
import { until } from "../support/until.js";

const signupCredits = 10_000;
const taskCredits = 10;
const downloadCredits = 6;

let pair: PostgresPair;
let fleet: Fleet;
let servers: ServerProcess[];
beforeEach(async () => {
  pair = await PostgresPair.start();
  fleet = await Fleet.open({
    DATABASE_URL: pair.url,
    DATABASE_READ_URL: pair.url.replace("read-write", "standby"),
    SIGNUP_CREDITS: `${signupCredits}`,
    MAX_CONCURRENT_TASKS: "1000",
    MAX_TASKS_PER_DAY: "1000",
    RATE_LIMIT_PER_MINUTE: "1000000",
  });
  await fleet.command("migrate");
  servers = await Promise.all([fleet.server(), fleet.server()]);
  await Promise.all([fleet.worker(), fleet.worker()]);
});
afterEach(async () => {
  await fleet.close();
  await pair.stop();
});

/** A user who creates and cancels tasks and downloads without a pause, and repeats calls without a response. */
class BusyUser {
  readonly created = new Set<string>();
  readonly canceled = new Set<string>();
  downloads = 0;
  private stopping = false;
  private keys = 0;

  constructor(
    readonly client: Client,
    private readonly name: string,
  ) {}

  /** Most tasks are rejected, because a video takes seconds of processor time. */
  async run(): Promise<void> {
    const { video } = await this.end(await this.createOne("a first video"));
    const videoId = (video as NonNullable<FullTask["video"]>).id;
    for (let nth = 0; !this.stopping; nth++) {
      const id = await this.createOne(nth % 6 === 0 ? "a video" : "[fault:reject] refused");
      if (nth % 3 === 1) await this.cancel(id);
      await this.download(videoId);
      await this.end(id);
    }
  }

  stop(): void {
    this.stopping = true;
  }

  /** Until it is in one of these states. */
  end(id: string): Promise<FullTask> {
    return until(`the end of ${id}`, async () => {
      const task = await readTask(this.client, id).catch(() => null);
      return task?.finishedAt ? task : null;
    });
  }

  async createOne(about: string): Promise<string> {
    const { createTask } = await this.insist((idempotencyKey) => {
      const prompt = `${about} ${idempotencyKey}`;
      return this.client.request(CreateTaskDocument, { input: { prompt, idempotencyKey } });
    });
    this.created.add(createTask.task.id);
    return createTask.task.id;
  }

  private async cancel(taskId: string): Promise<void> {
    const answer = await this.insist(
      () => this.client.execute(CancelTaskDocument, { input: { taskId } }),
      isFinal,
    );
    if (answer.data?.cancelTask.task.status === "CANCELED") this.canceled.add(taskId);
  }

  private async download(videoId: string): Promise<void> {
    await this.insist((idempotencyKey) =>
      this.client.request(DownloadNoWatermarkDocument, { input: { videoId, idempotencyKey } }),
    );
    this.downloads += 1;
  }

  /** Repeats the call with one key until there is a response. */
  private insist<T>(
    act: (key: string) => Promise<T>,
    isAnswer: (answer: T) => boolean = () => true,
  ): Promise<T> {
    const key = `${this.name}-${this.keys++}`;
    return until(`an answer to ${this.name}`, async () => {
      const answer = await act(key).catch(() => null);
      return answer !== null && isAnswer(answer) ? ({ answer } as const) : null;
    }).then(({ answer }) => answer);
  }
}

/** CONFLICT is a response: the task was running already. */
function isFinal({ errors }: { errors?: { extensions: { code: string } }[] }): boolean {
  return !errors || errors[0]?.extensions.code === "CONFLICT";
}

async function busyUsers(count: number): Promise<BusyUser[]> {
  return Promise.all(
    Array.from({ length: count }, async (_, nth) => {
      const client = (servers[nth % servers.length] as ServerProcess).client();
      await client.logIn(`+86138${20_000_000 + nth}`, fixedCode);
      return new BusyUser(client, `user ${nth}`);
    }),
  );
}

/** Time until each server executes a write. */
async function servedAgain(sinceMs: number, users: BusyUser[]): Promise<number> {
  const oneAtEach = users.slice(0, servers.length);
  await Promise.all(oneAtEach.map((user) => user.createOne("[fault:reject] after it")));
  return performance.now() - sinceMs;
}

/** More requests than a server has connections. Returns the time of the slowest. */
async function press(users: BusyUser[]): Promise<number> {
  const startedAtMs = performance.now();
  const requests = users.flatMap(({ client }) =>
    Array.from({ length: 30 }, () => client.execute(WalletDocument).catch(() => null)),
  );
  await Promise.all(requests);
  return performance.now() - startedAtMs;
}

async function isUnready({ url }: ServerProcess): Promise<boolean> {
  return (await fetch(`${url}/readyz`)).status === 503;
}

const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;

/** Every response is still true, each call took effect once, and the ledger is consistent. */
async function expectNothingLost(users: BusyUser[]): Promise<void> {
  for (const { client, created, canceled, downloads } of users) {
    const tasks = await Promise.all([...created].map((id) => ended(client, id)));
    expect(tasks.filter(({ id, status }) => canceled.has(id) && status !== "CANCELED")).toEqual([]);
    const made = tasks.filter(({ status }) => status === "SUCCESS").length;
    const userId = uuidFromPublicId("user", client.userId);
    const [stored] = await pair.ask((db) =>
      db.execute<{ tasks: number; downloads: number }>(sql`select
        (select count(*)::int from tasks where user_id = ${userId}) as tasks,
        (select count(*)::int from ledger_transfers
          where type = 'DOWNLOAD_SPEND' and debit_user_id = ${userId}) as downloads`),
    );
    expect(stored).toEqual({ tasks: created.size, downloads });
    const free = signupCredits - made * taskCredits - downloads * downloadCredits;
    expect(await credits(client)).toEqual({ free, held: 0 });
  }
  const sentTwice = fleet.sandbox.control.tasks().filter(({ timesSeen }) => timesSeen > 1);
  expect(sentTwice.map(({ prompt }) => prompt)).toEqual([]);
  expect(await pair.ask(breachesOf)).toEqual([]);
}

/** Until each user has completed further calls. */
async function untilAllGoOn(users: BusyUser[]): Promise<void> {
  const before = users.map(({ downloads }) => downloads);
  await until("further downloads of all users", () =>
    users.every(({ downloads }, nth) => downloads > (before[nth] ?? 0) + 1),
  );
}

test("after a primary is killed, no confirmed call, credit or task is lost, and servers and workers find the promoted standby", async () => {
  const users = await busyUsers(4);
  const running = users.map((user) => user.run());
  await until("paid downloads", () => users.every(({ downloads }) => downloads > 2));
  pair.kill();
  for (const server of servers) await until("the loss to be detected", () => isUnready(server));
  await pair.promote();
  const promotedAtMs = performance.now();
  const servedMs = await servedAgain(promotedAtMs, users);
  const [user] = users as [BusyUser];
  expect(await user.end(await user.createOne("a video after it"))).toMatchObject({ status: "SUCCESS" });
  const madeMs = performance.now() - promotedAtMs;
  await untilAllGoOn(users);
  for (const user of users) user.stop();
  await Promise.all(running);
  await expectNothingLost(users);
  console.info(
    `killed: served again ${seconds(servedMs)} after the promotion, a new video ${seconds(madeMs)}`,
  );
}, 900_000);

test("a frozen primary is abandoned within seconds, although its kernel still accepts connections", async () => {
  const users = await busyUsers(4);
  const running = users.map((user) => user.run());
  await until("paid downloads", () => users.every(({ downloads }) => downloads > 1));
  await press(users);
  pair.freeze();
  const frozenAtMs = performance.now();
  const pressed = press(users);
  for (const server of servers) await until("the freeze to be detected", () => isUnready(server));
  await pair.promote();
  const servedMs = await servedAgain(frozenAtMs, users);
  const [user] = users as [BusyUser];
  expect(await user.end(await user.createOne("a video after it"))).toMatchObject({ status: "SUCCESS" });
  const madeMs = performance.now() - frozenAtMs;
  await untilAllGoOn(users);
  for (const user of users) user.stop();
  await Promise.all(running);
  // It is fenced before it resumes, as docs/scaling.md requires.
  pair.kill();
  await expectNothingLost(users);
  console.info(
    `frozen: served again after ${seconds(servedMs)}, every request answered within ${seconds(await pressed)}, a new video after ${seconds(madeMs)}`,
  );
}, 900_000);
