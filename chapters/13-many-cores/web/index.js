// Opens connections that speak all the time, and shows what the server says about its loops.
"use strict";

const find = (selector) => document.querySelector(selector);
const count = (what, change) => (find(`#${what}`).textContent = Number(find(`#${what}`).textContent) + change);
const sockets = new Set();

// #region open
function open() {
  const socket = new WebSocket(`ws://${location.host}/`);
  let said = 0;
  const speak = () => socket.send(`message ${said += 1}`);
  socket.onopen = () => {
    sockets.add(socket);
    count("open", 1);
    speak();
  };
  socket.onmessage = speak;
  socket.onclose = (event) => {
    if (sockets.delete(socket)) count("open", -1);
    if (!event.wasClean) count("failed", 1);
  };
}
// #endregion open

// #region show
async function show() {
  try {
    find("#loops").textContent = await (await fetch("/loops")).text();
    setTimeout(show, 500);
  } catch {
    find("#loops").textContent = "The server does not answer any more. When it runs again, load this page anew.";
  }
}
// #endregion show

find("form").addEventListener("submit", (event) => {
  event.preventDefault();
  for (let left = event.target.elements.count.valueAsNumber; left > 0; left -= 1) open();
});

find("#close").addEventListener("click", () => {
  for (const socket of sockets) socket.close(1000);
});

show();
