// Opens a WebSocket connection and sends what is typed. No answer will come.
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
socket.onopen = () => show("Connected: the server has answered 101.", true);
socket.onclose = (event) => show(`Not connected: closed with code ${event.code}.`, false);
// #endregion connect

find("#message").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = event.target.elements.text.value;
  socket.send(text);
  log(`sent: ${text}`);
  event.target.reset();
});
