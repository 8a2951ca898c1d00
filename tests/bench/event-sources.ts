import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { taskChanged } from "../../src/modules/tasks/index.js";
import { createBus } from "../../src/platform/events/create-bus.js";
import { newUuid, publicId, uuidFromPublicId } from "../../src/platform/ids/ids.js";
import { createLogger } from "../../src/platform/observability/logger.js";
import type { Environment } from "./environment.js";

/** A task that one socket follows. */
export interface Followed {
  taskId: string;
  uuid: string;
  userId: string;
  token: string;
}

/** A server of subscriptions, and what makes events for it. */
export interface EventSource {
  url: string;
  pid: number;
  /** Each of these tasks gets this revision. */
  change(tasks: readonly Followed[], revisions: readonly number[]): Promise<void>;
  stop(): Promise<void>;
}

/** Tasks that are being made, stored by SQL, spread over the users. */
export async function followedTasks({ sql, users }: Environment, count: number): Promise<Followed[]> {
  const followed = Array.from({ length: count }, (_, n) => {
    const user = users[n % users.length] as (typeof users)[number];
    const uuid = newUuid();
    const userId = uuidFromPublicId("user", user.id) as string;
    return { uuid, userId, taskId: publicId("task", uuid), token: user.token };
  });
  await sql`insert into tasks (id, user_id, prompt, duration_sec, ratio, model, hd, status, progress, cost_credits)
    select id, user_id, 'a cat', 10, 'RATIO_9_16', 'sora2', false, 'IN_PROGRESS', 1, 10
    from unnest(${followed.map(({ uuid }) => uuid)}::uuid[], ${followed.map(({ userId }) => userId)}::uuid[])
      as t(id, user_id)`;
  return followed;
}

/** The product's way: the worker's commit, then the event over the bus; the server reads the row. */
export async function ourSource({ url, serverPid, sql, databaseUrl }: Environment): Promise<EventSource> {
  const logger = await createLogger({ level: "error", pretty: false });
  const bus = createBus({ directUrl: databaseUrl, redis: null }, logger);
  return {
    url,
    pid: serverPid,
    change: async (tasks, revisions) => {
      await sql`update tasks t set revision = n.revision
        from unnest(${tasks.map(({ uuid }) => uuid)}::uuid[], ${[...revisions]}::int[]) as n(id, revision)
        where t.id = n.id`;
      const events = tasks.map(({ uuid, userId }, n) => ({
        ...{ taskId: uuid, userId, revision: revisions[n] as number },
      }));
      bus.publish(taskChanged, ...events);
    },
    stop: () => bus.close(),
  };
}

/** No database and no GraphQL behind the same frames. */
export async function bareSource(): Promise<EventSource> {
  const child: ChildProcess = fork(new URL("bare-ws.mjs", import.meta.url), { execArgv: [] });
  const [port] = await once(child, "message");
  return {
    url: `http://127.0.0.1:${port}`,
    pid: child.pid as number,
    change: async (tasks, revisions) => {
      child.send(tasks.map(({ taskId }, n) => [taskId, revisions[n]]));
      await new Promise((done) => setImmediate(done));
    },
    stop: async () => {
      const ended = once(child, "exit");
      child.disconnect();
      await ended;
    },
  };
}
