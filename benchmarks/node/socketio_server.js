// Socket.IO with its Redis adapter, as their guides show it: socketio_server.js PORT REDIS_PORT
import { createAdapter } from "@socket.io/redis-adapter";
import { Redis } from "ioredis";
import { Server } from "socket.io";

const [port, redisPort] = process.argv.slice(2).map(Number);
const publishing = new Redis({ host: "127.0.0.1", port: redisPort });
const server = new Server({
  adapter: createAdapter(publishing, publishing.duplicate()),
  transports: ["websocket"],
});

server.on("connection", (socket) => {
  if (socket.handshake.query.publish) {
    socket.on("publish", (message) => server.to("viewers").emit("events", message));
  } else {
    socket.join("viewers");
  }
});

server.listen(port, { host: "127.0.0.1" });
