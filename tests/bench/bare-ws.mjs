// The ceiling of subscriptions: the protocol's first answers, then frames that need no thought.
import { WebSocketServer } from "ws";

const server = new WebSocketServer({
  port: 0,
  host: "127.0.0.1",
  handleProtocols: () => "graphql-transport-ws",
});
const watchers = new Map();

const frame = (id, taskId, revision) =>
  `{"id":"${id}","type":"next","payload":{"data":{"taskStatus":{"id":"${taskId}","status":"IN_PROGRESS","progress":1,"revision":${revision}}}}}`;

server.on("connection", (socket) =>
  socket.on("message", (text) => {
    const { id, type, payload } = JSON.parse(text);
    if (type === "connection_init") socket.send('{"type":"connection_ack"}');
    if (type !== "subscribe") return;
    watchers.set(payload.variables.id, { socket, id });
    socket.send(frame(id, payload.variables.id, 1));
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
