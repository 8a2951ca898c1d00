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

/** The guarantees of every event bus between two servers. */
function itIsABus(driver: { open: () => BatchingBus; cutConnections: () => Promise<void> }) {
  test("the other server receives every event once and in order, however many; a server's own arrive immediately", async () => {
    const [here, there] = [driver.open(), driver.open()];
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

  test("after a lost connection the bus reports the reconnect and receives events again", async () => {
    const [here, there] = [driver.open(), driver.open()];
    await Promise.all([here.listen(), there.listen()]);
    let reconnects = 0;
    const received: string[] = [];
    there.onReconnect(() => {
      reconnects++;
    });
    there.subscribe(taskChanged, ({ taskId }) => received.push(taskId));
    await driver.cutConnections();
    await until("the reconnect", () => reconnects > 0);
    await until("an event after it", () => {
      here.publish(taskChanged, task("again"));
      return received.includes("again");
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

  test("a Redis that is unavailable at the start delays no server, is logged once, and is used once it is available", async () => {
    const late = await RedisServer.notYet(program);
    const logged: string[] = [];
    const logger = pino({ level: "info" }, { write: (line: string) => void logged.push(line) });
    const [here, there] = [open(late, logger), open(late)];
    await Promise.all([here.listen(), there.listen()]);
    const received: string[] = [];
    here.subscribe(taskChanged, ({ taskId }) => received.push(`here: ${taskId}`));
    there.subscribe(taskChanged, ({ taskId }) => received.push(`there: ${taskId}`));
    here.publish(taskChanged, task("early"));
    expect(received).toEqual(["here: early"]);
    await late.start();
    await until("an event", () => {
      here.publish(taskChanged, task("late"));
      return received.includes("there: late");
    });
    expect(logged.filter((line) => line.includes("Redis is unavailable"))).toHaveLength(1);
    expect(logged.filter((line) => line.includes("Redis is available again"))).toHaveLength(1);
    await Promise.all([here.close(), there.close()]);
    await late.stop();
  });

  test("a Redis that hangs delays no publisher, and events published meanwhile arrive late or never, but not twice", async () => {
    const frozen = await RedisServer.start(program);
    const [here, there] = [open(frozen), open(frozen)];
    await Promise.all([here.listen(), there.listen()]);
    const received: string[] = [];
    there.subscribe(taskChanged, ({ taskId }) => received.push(taskId));
    frozen.freeze();
    for (let nth = 0; nth < 20; nth++) {
      here.publish(taskChanged, task(`frozen ${nth}`));
      await new Promise((next) => setTimeout(next, 10));
    }
    frozen.thaw();
    await until("an event", () => {
      here.publish(taskChanged, task("thawed"));
      return received.includes("thawed");
    });
    const whileFrozen = received.filter((id) => id.startsWith("frozen"));
    expect(new Set(whileFrozen).size).toBe(whileFrozen.length);
    await Promise.all([here.close(), there.close()]);
    await frozen.stop();
  });
});
