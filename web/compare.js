// compare.js: the same news by polling, by long polling and by WebSocket, side by side.          Lesson 7
//
// The page counts requests and news, and measures delays. It cannot see a header, so the bytes are those that the
// server has counted (chapters/07-push/compare.cpp). translate() and textFor() come from i18n.js.
"use strict";

const find = (id) => document.getElementById(id);
const names = ["poll", "wait", "push"];
const span = 30;           // seconds that the lanes show
const mostSamples = 600;   // of the chart, one a second

const ways = Object.fromEntries(names.map((name) =>
  [name, { since: 0, requests: 0, notes: 0, up: 0, down: 0, delays: [], marks: [] }]));
let samples = [];          // { seconds, poll, wait, push }: bytes in all
let atFirst = null;        // what the server had counted before this page began
let begun = 0;
let running = true;

const value = (id) => Number(find(id).value);
const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
/// The way through a slower network, once.
const travel = () => pause(value("delay"));

// ---- the three ways ----

// #region poll
async function poll() {
  for (;;) {
    await pause(value("ask") * 1000);
    if (running) await ask("poll");
  }
}
// #endregion poll

// #region wait
// Asks again as soon as there is an answer. When pausing, the request that is under way is still answered.
async function wait() {
  for (;;) {
    if (running) await ask("wait");
    else await pause(100);
  }
}
// #endregion wait

async function ask(name) {
  const way = ways[name];
  await travel();
  way.requests += 1;
  mark(way, "request");
  try {
    const answer = await fetch(`${name}?since=${way.since}`);
    const news = await answer.text();
    await travel();
    told(way, news);
    showState();
  } catch {
    showState("compare.no-answer");
    await pause(1000);   // not at once: a server that is down would be asked all the time
  }
}

// #region push
function push(port) {
  const way = ways.push;
  const socket = new WebSocket(`ws://${location.hostname}:${port}/`);
  way.requests += 1;
  mark(way, "request");
  // Messages arrive in order. So do timers of the same length: but the slider may move, hence the chain.
  let last = Promise.resolve();
  socket.onmessage = (event) => {
    const arrived = travel();
    last = last.then(() => arrived).then(() => told(way, event.data));
  };
  socket.onclose = () => showState("compare.no-answer");
  return new Promise((resolve) => (socket.onopen = resolve));
}
// #endregion push

// A line of news is: ID POSTED. Server and page share a clock here, so POSTED tells the delay.
function told(way, news) {
  for (const [, id, posted] of news.matchAll(/^(\d+) (\d+)$/gm)) {
    way.since = Number(id);
    way.notes += 1;
    way.delays.push(Math.max(0, Date.now() - Number(posted)));
    mark(way, "note");
  }
}

function mark(way, kind) {
  way.marks.push({ kind, at: performance.now() });
}

// ---- the news ----

async function makeNews() {
  for (;;) {
    await pause(value("news") * 1000);
    if (running) await fetch("news", { method: "POST" }).catch(() => showState("compare.no-answer"));
  }
}

// ---- what the reader sees ----

async function costs() {
  const answer = await fetch("cost");
  return answer.json();
}

async function update() {
  try {
    const now = await costs();
    for (const name of names) {
      ways[name].up = now[name].up - atFirst[name].up;
      ways[name].down = now[name].down - atFirst[name].down;
    }
  } catch {
    showState("compare.no-answer");
  }
  if (running) {
    const bytes = names.map((name) => [name, ways[name].up + ways[name].down]);
    samples.push({ seconds: (performance.now() - begun) / 1000, ...Object.fromEntries(bytes) });
    samples = samples.slice(-mostSamples);
  }
  show();
}

/// The delay that so much of all news did not exceed.
function percentile(delays, part) {
  if (!delays.length) return null;
  const sorted = [...delays].sort((a, b) => a - b);
  return sorted[Math.ceil(part * sorted.length) - 1];
}

const number = (count) => new Intl.NumberFormat(languageTags[language]).format(count);
const milliseconds = (delay) => (delay === null ? "–" : `${number(delay)} ms`);

function cells(name) {
  const { requests, notes, up, down, delays } = ways[name];
  return [number(requests), number(notes), number(up), number(down),
          milliseconds(percentile(delays, 0.5)), milliseconds(percentile(delays, 0.95))];
}

function row(heading, rest) {
  const line = document.createElement("tr");
  const first = document.createElement("th");
  first.scope = "row";
  first.append(...heading);
  line.append(first, ...rest.map((text) => {
    const cell = document.createElement("td");
    cell.textContent = text;
    return cell;
  }));
  return line;
}

function show() {
  find("counts").replaceChildren(...names.map((name) => {
    const key = document.createElement("span");
    key.className = `key ${name}`;
    return row([key, textFor(`compare.${name}`)], cells(name));
  }));
  find("samples").replaceChildren(...samples.slice(-30).map(({ seconds, ...bytes }) =>
    row([number(Math.round(seconds))], names.map((name) => number(bytes[name])))));
  drawLanes();
  drawChart();
}

function showState(problem) {
  find("lamp").dataset.state = problem ? 3 : running ? 1 : 2;
  translate(find("state"), problem ?? (running ? "compare.running" : "compare.paused"));
  translate(find("run"), running ? "compare.pause" : "compare.go-on");
}

function showKnobs() {
  for (const id of ["news", "ask"]) translate(find(`${id}-value`), "compare.seconds-value", { count: find(id).value });
  translate(find("delay-value"), "compare.milliseconds-value", { count: find("delay").value });
}

// ---- drawing ----

function shape(name, attributes, text = "") {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, each] of Object.entries(attributes)) element.setAttribute(key, each);
  element.textContent = text;
  return element;
}

/// Makes one unit of a drawing one pixel, so that its texts are as large on a phone. Returns its width.
function fitted(drawing, height) {
  const width = Math.max(280, drawing.clientWidth);
  drawing.setAttribute("viewBox", `0 0 ${width} ${height}`);
  return width;
}

function drawLanes() {
  const [left, right, now] = [20, fitted(find("lanes"), 180) - 20, performance.now()];
  const x = (at) => right - ((now - at) / 1000 / span) * (right - left);
  const parts = [];
  names.forEach((name, index) => {
    const y = 34 + index * 46;
    parts.push(shape("text", { x: left, y: y - 14 }, textFor(`compare.${name}`)),
               shape("line", { class: "axis", x1: left, x2: right, y1: y + 8, y2: y + 8 }));
    ways[name].marks = ways[name].marks.filter(({ at }) => now - at <= span * 1000);
    for (const { kind, at } of ways[name].marks) {
      parts.push(kind === "request"
        ? shape("line", { class: `request ${name}`, x1: x(at), x2: x(at), y1: y - 6, y2: y + 8 })
        : shape("circle", { class: `note ${name}`, cx: x(at), cy: y + 8, r: 5 }));
    }
  });
  for (let seconds = 0; seconds <= span; seconds += 10) {
    const at = x(now - seconds * 1000);
    parts.push(shape("line", { class: "axis", x1: at, x2: at, y1: 150, y2: 156 }),
               shape("text", { x: at, y: 172, "text-anchor": "middle" }, seconds ? `−${seconds} s` : "0 s"));
  }
  find("lanes").replaceChildren(...parts);
}

/// A round number of at least `most`: 1, 2 or 5 and zeros.
function roundedUp(most) {
  const power = 10 ** Math.floor(Math.log10(most));
  return [1, 2, 5, 10].map((factor) => factor * power).find((round) => round >= most);
}

function drawChart() {
  const width = fitted(find("chart"), 276);
  const [left, right, top, bottom] = [64, width - 20, 34, 220];
  const first = samples[0]?.seconds ?? 0;
  const last = Math.max(first + 10, samples.at(-1)?.seconds ?? 0);
  const most = roundedUp(Math.max(1000, ...samples.flatMap((each) => names.map((name) => each[name]))));
  const x = (seconds) => left + ((seconds - first) / (last - first)) * (right - left);
  const y = (bytes) => bottom - (bytes / most) * (bottom - top);
  const parts = [];
  for (let part = 0; part <= 4; part += 1) {
    const bytes = (most / 4) * part;
    const seconds = first + ((last - first) / 4) * part;
    parts.push(shape("line", { class: "grid", x1: left, x2: right, y1: y(bytes), y2: y(bytes) }),
               shape("text", { x: left - 8, y: y(bytes) + 4, "text-anchor": "end" }, number(bytes)),
               shape("text", { x: x(seconds), y: bottom + 20, "text-anchor": "middle" }, `${number(Math.round(seconds))} s`));
  }
  names.forEach((name, index) => {
    const points = samples.map((each) => `${x(each.seconds)},${y(each[name])}`).join(" ");
    const legend = index * (width / 3);
    parts.push(shape("polyline", { class: `curve ${name}`, points }),
               shape("line", { class: `curve ${name}`, x1: legend + 2, x2: legend + 20, y1: 14, y2: 14 }),
               shape("text", { x: legend + 25, y: 18 }, textFor(`compare.${name}`)));
  });
  parts.push(shape("text", { x: right, y: 266, "text-anchor": "end" }, textFor("compare.chart-axes")));
  find("chart").replaceChildren(...parts);
}

// ---- what the reader does ----

function markdown() {
  const line = (texts) => `| ${texts.join(" | ")} |\n`;
  const headings = ["way", "requests", "notes", "up", "down", "p50", "p95"].map((key) => textFor(`compare.${key}`));
  return line(headings) + line(headings.map((_, index) => (index ? "--:" : "---"))) +
    names.map((name) => line([textFor(`compare.${name}`), ...cells(name)])).join("");
}

find("write").addEventListener("click", () => {
  find("written").hidden = false;
  find("markdown").value = markdown();
  find("markdown").select();   // ready to be copied
  find("markdown").focus();
});

find("run").addEventListener("click", () => {
  running = !running;
  showState();
});

for (const id of ["news", "ask", "delay"]) find(id).addEventListener("input", showKnobs);
// What is drawn or written by show() follows the language when it is drawn again.
for (const button of document.querySelectorAll("[data-language]")) button.addEventListener("click", show);
window.addEventListener("resize", show);

async function begin() {
  showKnobs();
  showState();
  try {
    atFirst = await costs();
  } catch {
    return showState("compare.no-server");
  }
  for (const name of names) ways[name].since = atFirst.newest;
  begun = performance.now();
  await push(atFirst.port);
  wait();
  poll();
  makeNews();
  setInterval(update, 1000);
  show();
}

begin();
