// inspector.js: the inspector's page. It lists the frames of all connections and draws the chosen one bit by bit.
//
// The frames come from the tutorial server, started with --inspect (chapters/08-tutorial-server/inspector.hpp says
// how), or from a *.wire file; then no server is needed. frames.js takes them apart, i18n.js has the texts.
"use strict";

const mostItems = 1000;          // a server that never stops talking must not fill the memory of the browser
const mostPayloadDrawn = 8;      // bytes of a payload that are drawn bit by bit; more are listed below
const mostPayloadListed = 64;
const mostRaw = 4096;

const element = (id) => document.getElementById(id);
const lamp = element("lamp");
const stateText = element("state");
const problem = element("problem");
const list = element("frames");
const onlyConnection = element("only-connection");
const onlyOpcode = element("only-opcode");
const target = element("target");
const pause = element("pause");
const diagram = element("diagram");
const rawBox = element("raw");
const exampleBox = element("example");

// What the page knows: the items of a server or of a file, and its connections { path, open, whole } by number.
const emptyStore = () => ({ items: [], connections: new Map() });
let live = emptyStore();
let loaded = null;               // { name, items, connections } while a file is shown
const shown = () => loaded ?? live;

let socket = null;
let paused = false;
let waiting = [];                // lines that came while paused
let chosen = null;               // the item that is drawn
let pinned = "opcode";           // the field that is explained
let pointed = null;              // the field that is pointed at, before the pinned one

// ---- from the server ----

function connect() {
  socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/inspector`);
  socket.onopen = showState;
  socket.onclose = showState;
  socket.onmessage = ({ data }) => {
    if (!paused) return take(data);
    waiting.push(data);
    if (waiting.length > mostItems) drop(waiting.shift());
    showPause();
  };
  showState();
}

// A line that was dropped unread leaves its conversation with a gap.
function drop(line) {
  const connection = live.connections.get(Number(line.split(" ")[1]));
  if (connection) connection.whole = false;
}

function take(line) {
  const [verb, id, ...words] = line.split(" ");
  const connection = Number(id);
  if (verb === "frame") {
    const [way, time, size, ...hex] = words;
    const bytes = hex.map((digits) => parseInt(digits, 16));
    add({ kind: "frame", connection, sent: way !== "received", unasked: way === "unasked",
          time: Number(time), bytes, size: Number(size) });
  } else if (verb === "close") {
    const known = live.connections.get(connection);
    if (known) known.open = false;
    add({ kind: "note", connection, key: "inspector.closed", values: { code: words[0], by: words[1] } });
    showConnections();
  } else {
    live.connections.set(connection, { path: words[0], open: true, whole: verb === "open" });
    add({ kind: "note", connection, key: `inspector.${verb}`, values: { path: words[0] } });
    showConnections();
  }
}

function add(item) {
  live.items.push(item);
  if (live.items.length > mostItems) {
    const oldest = live.items.shift();
    const connection = live.connections.get(oldest.connection);
    if (connection) connection.whole = false;
    if (!loaded) oldest.row?.remove();
  }
  if (loaded) return;
  appendRow(item);
  if (!chosen && item.kind === "frame" && item.row) choose(item);
}

// ---- the list ----

// The bracket that joins the fragments of a message has a lane of its own while the message is open, so that those
// of several connections can stand side by side. lanes[i] is the message in lane i, or null.
let lanes = [];

function wanted(item) {
  if (onlyConnection.value !== "" && item.connection !== Number(onlyConnection.value)) return false;
  if (onlyOpcode.value === "") return true;
  return item.kind === "frame" && readHeader(item.bytes)?.opcode === Number(onlyOpcode.value);
}

function showList() {
  list.replaceChildren();
  lanes = [];
  for (const item of shown().items) appendRow(item);
  mark();
}

function appendRow(item) {
  item.row = null;
  if (!wanted(item)) return;
  const following = list.scrollHeight - list.scrollTop - list.clientHeight < 10;
  item.row = item.kind === "frame" ? frameRow(item) : noteRow(item);
  item.row.id = `row-${++rows}`;
  item.row.setAttribute("role", "option");
  item.row.addEventListener("click", () => choose(item));
  itemOf.set(item.row, item);
  list.append(item.row);
  if (following) list.scrollTop = list.scrollHeight;
}

let rows = 0;
const itemOf = new WeakMap();

function frameRow(item) {
  const header = readHeader(item.bytes);
  const row = make("li", item.sent ? "sent" : "received");
  const head = make("div", "head");
  head.append(told(item.sent ? "inspector.sent" : "inspector.received", {}, "way"), opcodeLabel(header));
  if (header) {
    const flags = [header.fin ? "FIN" : "", ...header.reserved.map((set, i) => (set ? `RSV${i + 1}` : "")),
                   header.masked ? "MASK" : ""];
    for (const flag of flags.filter(Boolean)) head.append(make("span", "flag", flag));
  }
  head.append(told("inspector.bytes", { size: header ? grouped(header.length) : String(item.bytes.length) }, "size"));
  const tail = make("div", "tail");
  if (item.time !== undefined) tail.append(make("time", "", timeOf(item)));
  tail.append(told("inspector.number", { id: String(item.connection) }, "id"), preview(item, header));
  row.append(brackets(item, header), head, tail);
  return row;
}

function noteRow(item) {
  const row = make("li", "note");
  const tail = make("div", "tail");
  tail.append(told("inspector.number", { id: String(item.connection) }, "id"), noteText(item));
  row.append(brackets(item, null), tail);
  return row;
}

function noteText(item) {
  if (item.text !== undefined) return make("span", "data", item.text);
  const values = { ...item.values };
  if (values.by) values.by = textFor(`inspector.by.${values.by}`);
  return told(item.key, values, "");
}

// One cell for each lane: nothing, a line that passes, or the first, a middle or the last fragment of a message.
function brackets(item, header) {
  const message = `${item.connection} ${item.sent}`;
  const part = header && !isControl(header.opcode) ? partOf(header, lanes.includes(message)) : null;
  if (part === "first") {
    const free = lanes.indexOf(null);
    lanes[free < 0 ? lanes.length : free] = message;
  }
  const cells = make("div", "brackets");
  cells.setAttribute("aria-hidden", "true");
  for (const lane of lanes) {
    const kind = lane === null ? "" : lane !== message ? "pass" : part ?? "pass";
    cells.append(make("span", kind));
  }
  if (part === "last") lanes[lanes.indexOf(message)] = null;
  while (lanes.at(-1) === null) lanes.pop();
  if (item.key === "inspector.closed") lanes = lanes.map((lane) => lane?.startsWith(`${item.connection} `) ? null : lane);
  return cells;
}

function partOf(header, open) {
  if (open) return header.fin ? "last" : "middle";
  return header.fin ? null : "first";
}

function opcodeLabel(header) {
  const name = make("span", "opcode");
  if (header) translate(name, opcodeKey(header.opcode));
  else translate(name, "inspector.unfinished");
  return name;
}

const opcodeKey = (opcode) => `inspector.opcode.${opcodeNames[opcode] ?? "reserved"}`;

function preview(item, header) {
  const { plain } = readPayload(item.bytes);
  const front = plain.slice(0, 60);
  const binary = !header || header.opcode === 2 || front.includes(null);
  const code = header?.opcode === 8 ? closeCode(item.bytes) : null;
  const text = code !== null ? `${code} ${decodeText(plain.slice(2))}` : binary ? hexOf(front) : decodeText(front);
  return make("span", "data preview", text);
}

function choose(item) {
  chosen = item;
  mark();
  draw();
}

function mark() {
  for (const row of list.querySelectorAll("[aria-selected='true']")) row.setAttribute("aria-selected", "false");
  list.removeAttribute("aria-activedescendant");
  if (!chosen?.row) return;
  chosen.row.setAttribute("aria-selected", "true");
  list.setAttribute("aria-activedescendant", chosen.row.id);
}

list.addEventListener("keydown", (event) => {
  const here = chosen?.row ?? null;
  const next = {
    ArrowDown: here ? here.nextElementSibling : list.firstElementChild,
    ArrowUp: here ? here.previousElementSibling : list.lastElementChild,
    Home: list.firstElementChild,
    End: list.lastElementChild,
  }[event.key];
  if (next === undefined) return;
  event.preventDefault();
  if (!next) return;
  choose(itemOf.get(next));
  next.scrollIntoView({ block: "nearest" });
});

// ---- the chosen frame ----

function draw() {
  const isFrame = chosen?.kind === "frame";
  element("no-frame").hidden = isFrame;
  element("chosen").hidden = !isFrame;
  element("summary").textContent = "";
  if (!isFrame) return;
  const { bytes, size, sent, connection } = chosen;
  const way = textFor(sent ? "inspector.sent" : "inspector.received");
  const words = Number.isFinite(size) ? grouped(BigInt(size)) : String(bytes.length);
  translate(element("summary"), "inspector.summary", { way, id: String(connection), size: words });

  const fields = readFields(bytes);
  if (!fields.some(({ name }) => name === pinned)) pinned = fields.find(({ name }) => name === "opcode")?.name ?? fields[0].name;
  pointed = null;
  drawDiagram(fields, bytes);
  explain();
  listPayload();
}

// The diagram of RFC 6455 §5.2: a row is four bytes, and on a narrow screen two. A field may take parts of several rows;
// the first part is the one that the keyboard can reach.
const narrow = matchMedia("(max-width: 40rem)");

function drawDiagram(fields, bytes) {
  const columns = narrow.matches ? 16 : 32;
  const { payloadAt } = readHeader(bytes) ?? { payloadAt: 0 };
  const drawn = Math.min(bytes.length, payloadAt + mostPayloadDrawn) * 8;
  diagram.style.setProperty("--columns", columns);
  diagram.replaceChildren();
  for (let start = 0; start < drawn; start += columns) {
    const end = Math.min(start + columns, drawn);
    const row = make("div", "bits-row");
    for (let at = start; at < end; at += 8) {
      const byte = make("span", "byte", hexOf([bytes[at / 8]]));
      byte.style.gridColumn = `${at - start + 1} / span 8`;
      byte.setAttribute("aria-hidden", "true");
      row.append(byte);
    }
    for (const field of fields) {
      const from = Math.max(field.at, start);
      const to = Math.min(field.at + field.bits, end);
      if (from < to) row.append(fieldPart(field, from, to, start, bytes));
    }
    diagram.append(row);
  }
  if (drawn < bytes.length * 8 || bytes.length < chosen.size) {
    const left = BigInt(chosen.size) - BigInt(drawn / 8);
    diagram.append(told("inspector.more", { size: grouped(left) }, "hint more"));
  }
}

function fieldPart(field, from, to, start, bytes) {
  const first = from === field.at;
  const part = make(first ? "button" : "span", `field ${field.name}`);
  part.dataset.field = field.name;
  part.style.gridColumn = `${from - start + 1} / span ${to - from}`;
  part.style.setProperty("--bits", to - from);
  const bits = make("span", "bits");
  for (let at = from; at < to; ++at) {
    const byte = bytes[at >> 3];
    bits.append(make("span", "", byte === null ? "·" : String(byte >> (7 - at % 8) & 1)));
  }
  bits.setAttribute("aria-hidden", "true");
  const label = make("span", to - from === 1 ? "label upright" : "label");
  if (first) translate(label, `inspector.label.${field.name}`);
  part.append(label, bits);
  if (first) {
    part.type = "button";
    const value = valueOf(field);
    if (value !== "") part.append(make("span", field.bits === 1 ? "visually-hidden" : "value", value));
    part.addEventListener("focus", () => pin(field.name));
    part.addEventListener("click", () => pin(field.name));
  } else {
    part.setAttribute("aria-hidden", "true");
    part.addEventListener("click", () => pin(field.name));
  }
  part.addEventListener("mouseenter", () => point(field.name));
  part.addEventListener("mouseleave", () => point(null));
  return part;
}

// The value of a field, as short as it can be said.
function valueOf({ name, value, open }) {
  if (open) return "";
  if (name === "opcode") return opcodeNames[value] ?? "reserved";
  if (name === "key") return hexOf(readPayload(chosen.bytes).key ?? []);
  if (name === "payload") return chosen.bytes.length < 2 ? "" : textFor(chosenHeader().masked ? "inspector.masked" : "inspector.unmasked");
  if (value === null) return "";
  return typeof value === "bigint" ? grouped(value) : String(value);
}

const chosenHeader = () => readHeader(chosen.bytes);

function pin(name) {
  pinned = name;
  explain();
}

function point(name) {
  pointed = name;
  explain();
}

// Which function reads a field that a client has sent, and which writes one that the server sends.
const codeOf = {
  fin: [["decode_header", "frame.hpp"], ["encode_header", "frame.hpp"]],
  rsv1: [["judge", "receiver.hpp"], ["encode_header", "frame.hpp"]],
  rsv2: [["judge", "receiver.hpp"], ["encode_header", "frame.hpp"]],
  rsv3: [["judge", "receiver.hpp"], ["encode_header", "frame.hpp"]],
  opcode: [["decode_header", "frame.hpp"], ["encode_header", "frame.hpp"]],
  mask: [["judge", "receiver.hpp"], ["encode_header", "frame.hpp"]],
  length: [["decode_header", "frame.hpp"], ["encode_header", "frame.hpp"]],
  length16: [["decode_header", "frame.hpp"], ["encode_header", "frame.hpp"]],
  length64: [["decode_header", "frame.hpp"], ["encode_header", "frame.hpp"]],
  key: [["apply_mask", "frame.hpp"], ["encode_header", "frame.hpp"]],
  payload: [["hand_out", "receiver.hpp"], ["encode_frame", "outbox.hpp"]],
  code: [["parse_close", "close_code.hpp"], ["close_payload", "close_code.hpp"]],
  reason: [["parse_close", "close_code.hpp"], ["close_payload", "close_code.hpp"]],
  rest: [["refuse", "receiver.hpp"], ["encode_frame", "outbox.hpp"]],
};

function explain() {
  const name = pointed ?? pinned;
  const fields = readFields(chosen.bytes);
  const field = fields.find((each) => each.name === name);
  for (const part of diagram.querySelectorAll("[data-field]")) {
    part.classList.toggle("current", part.dataset.field === name);
    if (part.type === "button") part.setAttribute("aria-pressed", String(part.dataset.field === pinned));
  }
  const title = make("h3", `field-title ${name}`);
  title.append(told(`inspector.name.${name}`, {}, ""));
  const value = valueOf(field);
  if (value !== "" && name !== "payload") title.append(make("span", "data", value));

  const [call, header] = codeOf[name][chosen.sent ? 1 : 0];
  const code = make("p", "code-line");
  code.append(told(chosen.sent ? "inspector.written-by" : "inspector.read-by", {}, ""), " ", make("code", "", call), " ",
              told("inspector.in-file", {}, ""), " ", make("code", "", `include/duplex/${header}`));
  element("explanation").replaceChildren(title, told(meaningOf(field), {}, "", "p"),
                                         told(`inspector.rule.${name}`, {}, "", "p"), code);
}

// The key of the sentence that says what this value of a field means here.
function meaningOf({ name, value, open }) {
  if (open) return "inspector.left-open";
  const header = chosenHeader();
  switch (name) {
    case "fin":
      if (header.fin) return header.opcode === 0 ? "inspector.fin.last" : "inspector.fin.only";
      return isControl(header.opcode) ? "inspector.fin.broken" : header.opcode === 0 ? "inspector.fin.middle" : "inspector.fin.first";
    case "rsv1": case "rsv2": case "rsv3": return `inspector.rsv.${value}`;
    case "opcode": return `inspector.opcode-means.${opcodeNames[value] ?? "reserved"}`;
    case "mask": return chosen.sent ? `inspector.mask.sent${value}` : `inspector.mask.received${value}`;
    case "length": return header.extended === 0 ? "inspector.length.short" : `inspector.length.${value}`;
    case "length16": case "length64": return `inspector.means.${name}`;
    case "code": return Object.hasOwn(texts, `close.${value}`) ? `close.${value}`
      : value >= 3000 && value <= 3999 ? "close.3000" : value >= 4000 && value <= 4999 ? "close.4000" : "close.unknown";
    case "payload": return header.masked ? "inspector.payload.masked" : "inspector.payload.unmasked";
    default: return `inspector.means.${name}`;
  }
}

// The payload byte by byte: what was on the wire, the key, what it says.
function listPayload() {
  const { wire, plain, key } = readPayload(chosen.bytes);
  const box = element("payload");
  box.replaceChildren();
  if (wire.length === 0) return;
  const header = chosenHeader();
  const listed = Math.min(wire.length, mostPayloadListed);
  const columns = narrow.matches ? 8 : 16;
  const table = make("table", "payload data");
  table.append(told("inspector.payload-title", {}, "", "caption"));
  const textFrom = header.opcode === 8 ? 2 : 0;   // the code is no text
  const characters = header.opcode === 2 ? null : readCharacters(plain.slice(textFrom, listed));
  const cells = [];   // the character that begins at each byte
  let at = textFrom;
  for (const { text, size } of characters ?? []) {
    cells[at] = { text, size };
    at += size;
  }

  for (let start = 0; start < listed; start += columns) {
    const end = Math.min(start + columns, listed);
    const group = make("tbody");
    const addRow = (title, name, cellAt) => {
      const row = make("tr", name);
      const head = told(title, {}, "", "th");
      head.scope = "row";
      row.append(head);
      for (let i = start; i < end;) {
        const cell = make("td");
        i += cellAt(cell, i) ?? 1;
        row.append(cell);
      }
      group.append(row);
    };
    addRow("inspector.on-the-wire", "wire", (cell, i) => { cell.textContent = hexOf([wire[i]]); });
    if (key) {
      addRow("inspector.key-row", "key", (cell, i) => { cell.textContent = hexOf([key[i % 4]]); });
      addRow("inspector.plain-row", "plain", (cell, i) => { cell.textContent = hexOf([plain[i]]); });
    }
    if (characters) {
      addRow("inspector.text-row", "text", (cell, i) => {
        const character = cells[i];
        if (!character) return undefined;   // the code of a close, or the rest of a character that began a row above
        const span = Math.min(character.size, end - i);
        cell.colSpan = span;
        if (character.text === null) translate(cell, "inspector.no-character");
        else cell.textContent = visible(character.text);
        return span;
      });
    }
    table.append(group);
  }
  box.append(table);
  if (listed < chosen.size - header.payloadAt) {
    box.append(told("cut", { shown: listed, size: chosen.size - header.payloadAt }, "hint", "p"));
  }
}

// The space and control characters, written so that they can be seen.
function visible(character) {
  const known = { " ": "␣", "\n": "\\n", "\r": "\\r", "\t": "\\t" }[character];
  if (known) return known;
  const code = character.codePointAt(0);
  return code < 0x20 || (code >= 0x7f && code < 0xa0) ? `\\x${code.toString(16).padStart(2, "0")}` : character;
}

// ---- what else is shown ----

function make(tag, className = "", text = "") {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.textContent = text;
  return made;
}

// An element whose text follows the language.
function told(key, values, className, tag = "span") {
  const made = make(tag, className);
  translate(made, key, values);
  return made;
}

function grouped(number) {
  return new Intl.NumberFormat(languageTags[language]).format(number);
}

function timeOf({ time }) {
  const date = new Date(time);
  return `${date.toTimeString().slice(0, 8)}.${String(date.getMilliseconds()).padStart(3, "0")}`;
}

function showState() {
  const state = loaded ? "file" : socket ? String(socket.readyState) : "none";
  lamp.dataset.state = loaded || !socket ? "" : state;
  translate(stateText, `inspector.state.${state}`, { name: loaded?.name });
  element("live").hidden = !loaded || !socket;
  element("reconnect").hidden = !socket || socket.readyState !== WebSocket.CLOSED || loaded !== null;
  element("acts").hidden = !socket;
  showPause();
}

function showPause() {
  pause.hidden = loaded !== null || !socket;
  pause.setAttribute("aria-pressed", String(paused));
  translate(pause, !paused ? "inspector.pause" : "inspector.resume", { count: String(waiting.length) });
}

function showProblem(key, values) {
  problem.hidden = !key;
  if (key) translate(problem, key, values);
}

// Fills the boxes that choose a connection, and leaves each choice as it was, when it still exists.
function showConnections() {
  fill(onlyConnection, shown().connections, "inspector.all-connections");
  const open = new Map([...live.connections].filter(([, connection]) => connection.open));
  fill(target, open, open.size === 0 ? "inspector.no-connection" : null);
}

function fill(box, connections, firstKey) {
  const before = box.value;
  box.replaceChildren();
  if (firstKey) {
    const option = told(firstKey, {}, "", "option");
    option.value = "";
    box.append(option);
  }
  for (const [id, { path }] of connections) box.append(new Option(`${id}  ${path}`, String(id)));
  if ([...box.options].some(({ value }) => value === before)) box.value = before;
}

for (const [value, key] of [["", "inspector.all-opcodes"],
                            ...Object.keys(opcodeNames).map((opcode) => [opcode, opcodeKey(Number(opcode))])]) {
  const option = told(key, {}, "", "option");
  option.value = value;
  onlyOpcode.append(option);
}

// Bytes that break one rule each, and one frame that breaks none. All are masked with a key of zeros, which is legal
// and leaves the payload readable, but for the frame that is not masked at all.
const examples = {
  "right": "81 85 37 fa 21 3d 7f 9f 4d 51 58",
  "unmasked": "81 05 48 65 6c 6c 6f",
  "reserved-bit": "c1 85 00 00 00 00 48 65 6c 6c 6f",
  "reserved-opcode": "83 85 00 00 00 00 48 65 6c 6c 6f",
  "fragmented-ping": "09 80 00 00 00 00",
  "not-minimal": "81 fe 00 05 00 00 00 00 48 65 6c 6c 6f",
  "continuation": "80 85 00 00 00 00 48 65 6c 6c 6f",
  "not-utf8": "81 82 00 00 00 00 c3 28",
  "close-code": "88 82 00 00 00 00 03 ed",
  "too-large": "82 ff 40 00 00 00 00 00 00 00 00 00 00 00",
};
for (const name of Object.keys(examples)) {
  const option = told(`inspector.example.${name}`, {}, "", "option");
  option.value = name;
  exampleBox.append(option);
}

// ---- what the reader does ----

for (const box of [onlyConnection, onlyOpcode]) box.addEventListener("change", showList);

pause.addEventListener("click", () => {
  paused = !paused;
  const lines = paused ? [] : waiting;
  waiting = [];
  lines.forEach(take);
  showPause();
});

element("clear").addEventListener("click", () => {
  shown().items.forEach(({ connection }) => {
    const known = shown().connections.get(connection);
    if (known) known.whole = false;
  });
  shown().items.length = 0;
  chosen = null;
  for (const [id, { open }] of shown().connections) {
    if (!open) shown().connections.delete(id);
  }
  showConnections();
  showList();
  draw();
});

element("save").addEventListener("click", () => {
  const id = onlyConnection.value !== "" ? Number(onlyConnection.value) : chosen?.connection;
  const connection = shown().connections.get(id);
  if (!connection) return showProblem("inspector.nothing-to-save");
  showProblem(null);
  const items = shown().items.filter((item) => item.connection === id);
  const link = make("a");
  link.href = URL.createObjectURL(new Blob([writeWire(connection.path, items, connection.whole)], { type: "text/plain" }));
  link.download = `conversation-${id}.wire`;
  link.click();
  URL.revokeObjectURL(link.href);
});

element("file").addEventListener("change", async (event) => {
  const file = event.target.files[0];
  if (!file) return;
  try {
    const items = readWire(await file.text());
    const connections = new Map();
    for (const { connection, text } of items) {
      if (!connections.has(connection)) connections.set(connection, { path: text?.replace(/^open /, "") ?? "/", open: false, whole: true });
    }
    show({ name: file.name, items, connections });
    showProblem(null);
  } catch (error) {
    showProblem("inspector.not-wire", { name: file.name, line: error.message });
  }
  event.target.value = "";   // the same file may be chosen again
});

element("live").addEventListener("click", () => show(null));
element("reconnect").addEventListener("click", () => {
  live = emptyStore();
  show(null);
  connect();
});

// Shows a file, or null: what the server tells.
function show(file) {
  loaded = file;
  chosen = null;
  onlyOpcode.value = "";
  showState();
  showConnections();
  onlyConnection.value = "";
  chosen = shown().items.find(({ kind }) => kind === "frame") ?? null;
  showList();
  draw();
}

function say(line) {
  if (socket?.readyState !== WebSocket.OPEN) return showProblem("inspector.not-connected");
  showProblem(null);
  socket.send(line);
}

element("speak-form").addEventListener("submit", (event) => {
  event.preventDefault();
  if (target.value === "") return showProblem("inspector.nobody");
  say(`${event.submitter.value} ${target.value}`);
});

element("raw-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const bytes = bytesOf(rawBox.value);
  const good = bytes !== null && bytes.length > 0 && bytes.length <= mostRaw;
  rawBox.setAttribute("aria-invalid", String(!good));
  if (good) return say(`raw ${hexOf(bytes)}`);
  rawBox.focus();
  showProblem("inspector.not-hex");
});

rawBox.addEventListener("input", () => rawBox.removeAttribute("aria-invalid"));
exampleBox.addEventListener("change", () => {
  rawBox.value = examples[exampleBox.value];
  rawBox.removeAttribute("aria-invalid");
});
rawBox.value = examples[exampleBox.value];

narrow.addEventListener("change", draw);
// setLanguage() translates what is there; texts that are put together from others are made anew.
for (const button of document.querySelectorAll("[data-language]")) {
  button.addEventListener("click", () => {
    showList();
    draw();
  });
}

// Opened as a file there is no server to ask; *.wire files can be looked at all the same.
showConnections();
if (location.protocol === "file:") showState();
else connect();
