// index.js: the page of the tutorial server. It opens a WebSocket, sends, and logs what happens.   Lesson 8
//
// A browser offers little more than what is used here: new WebSocket(address), send, close, four events and a few
// properties. Frames, masks, pings and fragments never reach a page: the browser deals with them itself.
// translate() and textFor() come from i18n.js.
"use strict";

const logBox = document.getElementById("log");
const entries = document.getElementById("entries");
const lamp = document.getElementById("lamp");
const stateText = document.getElementById("state");
const addressBox = document.getElementById("address");
const codeBox = document.getElementById("code");
const reasonBox = document.getElementById("reason");
const textBox = document.getElementById("text");
const fileBox = document.getElementById("file");
const fileName = document.getElementById("file-name");
const sendHint = document.getElementById("send-hint");
const waitingLine = document.getElementById("waiting");

const mostReason = 123;       // bytes: a control frame holds 125, and the close code takes 2 (RFC 6455 §5.5)
const mostTextShown = 2000;   // bytes of one message in the log; the message itself may be longer
const mostBinaryShown = 256;
const mostEntries = 500;      // a server that never stops talking must not fill the memory of the browser

let socket = null;            // the current WebSocket; null before the first

function readyState() {
  return socket ? socket.readyState : WebSocket.CLOSED;
}

// #region connect
function connect(address) {
  let next;
  try {
    next = new WebSocket(address);   // returns at once; whether it works is told by an event
  } catch (error) {
    return explain(error.name === "SecurityError" ? "error.insecure" : "error.address", { address });
  }
  // A WebSocket cannot be opened a second time, so each connection is a new object. This page keeps one:
  // the one before is asked to close, and still logs its end.
  socket?.close(1000);
  socket = next;
  listenTo(socket);
  log("event", "log.connecting", [shown(socket.url)]);
  showState();
}
// #endregion connect

// #region events
function listenTo(webSocket) {
  let wasOpen = false;
  webSocket.binaryType = "arraybuffer";   // else binary messages arrive as Blobs, to be read asynchronously

  webSocket.onopen = () => {
    wasOpen = true;
    log("event", "log.connected");
    showState();
  };

  webSocket.onmessage = (event) => logData("received", "log.received", event.data);

  // The event itself says nothing: what a page could learn from failures, it could use to explore the
  // network of its reader. All that is known is whether the connection had been open.
  webSocket.onerror = () => {
    if (wasOpen) explain("error.broken");
    else explain("error.connect", { address: webSocket.url });
  };

  // Comes exactly once for each WebSocket, after an error too.
  webSocket.onclose = (event) => {
    const how = event.wasClean ? "closed.clean" : "closed.unclean";
    const parts = [sentence(how, { code: String(event.code) }), sentence(meaningOf(event.code))];
    if (event.reason) parts.push(sentence("closed.reason"), shown(event.reason));
    log("event", "log.closed", parts);
    showState();
  };
}
// #endregion events

// The text that explains a close code.
function meaningOf(code) {
  if (Object.hasOwn(texts, `close.${code}`)) return `close.${code}`;
  if (code >= 3000 && code <= 3999) return "close.3000";
  if (code >= 4000 && code <= 4999) return "close.4000";
  return "close.unknown";
}

// #region send
// Sends a string as a text message, or an ArrayBuffer as a binary one. Returns whether it was handed over.
function send(data) {
  // While it connects, send() throws. Once it closes, send() drops the data and says nothing: that is worse.
  if (readyState() !== WebSocket.OPEN) {
    explain(`error.send.${readyState()}`);
    return false;
  }
  socket.send(data);
  logData("sent", "log.sent", data);
  showWaiting();
  return true;
}
// #endregion send

// send() returns at once, however slow the network is: bufferedAmount counts the bytes that still wait in the
// browser. No event tells when they have left, so this looks again until none do.
let nextLook;
function showWaiting() {
  clearTimeout(nextLook);
  const waiting = readyState() === WebSocket.OPEN ? socket.bufferedAmount : 0;
  waitingLine.hidden = waiting === 0;
  if (waiting === 0) return;
  translate(waitingLine, "waiting", { size: waiting });
  nextLook = setTimeout(showWaiting, 100);
}

// #region disconnect
function disconnect() {
  if (readyState() > WebSocket.OPEN) return explain("error.not-connected");

  // What follows, close() would refuse as well, but with an exception in English.
  const code = Number(codeBox.value);
  const allowed = code === 1000 || (Number.isInteger(code) && code >= 3000 && code <= 4999);
  if (!allowed) return refuse(codeBox, "error.code", { code: codeBox.value });

  const size = new TextEncoder().encode(reasonBox.value).length;
  if (size > mostReason) return refuse(reasonBox, "error.reason", { size, most: mostReason });

  socket.close(code, reasonBox.value);   // starts the closing handshake; the close event tells its end
  showState();
}
// #endregion disconnect

function refuse(box, key, values) {
  box.setAttribute("aria-invalid", "true");
  box.focus();
  explain(key, values);
}

// ---- what the reader sees ----

function showState() {
  const state = readyState();
  lamp.dataset.state = state;
  translate(stateText, `state.${state}`);
  sendHint.hidden = state === WebSocket.OPEN;
  // aria-disabled and not disabled: a button that can still be pressed can still explain why it does nothing.
  for (const button of document.querySelectorAll("#send-text, #send-file")) {
    button.setAttribute("aria-disabled", String(state !== WebSocket.OPEN));
  }
  document.getElementById("disconnect").setAttribute("aria-disabled", String(state > WebSocket.OPEN));
  showWaiting();
}

function explain(key, values) {
  log("error", "log.errors", [sentence(key, values)]);
}

function logData(kind, heading, data) {
  const isText = typeof data === "string";
  const all = isText ? new TextEncoder().encode(data) : new Uint8Array(data);
  const front = all.subarray(0, isText ? mostTextShown : mostBinaryShown);

  const size = sentence(isText ? "size.text" : "size.binary", { size: all.length });
  size.className = "size";
  const parts = [size, shown(isText ? decoded(front) : hex(front))];
  if (front.length < all.length) parts.push(sentence("cut", { shown: front.length, size: all.length }));
  log(kind, heading, parts);
}

// `stream` keeps back a character that the cut has halved, instead of showing it as damaged.
function decoded(bytes) {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes, { stream: true });
}

function hex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(" ");
}

// A paragraph in the reader's language.
function sentence(key, values) {
  const paragraph = document.createElement("p");
  translate(paragraph, key, values);
  return paragraph;
}

// Text that is shown as it is. dir="auto": writing from right to left does not spill into the rest of the page.
function shown(data) {
  const block = document.createElement("pre");
  block.dir = "auto";
  block.textContent = data;
  return block;
}

// Adds one entry to the log: when, which way, what, and then its parts.
function log(kind, heading, parts = []) {
  const now = new Date();
  const time = document.createElement("time");
  time.textContent = `${now.toTimeString().slice(0, 8)}.${String(now.getMilliseconds()).padStart(3, "0")}`;

  const what = sentence(heading);
  what.className = "what";

  const entry = document.createElement("li");
  entry.className = kind;
  entry.append(time, what, ...parts);

  // Follow the newest entry, unless the reader has scrolled back to read.
  const following = logBox.scrollHeight - logBox.scrollTop - logBox.clientHeight < 10;
  entries.append(entry);
  if (entries.children.length > mostEntries) entries.firstElementChild.remove();
  if (following) logBox.scrollTop = logBox.scrollHeight;
}

// ---- what the reader does ----

function onSubmit(id, action) {
  document.getElementById(id).addEventListener("submit", (event) => {
    event.preventDefault();   // else the browser would load the page again
    action();
  });
}

onSubmit("connect-form", () => connect(addressBox.value));
onSubmit("disconnect-form", disconnect);
onSubmit("text-form", () => {
  if (send(textBox.value)) textBox.value = "";
});
onSubmit("file-form", async () => {
  const file = fileBox.files[0];
  if (!file) return explain("error.file-missing");
  let data;
  try {
    data = await file.arrayBuffer();
  } catch {
    return explain("error.file-unreadable", { name: file.name });
  }
  send(data);
});

for (const box of [codeBox, reasonBox]) {
  box.addEventListener("input", () => box.removeAttribute("aria-invalid"));
}

fileBox.addEventListener("change", () => {
  const file = fileBox.files[0];
  if (file) translate(fileName, "file-chosen", { name: file.name, size: file.size });
  else translate(fileName, "no-file");
});

document.getElementById("clear").addEventListener("click", () => entries.replaceChildren());

// Opened from the tutorial server, the page talks to that server, and at once. Opened as a file there is no
// such server: the reader says which address to use.
if (location.protocol === "file:") {
  addressBox.value = "ws://127.0.0.1:9504/";
  showState();
} else {
  addressBox.value = `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/`;
  connect(addressBox.value);
}
