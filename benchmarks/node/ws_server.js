// Node `ws`, as its readme broadcasts.
import { WebSocketServer } from "ws";

const HISTORY = 1_000;
const viewers = new Set();
const history = [];
const server = new WebSocketServer({ host: "127.0.0.1", port: Number(process.argv[2]) });

server.on("connection", (socket, request) => {
  socket.on("error", () => socket.terminate());
  if (request.url.startsWith("/publish")) {
    socket.on("message", (data) => {
      history.push(data);
      if (history.length > HISTORY) {
        history.shift();
      }
      for (const viewer of viewers) {
        viewer.send(data, { binary: false });
      }
    });
    return;
  }
  if (request.url.includes("history")) {
    for (const data of history) {
      socket.send(data, { binary: false });
    }
  }
  viewers.add(socket);
  socket.on("close", () => viewers.delete(socket));
});
