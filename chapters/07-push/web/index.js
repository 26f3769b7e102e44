// The notice board by push: connect once, and show what the server tells.
"use strict";

const find = (selector) => document.querySelector(selector);
const say = (text) => (find("[role=status]").textContent = text);
const noAnswer = () => say("The server does not answer.");
let since = 0;   // the id of the newest note we have
let told = 0;

// #region connect
function connect() {
  const socket = new WebSocket(`ws://${location.host}/?since=${since}`);
  socket.onopen = () => say(`Told ${told} times.`);
  socket.onmessage = (event) => {
    if (event.data.startsWith("readers: ")) return void (find("#readers").textContent = event.data);
    show(event.data);
    told += 1;
    say(`Told ${told} times.`);
  };
  socket.onclose = () => {
    noAnswer();
    setTimeout(connect, 1000);   // with `since`, so that nothing is missed
  };
}
// #endregion connect

// A line of news is: ID POSTED TEXT. Server and page share a clock here, so POSTED tells the delay.
function show(news) {
  for (const [, id, posted, text] of news.matchAll(/^(\d+) (\d+) (.*)$/gm)) {
    since = Number(id);
    const item = document.createElement("li");
    const delay = document.createElement("small");
    delay.textContent = ` seen ${Date.now() - Number(posted)} ms after it was posted`;
    item.append(text, delay);   // as text: what peers write must not become part of the page
    find("#notes").prepend(item);
  }
}

find("form").addEventListener("submit", (event) => {
  event.preventDefault();
  fetch("news?" + new URLSearchParams(new FormData(event.target)), { method: "POST" }).catch(noAnswer);
  event.target.reset();
});

find("#cost").addEventListener("click", () => {
  fetch("cost").then((answer) => answer.json()).then((cost) => {
    find("output").textContent = `${cost.requests} requests brought ${cost.notes} notes, ` +
      `with ${cost.header_bytes} bytes of headers and ${cost.payload_bytes} bytes of notes.`;
  }).catch(noAnswer);
});

connect();
