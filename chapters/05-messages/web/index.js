// Opens a WebSocket connection, sends what is typed, shows what comes back, and closes with a code and a reason.
"use strict";

// A page that was opened as a file has no host; ?server=ws://… names another server.
const address = new URLSearchParams(location.search).get("server")
  ?? `ws://${location.host || "127.0.0.1:9504"}/`;
const find = (selector) => document.querySelector(selector);

function log(text) {
  const item = document.createElement("li");
  item.textContent = text;   // as text: what comes from elsewhere must not become part of the page
  find("#log").append(item);
}

function show(state, open) {
  find("[role=status]").textContent = state;
  // Before the connection is open and after it has closed, send() would only throw or do nothing.
  for (const button of document.querySelectorAll("button")) button.disabled = !open;
}

// #region connect
const socket = new WebSocket(address);
socket.onopen = () => show("Connected.", true);
socket.onmessage = (event) => log(`echo: ${event.data}`);
socket.onclose = (event) => {
  const how = event.wasClean ? "after a closing handshake" : "without a closing handshake";
  show(`Not connected: closed with code ${event.code}, ${how}.`, false);
};
// #endregion connect

find("#message").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = event.target.elements.text.value;
  socket.send(text);
  log(`sent: ${text}`);
  event.target.reset();
});

// #region close
find("#close").addEventListener("submit", (event) => {
  event.preventDefault();
  const { code, reason } = event.target.elements;
  try {
    socket.close(Number(code.value), reason.value);
  } catch (error) {
    log(`not closed: ${error.message}`);   // a page may use 1000 and 3000 to 4999, and 123 bytes of reason
  }
});
// #endregion close
