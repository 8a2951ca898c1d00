import { afterEach, beforeEach, expect, test } from "vitest";
import { type EdgeApp, startEdge, until } from "./edge-app.js";
import { joinedSocket } from "./raw-socket.js";

const followed = "subscription($id: ID!) { followed(id: $id) { id seenBy text } }";

let edge: EdgeApp;
beforeEach(async () => {
  edge = await startEdge();
});
afterEach(async () => {
  await edge.close();
});

interface Follower {
  messages: Awaited<ReturnType<typeof joinedSocket>>["messages"];
  send(message: object): void;
}

/** A socket of this user, with a subscription of this document for each id. */
async function follow(user: string, query: string, ids = ["row"], more: object = {}): Promise<Follower> {
  const { messages, send } = await joinedSocket(edge, { authorization: `Bearer ${user}`, ...more });
  const before = followers();
  for (const [n, id] of ids.entries())
    send({ id: `s${n}`, type: "subscribe", payload: { query, variables: { id } } });
  await until(() => followers() === before + ids.length, "all follow");
  return { messages, send };
}

function followers(): number {
  const { followers } = edge.fakes;
  return followers.keys().reduce((count, id) => count + [...followers.of(id)].length, 0);
}

function offer(id: string, version: number): void {
  const state = { id };
  for (const follower of edge.fakes.followers.of(id)) follower.push(id, version, state);
}

const eventsOf = ({ messages }: Follower) => messages.filter(({ type }) => type === "next");

test("an event is executed once for subscribers with the same operation, variables, user and language", async () => {
  const all = [
    await follow("ana", followed),
    await follow("ana", followed),
    await follow("ana", followed, ["row", "row"]),
    await follow("ana", followed, ["row"], { acceptLanguage: "zh" }),
    await follow("ana", 'subscription { followed(id: "row") { seenBy } }'),
    await follow("ben", followed),
    await follow("ben", followed, ["another row"]),
  ];
  for (const [round, text] of ["queued", "done"].entries()) {
    edge.fakes.reads.length = 0;
    edge.fakes.rows.set("row", text);
    offer("row", round);
    await until(() => all.flatMap(eventsOf).length === 7 * (round + 1), "the events of the row");
    expect(edge.fakes.reads.filter((read) => read.includes(" by ")).sort()).toEqual([
      "row by ana in en",
      "row by ana in en",
      "row by ana in zh",
      "row by ben in en",
    ]);
    expect(edge.fakes.reads.filter((read) => read === "row")).toHaveLength(3);
    const data = all.map((follower) => eventsOf(follower).at(-1)?.payload.data.followed);
    const seen = (seenBy: string) => ({ id: "row", seenBy, text });
    expect(data).toEqual([
      ...[seen("ana en"), seen("ana en"), seen("ana en")],
      ...[seen("ana zh"), { seenBy: "ana en" }, seen("ben en"), undefined],
    ]);
  }
  expect(
    eventsOf(all[2] as Follower)
      .map(({ id }) => id)
      .sort(),
  ).toEqual(["s0", "s0", "s1", "s1"]);
});

test("an error in a shared event reaches each subscriber with its own error id, under which it is logged", async () => {
  const broken = "subscription($id: ID!) { followed(id: $id) { id broken } }";
  const all = [await follow("ana", broken), await follow("ana", broken)];
  offer("row", 1);
  await until(() => all.flatMap(eventsOf).length === 2, "both events");
  const errorIds = all.map((follower) => {
    const [{ payload }] = eventsOf(follower) as [{ payload: never }];
    expect(payload).toMatchObject({
      data: { followed: { id: "row", broken: null } },
      errors: [{ path: ["followed", "broken"], extensions: { code: "INTERNAL_SERVER_ERROR" } }],
    });
    expect(JSON.stringify(payload)).not.toContain("hunter2");
    return (payload as { errors: { extensions: { errorId: string } }[] }).errors[0]?.extensions.errorId;
  });
  const logged = edge.log.filter(({ errorId }) => errorIds.includes(errorId as string));
  expect(new Set(errorIds).size).toBe(2);
  expect(new Set(logged.map(({ requestId }) => requestId)).size).toBe(2);
});

test("an id that is reused after its subscription ended gets only the new subscription's events", async () => {
  const ana = await follow("ana", followed, ["row"]);
  ana.send({ id: "s0", type: "complete" });
  await until(() => followers() === 0, "it has ended");
  ana.send({ id: "s0", type: "subscribe", payload: { query: followed, variables: { id: "other" } } });
  await until(() => followers() === 1, "the new one runs");
  offer("row", 1);
  offer("other", 1);
  await until(() => eventsOf(ana).length === 1, "the event");
  expect(eventsOf(ana)[0]?.payload.data.followed.id).toBe("other");
});
