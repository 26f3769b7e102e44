// Opens many WebSocket connections, sends a message on each, and counts what happens to them.
"use strict";

// A page that was opened as a file has no host; ?server=ws://… names another server.
const address = new URLSearchParams(location.search).get("server")
  ?? `ws://${location.host || "127.0.0.1:9504"}/`;
const find = (selector) => document.querySelector(selector);
const count = (what, change) => (find(`#${what}`).textContent = Number(find(`#${what}`).textContent) + change);
const sockets = new Map();   // each open socket, and the echo that it waits for

// #region open
function open() {
  const socket = new WebSocket(address);
  socket.onopen = () => {
    sockets.set(socket, null);
    count("open", 1);
  };
  socket.onmessage = (event) => count(event.data === sockets.get(socket) ? "received" : "failed", 1);
  socket.onclose = (event) => {
    if (sockets.delete(socket)) count("open", -1);
    count(event.wasClean ? "closed" : "failed", 1);
  };
}
// #endregion open

find("form").addEventListener("submit", (event) => {
  event.preventDefault();
  for (let left = event.target.elements.count.valueAsNumber; left > 0; left -= 1) open();
});

find("#speak").addEventListener("click", () => {
  for (const socket of sockets.keys()) {
    const text = `message ${count("sent", 1)}`;   // another one on each, so that no echo fits a wrong peer
    sockets.set(socket, text);
    socket.send(text);
  }
});

find("#close").addEventListener("click", () => {
  for (const socket of sockets.keys()) socket.close(1000);
});
