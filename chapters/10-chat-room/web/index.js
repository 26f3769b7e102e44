// The page of the chat. It enters a room, shows what is said there, and comes back when the connection is lost.
//
// translate() comes from i18n.js, which all pages share.
"use strict";

const find = (id) => document.getElementById(id);
const mostSeconds = 30;   // between two tries to come back
const showTyping = 4000;  // milliseconds; a notice comes again before that, as long as somebody types
const tellTyping = 3000;

let place = null;     // { room, name, key } while the reader wants to be in a room
let socket = null;
let inside = false;   // the server has let us in on this socket
let newest = 0;       // the id of the newest message we have
let unheard = [];     // what we have said and not heard back
let tries = 0;        // since we were inside
let nextTry;

// #region connect
function connect() {
  clearTimeout(nextTry);
  socket?.close();
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  const current = new WebSocket(
    `${scheme}://${location.host}/?${new URLSearchParams({ ...place, since: newest })}`);
  socket = current;
  inside = false;
  showState("connecting", WebSocket.CONNECTING);

  current.onmessage = (event) => {
    for (const line of event.data.split("\n")) if (line && current === socket) hear(line.split("\t"));
  };
  current.onclose = (event) => {
    if (current === socket) lost(event.code);   // else we have left, or opened another one meanwhile
  };
}
// #endregion connect

// #region lost
function lost(code) {
  socket = null;
  inside = false;
  showHere([]);
  if (code >= 4000) {   // the server has said no, and would say it again
    place = null;
    showState("outside", WebSocket.CLOSED);
    return notice(`chat.refused.${code}`);
  }
  // Twice as long each time, so that a server in trouble is left in peace. And not all pages at the same time.
  const seconds = Math.min(mostSeconds, 2 ** tries) * (0.5 + Math.random() / 2);
  tries += 1;
  nextTry = setTimeout(connect, seconds * 1000);
  showState("lost", WebSocket.CONNECTING, { seconds: seconds.toFixed(1) });
}
// #endregion lost

// #region hear
// What the server tells: a line, cut at its tabs.
function hear([what, ...parts]) {
  if (what === "message") heardMessage(Number(parts[0]), parts[1], parts[2]);
  if (what === "here") heardHere(parts);
  if (what === "typing") heardTyping(parts[0]);
  if (what === "too-fast") heardTooFast(parts[0]);
}

function heardMessage(id, name, text) {
  newest = id;
  if (name === place.name) forget(text);
  if (name === typist) stopTyping();
  show(id, name, text);
}

// Comes after what we have missed. So what we said and still have not heard back did not arrive.
function heardHere(names) {
  showHere(names);
  if (inside) return;
  inside = true;
  tries = 0;
  showState("inside", WebSocket.OPEN);
  for (const text of unheard) socket.send(`say ${text}`);
}
// #endregion hear

function heardTooFast(text) {
  forget(text);
  notice("chat.too-fast");
  if (!find("text").value) find("text").value = text;   // nothing that was typed is lost
}

function forget(text) {
  const index = unheard.indexOf(text);
  if (index >= 0) unheard.splice(index, 1);
}

// ---- who is typing ----

let typist = null;
let typingEnds;

function heardTyping(name) {
  if (name === place.name) return;
  typist = name;
  translate(find("typing"), "chat.typing", { name });
  clearTimeout(typingEnds);
  typingEnds = setTimeout(stopTyping, showTyping);
}

function stopTyping() {
  typist = null;
  clearTimeout(typingEnds);
  clear(find("typing"));
}

let toldTyping = -Infinity;
function tellThatWeType() {
  const now = performance.now();
  if (!inside || now - toldTyping < tellTyping) return;
  toldTyping = now;
  socket.send("typing");
}

// ---- what the reader sees ----

// #region show
// textContent and never innerHTML: what peers write must stay text.
function show(id, name, text) {
  const who = document.createElement("bdi");   // a name that is written from right to left stays in its place
  who.textContent = name;
  const when = document.createElement("time");
  when.dateTime = new Date(id).toISOString();   // an id is a time
  when.textContent = new Date(id).toLocaleTimeString();
  const what = document.createElement("p");
  what.dir = "auto";
  what.textContent = text;

  const item = document.createElement("li");
  item.classList.toggle("own", name === place.name);
  item.append(who, when, what);
  const log = find("log");
  const following = log.scrollHeight - log.scrollTop - log.clientHeight < 10;
  find("said").append(item);
  if (following) log.scrollTop = log.scrollHeight;
}
// #endregion show

function showHere(names) {
  find("here").replaceChildren(...names.map((name) => {
    const item = document.createElement("li");
    item.dir = "auto";
    item.textContent = name;
    return item;
  }));
}

function showState(state, lamp, values) {
  find("lamp").dataset.state = lamp;
  translate(find("state"), `chat.state.${state}`, values);
  // aria-disabled and not disabled: a button that can still be pressed can still explain why it does nothing.
  find("say").setAttribute("aria-disabled", String(!inside));
  find("leave").setAttribute("aria-disabled", String(!place));
}

const notice = (key) => translate(find("notice"), key);

function clear(element) {
  delete element.dataset.i18n;   // so that it stays empty when the language changes
  element.textContent = "";
}

// ---- what the reader does ----

function leave() {
  clearTimeout(nextTry);
  socket?.close(1000);
  socket = place = null;
  inside = false;
  unheard = [];
  showHere([]);
  stopTyping();
  showState("outside", WebSocket.CLOSED);
}

find("leave").addEventListener("click", leave);

find("enter-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const [room, name] = [find("room").value, find("name").value];
  const again = place?.room === room && place.name === name;
  // The key tells the server that who comes back is who was here. Nobody else must be able to guess it.
  const key = again ? place.key : [...crypto.getRandomValues(new Uint32Array(4))].join("-");
  if (!again) {
    leave();
    find("said").replaceChildren();
    newest = tries = 0;
  }
  place = { room, name, key };
  clear(find("notice"));
  if (!inside) connect();
});

// #region say
find("say-form").addEventListener("submit", (event) => {
  event.preventDefault();
  if (!inside) return notice("chat.not-inside");
  const text = find("text").value.replace(/\p{Cc}/gu, " ");   // as the server does, so that we know it again
  unheard.push(text);
  socket.send(`say ${text}`);
  find("text").value = "";
  clear(find("notice"));
});
// #endregion say

find("text").addEventListener("input", tellThatWeType);

find("room").value = new URLSearchParams(location.search).get("room") ?? "lobby";
showState("outside", WebSocket.CLOSED);
