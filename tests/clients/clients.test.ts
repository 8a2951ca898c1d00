import type { Client as Socket } from "graphql-ws";
import sharp from "sharp";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { Session, type Tokens } from "../../docs/clients/session.js";
import { createSocket } from "../../docs/clients/socket.js";
import { AccessTokens } from "../../src/modules/accounts/tokens.js";
import { type Product, startProduct } from "../support/product.js";
import { newPhone } from "../support/seed.js";
import { TcpProxy } from "../support/tcp-proxy.js";
import { until } from "../support/until.js";
import { apollo, type Driver, graphqlRequest, type MakeDriver, relay, urqlBy } from "./driver.js";
import createTask from "./relay/__generated__/relayCreateTaskMutation.graphql.js";
import login from "./relay/__generated__/relayLoginMutation.graphql.js";
import me from "./relay/__generated__/relayMeQuery.graphql.js";
import myTaskStatus from "./relay/__generated__/relayMyTaskStatusSubscription.graphql.js";
import requestLoginCode from "./relay/__generated__/relayRequestLoginCodeMutation.graphql.js";
import taskStatus from "./relay/__generated__/relayTaskStatusSubscription.graphql.js";
import tasks from "./relay/__generated__/relayTasksQuery.graphql.js";

const clients: [string, MakeDriver][] = [
  ["Apollo Client", apollo],
  ["urql", urqlBy({ preferGetMethod: false })],
  ["urql with preferGetMethod", urqlBy({ preferGetMethod: true })],
  ["Relay", relay],
  ["graphql-request and graphql-ws", graphqlRequest],
];

let product: Product;
beforeAll(async () => {
  product = await startProduct({ settings: { SIGNUP_CREDITS: "100000", MAX_CONCURRENT_TASKS: "1000" } });
});
afterAll(() => product.close());

interface TaskData {
  id: string;
  status: string;
  progress: number;
  video: { previewUrl: string } | null;
}
interface LoginData {
  login: Tokens & { user: { id: string } };
}
interface TasksData {
  tasks: {
    edges: { node: { id: string; prompt: string } }[];
    pageInfo: { hasNextPage: boolean; endCursor: string };
  };
}

const idOf = (publicToken: string) =>
  JSON.parse(Buffer.from(publicToken.split(".")[1]!, "base64url").toString());

describe.concurrent.each(clients)("%s", (_, make) => {
  /** The wire between the client and the server. */
  let wire: TcpProxy;
  let url: string;
  beforeAll(async () => {
    wire = await TcpProxy.inFrontOf(product.url);
    url = wire.through(`${product.url}/graphql`);
  });
  afterAll(() => wire.close());

  let stored: (Tokens | null)[];
  let session: Session;
  let socket: Socket;
  let client: Driver;
  let userId: string;

  beforeEach(async () => {
    stored = [];
    session = new Session(url, null, (tokens) => stored.push(tokens));
    socket = createSocket(url, session);
    client = make(url, session, socket);
    const phone = newPhone();
    const { requestLoginCode: sent } = await client.run<{ requestLoginCode: { developmentCode: string } }>(
      requestLoginCode,
      { input: { phone } },
    );
    const input = { phone, code: sent.developmentCode };
    const { login: loggedIn } = await client.run<LoginData>(login, { input });
    userId = loggedIn.user.id;
    session.set({ accessToken: loggedIn.accessToken, refreshToken: loggedIn.refreshToken });
  });
  afterEach(() => socket.dispose());

  /** As if the access token had been given out so long ago that it has this many milliseconds left. */
  async function ageToken(leftMs: number): Promise<void> {
    const { accessToken, refreshToken } = stored.at(-1) as Tokens;
    const { sub, sid } = idOf(accessToken);
    const now = () => new Date(Date.now() - 15 * 60_000 + leftMs);
    const aged = await new AccessTokens(product.app.keyring, { now }).sign(sub, sid);
    session.set({ accessToken: aged.token, refreshToken });
  }

  async function create(prompt = "a cat on grass"): Promise<string> {
    const made = await client.run<{ createTask: { task: { id: string } } }>(createTask, {
      input: { prompt },
    });
    return made.createTask.task.id;
  }

  test("logs in, and an error has its code and field", { concurrent: false }, async () => {
    expect(await client.run(me)).toMatchObject({ me: { id: userId } });
    const refusal = await create("\u200b").catch((error: unknown) => error);
    expect(client.codeOf(refusal)).toBe("BAD_USER_INPUT");
  });

  test("lists page by page, without a gap or a repetition", { concurrent: false }, async () => {
    const made = [await create("one"), await create("two"), await create("three")];
    const seen: string[] = [];
    let after: string | null = null;
    for (let more = true; more; ) {
      const page: TasksData = await client.run<TasksData>(tasks, { first: 2, after });
      seen.push(...page.tasks.edges.map(({ node }) => node.id));
      ({ endCursor: after, hasNextPage: more } = page.tasks.pageInfo);
    }
    // A cache with pagination of its own answers with all pages so far.
    expect([...new Set(seen)]).toEqual(made.toReversed());
  });

  test("creates a task and follows it to its video", { concurrent: false }, async () => {
    const taskId = await create();
    const states: TaskData[] = [];
    for await (const { taskStatus: state } of client.follow<{ taskStatus: TaskData }>(taskStatus, {
      taskId,
    })) {
      states.push(state);
    }
    expect(states.at(-1)).toMatchObject({ id: taskId, status: "SUCCESS", progress: 100 });
    expect((await fetch(states.at(-1)!.video!.previewUrl)).status).toBe(200);
  });

  test("uploads a picture", { concurrent: false }, async () => {
    const picture = sharp({ create: { width: 64, height: 48, channels: 3, background: "gold" } });
    const file = new File([await picture.png().toBuffer()], "gold.png", { type: "image/png" });
    expect((await client.upload(file)).id).toMatch(/^media_/);
  });

  test("refreshes an expired token once for many calls at the same time", { concurrent: false }, async () => {
    await ageToken(-1_000);
    stored.length = 0;
    const answers = await Promise.all([
      create("one"),
      create("two"),
      client.run<{ me: { id: string } }>(me),
      client.run<TasksData>(tasks, { first: 1 }),
      client.run<TasksData>(tasks, { first: 2 }),
    ]);
    expect(answers[2].me.id).toBe(userId);
    expect(stored).toHaveLength(1);
    expect((await client.run<TasksData>(tasks, { first: 10 })).tasks.edges).toHaveLength(2);
  });

  test("has to log in again after its session has ended, and deletes its tokens", {
    concurrent: false,
  }, async () => {
    const { sid } = idOf((stored.at(-1) as Tokens).accessToken);
    await product.app.modules.accounts.service.logout({ userId: "", sessionId: sid });
    const refusal = await client.run(me).catch((error: unknown) => error);
    expect(client.codeOf(refusal)).toBe("UNAUTHENTICATED");
    expect(stored.at(-1)).toBeNull();
  });

  test("receives events again after its socket was cut and after its token expired", {
    concurrent: false,
  }, async () => {
    let opened = 0;
    socket.on("connected", () => opened++);
    const heard: string[] = [];
    const hearing = (async () => {
      const events = client.follow<{ myTaskStatus: { id: string } }>(myTaskStatus);
      for await (const { myTaskStatus: event } of events) heard.push(event.id);
    })();
    // A subscription says nothing of its start, so tasks are made until one is heard of.
    const hears = (what: string) => until(what, async () => ((await create()) && heard.length > 0) || null);
    await hears("an event");
    wire.cut();
    await until("another connection", () => opened > 1 || null);
    heard.length = 0;
    await hears("an event after the cut");
    await ageToken(-1_000);
    stored.length = 0;
    wire.cut();
    await until("a connection with new tokens", () => (stored.length > 0 && opened > 2) || null);
    heard.length = 0;
    await hears("an event after the refresh");
    await socket.dispose();
    await hearing;
  });
});
