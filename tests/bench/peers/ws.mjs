// ws.mjs [--broadcast]: a server on the npm package ws that echoes, or sends every message to all.
import { createRequire } from "node:module";

const { WebSocketServer } = createRequire(new URL("../../package.json", import.meta.url))("ws");

const broadcast = process.argv[2] === "--broadcast";
const server = new WebSocketServer({ host: "127.0.0.1", port: 0, backlog: 4096, maxPayload: 64 << 20 });

server.on("connection", (socket) => {
    socket.on("error", () => {}); // a reset is how the load generator closes
    socket.on("message", (data, binary) => {
        for (const to of broadcast ? server.clients : [socket]) to.send(data, { binary });
    });
});
server.on("listening", () => console.log(`listening on http://127.0.0.1:${server.address().port}/`));
