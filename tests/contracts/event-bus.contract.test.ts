import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { taskChanged } from "../../src/modules/tasks/index.js";
import { walletChanged } from "../../src/modules/wallet/index.js";
import type { BatchingBus } from "../../src/platform/events/batching-bus.js";
import { PostgresBus } from "../../src/platform/events/postgres-bus.js";
import { connectRedis } from "../../src/platform/events/redis.js";
import { RedisBus } from "../../src/platform/events/redis-bus.js";
import { freshDatabase, type TestDatabase } from "../support/database.js";
import { describeWith } from "../support/programs.js";
import { RedisServer } from "../support/redis-server.js";
import { until } from "../support/until.js";

const silent = pino({ level: "silent" });
const task = (taskId: string) => ({ taskId, userId: "ana", revision: 1 });

/** What two servers may rely on, whatever carries their events. */
function itIsABus(world: { open: () => BatchingBus; cutConnections: () => Promise<void> }) {
  test("the other server hears every event once and in order, however many go together; one's own are heard at once", async () => {
    const [here, there] = [world.open(), world.open()];
    await Promise.all([here.listen(), there.listen()]);
    const [own, others]: string[][] = [[], []];
    here.subscribe(taskChanged, ({ taskId }) => own?.push(taskId));
    there.subscribe(taskChanged, ({ taskId }) => others?.push(taskId));
    const sent = Array.from({ length: 700 }, (_, nth) => `task ${nth} ${"x".repeat(100)}`);
    here.publish(taskChanged, ...sent.map(task));
    expect(own).toEqual(sent);
    await until("the last event", () => others?.length === sent.length);
    expect(others).toEqual(sent);
    here.publish(walletChanged, { userId: "ana" });
    here.publish(taskChanged, task("after"));
    await until("the next event", () => others?.includes("after"));
    expect(own).toEqual([...sent, "after"]);
    await Promise.all([here.close(), there.close()]);
  });

  test("when the connection was lost, its return is told, and events are heard again", async () => {
    const [here, there] = [world.open(), world.open()];
    await Promise.all([here.listen(), there.listen()]);
    let returns = 0;
    const heard: string[] = [];
    there.onReconnect(() => {
      returns++;
    });
    there.subscribe(taskChanged, ({ taskId }) => heard.push(taskId));
    await world.cutConnections();
    await until("the return", () => returns > 0);
    await until("an event after it", () => {
      here.publish(taskChanged, task("again"));
      return heard.includes("again");
    });
    await Promise.all([here.close(), there.close()]);
  });
}

let testDb: TestDatabase;
beforeAll(async () => {
  testDb = await freshDatabase();
});
afterAll(() => testDb.drop());

describe("over PostgreSQL", () => {
  itIsABus({
    open: () => new PostgresBus(testDb.url, silent),
    cutConnections: async () => {
      await testDb.database.db.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'skyriff-events' and datname = current_database()",
      );
    },
  });
});

describeWith("redis-server", "over Redis", (program) => {
  let server: RedisServer;
  const opened: { disconnect(): void }[] = [];
  const open = (at = server, logger = silent) => {
    const redis = connectRedis(at.url, logger);
    opened.push(redis);
    return new RedisBus(redis, logger);
  };
  beforeAll(async () => {
    server = await RedisServer.start(program);
  });
  afterAll(async () => {
    for (const redis of opened) redis.disconnect();
    await server.stop();
  });

  itIsABus({
    open,
    cutConnections: async () => {
      await server.stop();
      await server.start();
    },
  });

  test("a Redis that is away at the start holds nobody up, is complained of once, and is heard when it comes", async () => {
    const late = await RedisServer.notYet(program);
    const logged: string[] = [];
    const logger = pino({ level: "info" }, { write: (line: string) => void logged.push(line) });
    const [here, there] = [open(late, logger), open(late)];
    await Promise.all([here.listen(), there.listen()]);
    const heard: string[] = [];
    here.subscribe(taskChanged, ({ taskId }) => heard.push(`here: ${taskId}`));
    there.subscribe(taskChanged, ({ taskId }) => heard.push(`there: ${taskId}`));
    here.publish(taskChanged, task("early"));
    expect(heard).toEqual(["here: early"]);
    await late.start();
    await until("an event", () => {
      here.publish(taskChanged, task("late"));
      return heard.includes("there: late");
    });
    expect(logged.filter((line) => line.includes("Redis is away"))).toHaveLength(1);
    expect(logged.filter((line) => line.includes("Redis is back"))).toHaveLength(1);
    await Promise.all([here.close(), there.close()]);
    await late.stop();
  });

  test("a Redis that hangs delays no publisher, and what is published then is heard late or never, not twice", async () => {
    const frozen = await RedisServer.start(program);
    const [here, there] = [open(frozen), open(frozen)];
    await Promise.all([here.listen(), there.listen()]);
    const heard: string[] = [];
    there.subscribe(taskChanged, ({ taskId }) => heard.push(taskId));
    frozen.freeze();
    for (let nth = 0; nth < 20; nth++) {
      here.publish(taskChanged, task(`frozen ${nth}`));
      await new Promise((next) => setTimeout(next, 10));
    }
    frozen.thaw();
    await until("an event", () => {
      here.publish(taskChanged, task("thawed"));
      return heard.includes("thawed");
    });
    const whileFrozen = heard.filter((id) => id.startsWith("frozen"));
    expect(new Set(whileFrozen).size).toBe(whileFrozen.length);
    await Promise.all([here.close(), there.close()]);
    await frozen.stop();
  });
});
