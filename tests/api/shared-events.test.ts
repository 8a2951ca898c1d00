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

const told = ({ messages }: Follower) => messages.filter(({ type }) => type === "next");

test("an event is worked out once for all who see the same in it, and apart for everybody else", async () => {
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
    await until(() => all.flatMap(told).length === 7 * (round + 1), "all that follow the row are told");
    expect(edge.fakes.reads.filter((read) => read.includes(" by ")).sort()).toEqual([
      "row by ana in en",
      "row by ana in en",
      "row by ana in zh",
      "row by ben in en",
    ]);
    expect(edge.fakes.reads.filter((read) => read === "row")).toHaveLength(3);
    const data = all.map((follower) => told(follower).at(-1)?.payload.data.followed);
    const seen = (seenBy: string) => ({ id: "row", seenBy, text });
    expect(data).toEqual([
      ...[seen("ana en"), seen("ana en"), seen("ana en")],
      ...[seen("ana zh"), { seenBy: "ana en" }, seen("ben en"), undefined],
    ]);
  }
  expect(
    told(all[2] as Follower)
      .map(({ id }) => id)
      .sort(),
  ).toEqual(["s0", "s0", "s1", "s1"]);
});

test("what fails in a shared event is told to each follower with an id of their own, and logged with it", async () => {
  const broken = "subscription($id: ID!) { followed(id: $id) { id broken } }";
  const all = [await follow("ana", broken), await follow("ana", broken)];
  offer("row", 1);
  await until(() => all.flatMap(told).length === 2, "both are told");
  const errorIds = all.map((follower) => {
    const [{ payload }] = told(follower) as [{ payload: never }];
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

test("a name that is used again after its subscription was ended is told the new one's events alone", async () => {
  const ana = await follow("ana", followed, ["row"]);
  ana.send({ id: "s0", type: "complete" });
  await until(() => followers() === 0, "it has ended");
  ana.send({ id: "s0", type: "subscribe", payload: { query: followed, variables: { id: "other" } } });
  await until(() => followers() === 1, "the new one runs");
  offer("row", 1);
  offer("other", 1);
  await until(() => told(ana).length === 1, "it is told");
  expect(told(ana)[0]?.payload.data.followed.id).toBe("other");
});
