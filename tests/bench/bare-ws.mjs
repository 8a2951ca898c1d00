// The ceiling of subscriptions: the protocol's first answers, then frames that need no thought.
import { WebSocketServer } from "ws";

const server = new WebSocketServer({
  port: 0,
  host: "127.0.0.1",
  handleProtocols: () => "graphql-transport-ws",
});
const watchers = new Map();

// As long as an answer to the shipped TaskStatus document.
const before =
  '"prompt":"a cat running on grass","durationSec":10,"ratio":"RATIO_9_16","model":"sora2","hd":false,"note":null,"status":"IN_PROGRESS","progress":1,"costCredits":10,"refunded":false';
const after =
  '"createdAt":"2026-01-01T00:00:00.000Z","submittedAt":"2026-01-01T00:00:00.000Z","startedAt":"2026-01-01T00:00:00.000Z","finishedAt":null,"estimatedFinishAt":null,"failure":null,"video":null';
const frame = (id, taskId, revision) =>
  `{"id":"${id}","type":"next","payload":{"data":{"taskStatus":{"id":"${taskId}",${before},"revision":${revision},${after}}}}}`;

server.on("connection", (socket) =>
  socket.on("message", (text) => {
    const { id, type, payload } = JSON.parse(text);
    if (type === "connection_init") socket.send('{"type":"connection_ack"}');
    if (type !== "subscribe") return;
    const { taskId } = payload.variables;
    watchers.set(taskId, { socket, id });
    socket.send(frame(id, taskId, 1));
  }),
);
process.on("message", (changed) => {
  for (const [taskId, revision] of changed) {
    const { socket, id } = watchers.get(taskId);
    socket.send(frame(id, taskId, revision));
  }
});
process.on("disconnect", () => process.exit());
server.on("listening", () => process.send(server.address().port));
