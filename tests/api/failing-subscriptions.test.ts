import { buildSchema } from "graphql";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type EdgeApp, startEdge, until } from "./edge-app.js";
import { joinedSocket } from "./raw-socket.js";

let opened = 0;
let closed = 0;

/** A source that counts how often it is opened and closed. */
function source(changes: object): object {
  opened += 1;
  const iterator = {
    shift: () => ({ done: false, value: { x: "an event" } }),
    onEvent: () => {},
    next: async () => ({ done: false, value: { x: "an event" } }),
    return: async () => {
      closed += 1;
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return iterator;
    },
    ...changes,
  };
  return iterator;
}

const fail = () => {
  throw new Error("password=hunter2");
};

const ways: Record<string, () => unknown> = {
  "the resolver throws": fail,
  "the resolver rejects": async () => fail(),
  "the resolver gives no source": () => ({ no: "source" }),
  "the source has no iterator": () => source({ shift: undefined, [Symbol.asyncIterator]: fail }),
  "the source takes no listener": () => source({ onEvent: fail }),
  "the source breaks at its first event": () => source({ shift: fail }),
  "an iterator breaks at its first event": () => source({ shift: undefined, next: async () => fail() }),
};

let edge: EdgeApp;
beforeAll(async () => {
  const schema = buildSchema("type Query { a: String } type Subscription { x(way: String!): String }");
  const field = schema.getSubscriptionType()?.getFields().x;
  if (!field) throw new Error("no field");
  field.subscribe = (_root, { way }) => ways[way as string]?.();
  edge = await startEdge({ schema, limits: { socketOperationsPerCallerMax: 2 } });
});
afterAll(() => edge.close());

test.each(Object.keys(ways))(
  "a subscription that fails to start because %s frees its slot and its source",
  async (way) => {
    for (let n = 0; n < 5; n += 1) {
      const { socket, send, messages } = await joinedSocket(edge);
      const query = "subscription ($way: String!) { x(way: $way) }";
      send({ id: "1", type: "subscribe", payload: { query, variables: { way } } });
      await until(
        () => messages.length > 1 || socket.readyState === socket.CLOSED,
        "it is answered or closed",
      );
      expect(JSON.stringify(messages)).not.toMatch(/RATE_LIMITED|hunter2/);
      await until(async () => (await edge.gauge("skyriff_active_subscriptions")) === 0, "none is counted");
      socket.terminate();
    }
    if (!way.includes("no iterator")) await until(() => opened === closed, "every source is closed");
    opened = closed = 0;
  },
);
