// lesson: 8
// needs: 08-tutorial-server wire
// The inspector in a real browser: it draws what was on the wire, says what it means, and is shown to nobody else.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { connect as connectTo } from "node:net";
import path from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { WebSocket } from "ws";
import { accessibilityFaults, repository, scratch, startBrowser, startProgram } from "./support.mjs";

const patience = { timeout: 120_000 };   // only ends a test that hangs
const build = path.resolve(repository, process.env.DUPLEX_BUILD ?? "build");
const wire = path.join(build, "tests/wire");
const tutorial = "chapters/08-tutorial-server";

let browser;
before(async () => (browser = await startBrowser()));
after(() => browser.close());

async function inspected(t, port = "0") {
  const server = await startProgram(tutorial, "--inspect", port, "web");
  t.after(async () => assert.equal(await server.stop(), 0, "the tutorial server ends with status 0"));
  return server;
}

/// The inspector's page, once it watches.
async function watching(t, server, options = {}) {
  const page = await browser.open(t, options);
  await page.goto(`${server.url}inspector.html`);
  await page.locator("#lamp[data-state='1']").waitFor();
  return page;
}

/// What the server tells an inspector, line by line.
async function tap(t, server) {
  const socket = new WebSocket(`${server.url.replace("http", "ws")}inspector`, { origin: server.url.slice(0, -1) });
  const lines = [];
  let told = () => {};
  socket.on("message", (data) => {
    lines.push(String(data));
    told();
  });
  t.after(() => socket.terminate());
  await once(socket, "open");
  // Waits until a line matches, and returns it.
  const until = async (pattern) => {
    for (;;) {
      const found = lines.find((line) => pattern.test(line));
      if (found) return found;
      await new Promise((resolve) => (told = resolve));
    }
  };
  const frames = (connection) => lines.map((line) => line.split(" "))
    .filter(([verb, id]) => verb === "frame" && id === String(connection))
    .map(([, , way, , size, ...hex]) => ({ way, size: Number(size), bytes: Buffer.from(hex.join(""), "hex") }));
  return { lines, until, frames };
}

/// A peer that sends any bytes; everything it receives is gathered in `received`.
async function rawPeer(t, server, { target = "/", host, origin } = {}) {
  const { port, host: self } = new URL(server.url);
  const socket = connectTo(Number(port), "127.0.0.1");
  t.after(() => socket.destroy());
  const peer = { socket, received: Buffer.alloc(0), send: (bytes) => socket.write(bytes) };
  peer.ended = new Promise((resolve) => socket.on("close", resolve));
  socket.on("error", () => {});   // a reset is an end, too
  const answered = new Promise((resolve) => socket.on("data", (data) => {
    peer.received = Buffer.concat([peer.received, data]);
    if (peer.received.includes("\r\n\r\n")) resolve();
  }));
  const fields = [`Host: ${host ?? self}`, "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13",
                  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", ...(origin ? [`Origin: ${origin}`] : [])];
  socket.write(`GET ${target} HTTP/1.1\r\n${fields.join("\r\n")}\r\n\r\n`);
  await answered;
  peer.answer = String(peer.received).split("\r\n\r\n")[0];
  return peer;
}

const key = Buffer.from([0x37, 0xfa, 0x21, 0x3d]);
const xor = (payload) => Buffer.from(payload.map((byte, i) => byte ^ key[i % 4]));

/// A frame as a client sends it, its length in the fewest bytes.
function masked(first, text) {
  const payload = Buffer.from(text);
  const length = payload.length;
  const head = length < 126 ? [length] : length < 65536 ? [126, length >> 8, length & 255]
    : [127, 0, 0, 0, 0, ...[24, 16, 8, 0].map((bits) => length >> bits & 255)];
  head[0] |= 0x80;
  return Buffer.concat([Buffer.from([first, ...head]), key, xor(payload)]);
}

/// Saves the conversation of the chosen frame. `play` plays it against a new server.
async function save(page, name) {
  const [download] = await Promise.all([page.waitForEvent("download"), button(page, "Save as .wire").click()]);
  const file = path.join(scratch, name);
  await download.saveAs(file);
  return file;
}
const play = (file) =>
  execFileSync(wire, [file, "--", path.join(build, tutorial), "{port}"], { cwd: repository, encoding: "utf8" });

const button = (page, name) => page.getByRole("button", { name, exact: true });
const frameRows = (page) => page.locator("#frames > li:not(.note)");
const row = (page, text) => page.locator("#frames > li", { hasText: text });
const problem = (page, text) => page.getByRole("alert").getByText(text).waitFor();

/// What the page has drawn of the chosen frame: its bits as bytes, its payload from the table, its fields.
const drawn = (page) => page.evaluate(() => {
  const bits = [...document.querySelectorAll("#diagram .bits > span")].map((bit) => bit.textContent).join("");
  const cells = (name) => [...document.querySelectorAll(`#payload .${name} td`)].map((cell) => cell.textContent);
  return {
    bytes: bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)),
    hex: [...document.querySelectorAll("#diagram .byte")].map((byte) => byte.textContent).join(" "),
    wire: cells("wire").map((byte) => parseInt(byte, 16)),
    plain: cells("plain").map((byte) => parseInt(byte, 16)),
    text: cells("text"),
    fields: Object.fromEntries([...document.querySelectorAll("#diagram button")].map((field) => [
      field.dataset.field,
      [[...document.querySelectorAll(`#diagram [data-field=${field.dataset.field}] .bits > span`)]
        .map((bit) => bit.textContent).join(""), field.querySelector(".value, .visually-hidden")?.textContent ?? ""]])),
  };
});

test("draws exactly the bytes that went over the wire: every length, masked or not, fragments, control frames", patience, async (t) => {
  const server = await inspected(t);
  const seen = await tap(t, server);
  const page = await watching(t, server);
  const peer = await rawPeer(t, server, { target: "/all" });
  const id = (await seen.until(/^open \d+ \/all$/)).split(" ")[1];

  const lengths = [0, 1, 125, 126, 127, 65535, 65536];
  const asked = [
    ...lengths.map((length) => masked(0x82, "x".repeat(length))),
    masked(0x01, "Hel"), masked(0x89, "still there?"), masked(0x00, ""), masked(0x80, "lo 你好"),
    masked(0x88, Buffer.concat([Buffer.from([0x0f, 0xa0]), Buffer.from("再见")])),
  ];
  peer.send(Buffer.concat(asked));
  await peer.ended;
  await seen.until(new RegExp(`^close ${id} 4000 peer$`));

  // The tap saw what was sent and what came back; it cuts what is longer than 4096.
  const frames = seen.frames(id);
  const kept = (frame) => frame.subarray(0, frame.length > 4096 + 14 ? 4096 + (frame.length > 65536 + 13 ? 14 : 8) : undefined);
  const from = (way) => frames.filter((frame) => frame.way === way);
  assert.deepEqual(from("received").map(({ bytes }) => bytes), asked.map(kept));
  assert.deepEqual(from("received").map(({ size }) => size), asked.map(({ length }) => length));
  const answers = peer.received.subarray(peer.received.indexOf("\r\n\r\n") + 4);
  assert.deepEqual(Buffer.concat(from("sent").map(({ bytes }) => bytes)), answers);

  // The page draws the same. All is listed, and each frame is chosen in turn.
  await page.waitForFunction((count) => document.querySelectorAll("#frames > li:not(.note)").length === count, frames.length);
  for (const [i, { bytes, way, size }] of frames.entries()) {
    await frameRows(page).nth(i).click();
    const shown = await drawn(page);
    const isMasked = way === "received";
    const short = bytes[1] & 0x7f;
    const extended = short === 126 ? 2 : short === 127 ? 8 : 0;
    const payloadAt = 2 + extended + (isMasked ? 4 : 0);
    const payload = bytes.subarray(payloadAt);
    assert.deepEqual(Buffer.from(shown.bytes), bytes.subarray(0, payloadAt + 8), `frame ${i}`);
    assert.equal(shown.hex, [...shown.bytes].map((byte) => byte.toString(16).padStart(2, "0")).join(" "));
    assert.deepEqual(Buffer.from(shown.wire), payload.subarray(0, 64));
    assert.deepEqual(Buffer.from(shown.plain), isMasked ? xor(payload.subarray(0, 64)) : Buffer.alloc(0));

    // Each field has its bits and its value.
    const bits = [...bytes.subarray(0, payloadAt + 8)].map((byte) => byte.toString(2).padStart(8, "0")).join("");
    const opcode = { 0: "continuation", 1: "text", 2: "binary", 8: "close", 9: "ping", 10: "pong" }[bytes[0] & 15];
    const length = (size - payloadAt).toLocaleString("en-US");
    const expected = {
      fin: [bits[0], bits[0]], rsv1: ["0", "0"], rsv2: ["0", "0"], rsv3: ["0", "0"],
      opcode: [bits.slice(4, 8), opcode], mask: [isMasked ? "1" : "0", isMasked ? "1" : "0"],
      length: [bits.slice(9, 16), String(short)],
    };
    if (extended > 0) expected[`length${extended * 8}`] = [bits.slice(16, 16 + extended * 8), length];
    if (isMasked) expected.key = [bits.slice(payloadAt * 8 - 32, payloadAt * 8), "37 fa 21 3d"];
    if (opcode === "close") {
      expected.code = [bits.slice(payloadAt * 8, payloadAt * 8 + 16), "4000"];
      if (payload.length > 2) expected.reason = [bits.slice(payloadAt * 8 + 16), ""];
    } else if (payload.length > 0) {
      expected.payload = [bits.slice(payloadAt * 8), isMasked ? "masked" : "as it is"];
    }
    assert.deepEqual(shown.fields, expected, `frame ${i}`);
    assert.match(await page.locator("#summary").innerText(), new RegExp(`, ${size.toLocaleString("en-US")} bytes on the wire`));
  }

  // A character of three bytes takes three cells; what is cut is said.
  const last = frames.map(({ bytes, way }, i) => [bytes, way, i]);
  const choose = async (frame) => frameRows(page).nth(last.find(([bytes]) => bytes.equals(kept(frame)))[2]).click();
  await choose(asked[10]);
  assert.deepEqual((await drawn(page)).text, ["l", "o", "␣", "你", "好"]);
  assert.equal(await page.locator("#payload .text td").nth(3).getAttribute("colspan"), "3");
  await choose(asked[6]);
  await page.getByText("cut here: only the first 64 bytes of 65,536 bytes are shown").waitFor();
  await page.getByText("… and 65,528 bytes more").waitFor();

  // Saved, it can be played again: what the tap has cut off is filled up.
  const file = await save(page, "all.wire");
  assert.match(readFileSync(file, "utf8"), /^> 82 ff 00 00 00 00 00 01 00 00 00 00 00 00 {2}78.* 78 "x" ×61440$/m);
  play(file);
  assert.deepEqual(page.complaints, []);
});

test("the fragments of a message are joined by a bracket, also around a Ping and beside another connection", patience, async (t) => {
  const server = await inspected(t);
  const seen = await tap(t, server);
  const page = await watching(t, server);
  const peers = [await rawPeer(t, server, { target: "/a" }), await rawPeer(t, server, { target: "/b" })];
  await seen.until(/^open \d+ \/b$/);
  const say = async (peer, frame) => {
    peers[peer].send(frame);
    await seen.until(new RegExp(`received \\d+ ${frame.length} ${frame.toString("hex").match(/../g).join(" ")}$`));
  };
  await say(0, masked(0x01, "one"));
  await say(1, masked(0x02, "ONE"));
  await say(0, masked(0x89, "?"));
  await say(0, masked(0x00, "two"));
  await say(1, masked(0x80, "TWO"));
  await say(0, masked(0x80, "three"));
  await page.waitForFunction(() => document.querySelectorAll("#frames > li.received").length === 6);

  const lanes = () => page.locator("#frames > li.received").evaluateAll((rows) => rows.map((row) =>
    [...row.querySelectorAll(".brackets span")].map((lane) => lane.className).join("|")));
  assert.deepEqual(await lanes(), ["first", "pass|first", "pass|pass", "middle|pass", "pass|last", "last"]);

  // Only what is wanted is listed, and the bracket fits to it.
  const id = (await seen.until(/^open \d+ \/b$/)).split(" ")[1];
  await page.getByLabel("Connection", { exact: true }).selectOption(id);
  assert.deepEqual(await lanes(), ["first", "last"]);
  await page.getByLabel("Connection", { exact: true }).selectOption("");
  await page.getByLabel("Opcode", { exact: true }).selectOption("9");
  assert.deepEqual(await lanes(), [""]);
  assert.equal(await page.locator("#frames > li").count(), 1);
  assert.deepEqual(page.complaints, []);
});

test("the server pings, speaks in fragments and closes when asked; the saved conversation can be played again", patience, async (t) => {
  const server = await inspected(t);
  const page = await watching(t, server);
  await button(page, "Ping").click();
  await problem(page, "Nobody is connected to whom the server could speak");

  const peer = await browser.open(t);
  await peer.goto(server.url);
  await row(page, "welcome to harvie's home !").waitFor();
  await peer.getByLabel("Text message", { exact: true }).fill("hello, 你好");
  await peer.getByLabel("Text message", { exact: true }).press("Enter");
  await row(page, "get it message !").waitFor();

  await button(page, "Ping").click();
  await row(page, /from the server\s*ping.*are you there\?/s).waitFor();
  await row(page, /to the server\s*pong.*are you there\?/s).waitFor();
  assert.equal(await page.getByRole("alert").count(), 0);   // what was wrong is forgotten

  await button(page, "Three fragments").click();
  await peer.locator("#entries > li", { hasText: "one message, three fragments" }).waitFor();
  await row(page, /continuation.*fragments/s).waitFor();

  await button(page, "Close 4000").click();
  await peer.locator("#entries > li", { hasText: /code 4000, after a closing handshake/ }).waitFor();
  await row(page, /ended with 4000, by the server/).waitFor();
  await row(page, /to the server\s*close/).click();
  await page.locator("#explanation", { hasText: "8: this side will send no more" }).waitFor();

  const file = await save(page, "conversation.wire");
  const saved = readFileSync(file, "utf8");
  assert.match(saved, /^open \/$/m);
  assert.match(saved, /^< 81 1b {2}77 65 6c 63 6f 6d 65/m);
  assert.equal(saved.match(/^# < /gm).length, 5);   // what no replay would bring: the Ping, three fragments, the close
  play(file);

  // A file can be looked at as well as the wire.
  await page.setInputFiles("#file", file);
  await page.getByText(`from the file ${path.basename(file)}`).waitFor();
  const listed = await frameRows(page).count();
  assert.equal(listed, saved.match(/^([<>] |close )/gm).length);
  assert.equal(await page.locator("#frames .data").nth(1).innerText(), "welcome to harvie's home !");
  await button(page, "Back to live").click();
  await row(page, /ended with 4000/).waitFor();
  assert.deepEqual(page.complaints, []);
});

test("a conversation that was refused is saved and played again too", patience, async (t) => {
  const server = await inspected(t);
  const page = await watching(t, server);
  await page.getByLabel("Its bytes, in hex").fill("81 05 48 65 6c 6c 6f");
  await button(page, "Send bytes").click();
  await row(page, /ended with 1002/).waitFor();
  await row(page, "Hello").click();
  const file = await save(page, "refused.wire");
  assert.match(readFileSync(file, "utf8"), /^> 81 05 {2}48 65 6c 6c 6f$[^]*^close 1002$/m);
  play(file);
});

test("a careless client is refused, and the rule can be read", patience, async (t) => {
  const server = await inspected(t);
  const page = await watching(t, server);
  const refusals = {
    "unmasked": /1002 RFC 6455 §5\.1: /, "reserved-bit": /1002 RFC 6455 §5\.2: /, "reserved-opcode": /1002 RFC 6455 §5\.2: /,
    "fragmented-ping": /1002 RFC 6455 §5\.5: /, "not-minimal": /1002 RFC 6455 §5\.2: /, "continuation": /1002 RFC 6455 §5\.4: /,
    "not-utf8": /1007 RFC 6455 §8\.1: /, "close-code": /1002 RFC 6455 §7\.4: /, "too-large": /1009 RFC 6455 §7\.4\.1: /,
  };
  const examples = await page.locator("#example option").evaluateAll((options) => options.map(({ value }) => value));
  assert.deepEqual(examples, ["right", ...Object.keys(refusals)]);

  await page.getByLabel("A careless client sends").selectOption("right");
  await button(page, "Send bytes").click();
  await row(page, "get it message !").waitFor();
  for (const [example, rule] of Object.entries(refusals)) {
    await button(page, "Clear").click();
    await page.getByLabel("A careless client sends").selectOption(example);
    const bytes = await page.getByLabel("Its bytes, in hex").inputValue();
    await button(page, "Send bytes").click();
    await row(page, rule).waitFor();
    await row(page, /ended with 100\d, by the server, for an error/).waitFor();
    // What was refused stands above the refusal, as it was sent.
    const frames = frameRows(page);
    const at = await frames.evaluateAll((rows) => rows.findIndex((each) => each.classList.contains("received")));
    assert.ok(at < await frames.evaluateAll((rows) => rows.findIndex((each) => /close/.test(each.textContent) && each.classList.contains("sent"))));
    await frames.nth(at).click();
    assert.equal((await drawn(page)).hex, bytes.split(" ").slice(0, (await drawn(page)).bytes.length).join(" "));
  }

  await page.getByLabel("Its bytes, in hex").fill("81 0");
  await button(page, "Send bytes").click();
  await problem(page, "Not sent: write 1 to 4,096 bytes");
  assert.equal(await page.getByLabel("Its bytes, in hex").getAttribute("aria-invalid"), "true");
  assert.deepEqual(page.complaints, []);
});

test("paused, the list stands still, and nothing is lost", patience, async (t) => {
  const server = await inspected(t);
  const seen = await tap(t, server);
  const page = await watching(t, server);
  const peer = await rawPeer(t, server);
  await row(page, "welcome").waitFor();
  await button(page, "Pause").click();
  const frame = masked(0x81, "while nobody looks");
  peer.send(frame);
  await button(page, "Go on (2)").waitFor();
  assert.equal(await frameRows(page).count(), 1);
  await button(page, "Go on (2)").click();
  await row(page, "while nobody looks").waitFor();
  assert.deepEqual(await frameRows(page).locator(".preview").allTextContents(),
                   seen.frames(await page.evaluate(() => live.items[0].connection))
                     .map(({ bytes, way }) => String(way === "received" ? xor(bytes.subarray(6)) : bytes.subarray(2))));
  assert.deepEqual(page.complaints, []);
});

test("each field names its rule and a function that exists", patience, async (t) => {
  const page = await browser.open(t);
  await page.goto(pathToFileURL(path.join(repository, "web/inspector.html")).href);
  const codeOf = await page.evaluate(() => codeOf);
  for (const [call, header] of Object.values(codeOf).flat()) {
    assert.match(readFileSync(path.join(repository, "include/duplex", header), "utf8"), new RegExp(`\\b${call}\\(`));
  }
  for (const name of Object.keys(codeOf)) {
    assert.match(await page.evaluate((key) => textFor(key), `inspector.rule.${name}`), /^RFC 6455 §\d/);
  }

  // Pointing is enough; leaving goes back to what was chosen.
  await page.setInputFiles("#file", path.join(repository, "chapters/04-framing/hello.wire"));
  const explained = (text) => page.locator("#explanation h3", { hasText: text }).waitFor();
  await explained("Opcode");
  await page.locator("#diagram [data-field=key]").last().hover();   // its second part
  await explained(/Masking key\s*37 fa 21 3d/);
  await page.getByText("Read by apply_mask in include/duplex/frame.hpp").waitFor();
  await page.mouse.move(0, 0);
  await explained("Opcode");
  await frameRows(page).nth(1).click();
  await page.getByText("Written by encode_header in include/duplex/frame.hpp").waitFor();
  assert.deepEqual(page.complaints, []);
});

test("every transcript of the lessons can be looked at without a server", patience, async (t) => {
  const page = await browser.open(t);
  await page.goto(pathToFileURL(path.join(repository, "web/inspector.html")).href);
  await page.getByText("no server: load a .wire file").waitFor();
  const chapters = readdirSync(path.join(repository, "chapters")).filter((name) => /^\d\d-/.test(name));
  const files = chapters.flatMap((name) => readdirSync(path.join(repository, "chapters", name))
    .filter((file) => file.endsWith(".wire")).map((file) => path.join(repository, "chapters", name, file)));
  assert.ok(files.length > 20);
  for (const file of files) {
    await page.setInputFiles("#file", file);
    await page.getByText(`from the file ${path.basename(file)}`, { exact: true }).waitFor();
    // Each line that sends or expects is there, perhaps joined with others: none is empty, none is half a header.
    const text = readFileSync(file, "utf8");
    const opened = text.match(/^open /gm)?.length ?? 0;
    assert.equal(await page.locator("#frames > li.note", { hasText: "open /" }).count(), opened, file);
    assert.equal(await frameRows(page).count() > 0, /^([<>] |close )/m.test(text), file);
  }

  await page.setInputFiles("#file", path.join(repository, "chapters/04-framing/hello.wire"));
  await page.getByText("from the file hello.wire").waitFor();
  assert.deepEqual((await drawn(page)).bytes, [0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58]);
  assert.deepEqual((await drawn(page)).text, [..."Hello"]);

  const odd = path.join(scratch, "odd.wire");
  writeFileSync(odd, "open /\n> 81\n> 80 00 00 00 00\n< 82 03 .. \"a\" ×2\n< 82 7e 01 00 00 *\n< 8a\n");
  await page.setInputFiles("#file", odd);
  await page.getByText("from the file odd.wire").waitFor();
  assert.deepEqual(await page.evaluate(() => loaded.items.filter(({ kind }) => kind === "frame").map(({ bytes, size }) => [hexOf(bytes), size])),
                   [["81 80 00 00 00 00", 6], ["82 03 .. 61 61", 5], ["82 7e 01 00 00", 260], ["8a", 1]]);
  await frameRows(page).nth(1).click();
  assert.equal((await page.locator("#diagram .payload .bits").first().innerText()).replace(/\s/g, "").slice(0, 8), "········");

  // "A close with this code and any reason": how long it is, is left open.
  await page.setInputFiles("#file", path.join(repository, "chapters/05-messages/unmasked.wire"));
  await page.getByText("from the file unmasked.wire").waitFor();
  await row(page, "close").last().click();
  assert.equal((await drawn(page)).fields.code[1], "1002");
  assert.deepEqual((await drawn(page)).fields.length, ["·······", ""]);
  await page.locator("[data-field=length]").focus();
  await page.getByText("The transcript leaves this open").waitFor();

  writeFileSync(odd, "open /\n> 81 8\n");
  await page.setInputFiles("#file", odd);
  await problem(page, "“odd.wire” is not a transcript: line 2 is not in the language");
  await page.getByText("from the file unmasked.wire").waitFor();   // what was shown stays
  assert.deepEqual(page.complaints, []);
});

test("only its own page, by a name of this machine, may look; without --inspect there is nothing to see", patience, async (t) => {
  const server = await inspected(t);
  const { port } = new URL(server.url);
  const status = async (at, host, origin) =>
    (await rawPeer(t, at, { target: "/inspector", host, origin })).answer.split(" ")[1];
  for (const name of ["127.0.0.1", "localhost", "[::1]"]) {
    assert.equal(await status(server, `${name}:${port}`, `http://${name}:${port}`), "101", name);
    assert.equal(await status(server, `${name}:${port}`, undefined), "403", "no Origin");
    assert.equal(await status(server, `${name}:${port}`, "null"), "403", "a page from a file");
    assert.equal(await status(server, `${name}:${port}`, "https://example.com"), "403", "another site");
    assert.equal(await status(server, `${name}:${port}`, `http://${name}:1${port}`), "403", "another port");
  }
  for (const name of ["example.com", "localhost.example.com", "127.0.0.1.example.com", "192.0.2.1"]) {
    const answer = await status(server, `${name}:${port}`, `http://${name}:${port}`);
    assert.equal(answer, "403", `a name made to lead here: ${name}`);
  }
  for (const name of ["x[::1]", ""]) assert.equal(await status(server, `${name}:${port}`), "400", `no name: ${name}`);
  const refused = await rawPeer(t, server, { target: "/inspector?x=1", host: `example.com:${port}`, origin: `http://example.com:${port}` });
  assert.match(String(refused.received), /the inspector is for its own page, opened as localhost, 127\.0\.0\.1 or \[::1\]/);

  // Bound to this one address, where the server without --inspect is bound to all.
  const reaches = (at) => new Promise((resolve) => {
    const socket = connectTo(new URL(at.url).port, "127.0.0.2");
    socket.on("connect", () => resolve(true)).on("error", () => resolve(false)).on("close", () => socket.destroy());
    t.after(() => socket.destroy());
  });
  assert.equal(await reaches(server), false);

  const plain = await startProgram(tutorial, "0", "web");
  t.after(plain.stop);
  assert.equal(await reaches(plain), true);
  const peer = await rawPeer(t, plain, { target: "/inspector", origin: plain.url.slice(0, -1) });
  assert.match(peer.answer, /^HTTP\/1\.1 101 /);   // a path like any other
  peer.send(masked(0x88, ""));
  await peer.ended;
  assert.match(String(peer.received), /welcome to harvie's home !/);
});

test("a page that speaks another language is shown out, and one that does not read is let go", patience, async (t) => {
  const server = await inspected(t);
  const origin = server.url.slice(0, -1);
  for (const command of ["", "dance 1", "ping", "ping x", "raw", "raw 8", "raw 81 5", "raw zz", `raw ${Array(4097).fill("00").join(" ")}`]) {
    const socket = new WebSocket(`${server.url.replace("http", "ws")}inspector`, { origin });
    await once(socket, "open");
    socket.send(command);
    const [code, reason] = await once(socket, "close");
    assert.deepEqual([code, String(reason)], [1008, "this is no command of the inspector"], command.slice(0, 20));
  }
  const late = new WebSocket(`${server.url.replace("http", "ws")}inspector`, { origin });
  await once(late, "open");
  late.send("ping 999");   // gone meanwhile: no mistake
  late.send("close 999");
  late.ping();
  await once(late, "pong");
  late.close();
  await once(late, "close");

  // More than the kernel keeps for it (some 10 MB) and the server's queue for one peer (1 MiB): fragments of messages
  // that never end, each of which is three times as long in hex.
  const deaf = await rawPeer(t, server, { target: "/inspector", origin });
  assert.match(deaf.answer, /^HTTP\/1\.1 101 /);
  deaf.socket.pause();
  for (let number = 0; number < 6; ++number) {
    const peer = await rawPeer(t, server);
    const fragments = Array.from({ length: 250 }, (_, i) => masked(i === 0 ? 0x02 : 0x00, Buffer.alloc(4096)));
    peer.send(Buffer.concat([...fragments, masked(0x89, "all read?")]));
    while (!peer.received.includes("all read?")) await once(peer.socket, "data");
  }
  deaf.socket.resume();
  await deaf.ended;
  assert.match(String(deaf.received.subarray(-200)), /this page does not read fast enough$/);
});

test("the end of the server is told, and the page can connect again", patience, async (t) => {
  const first = await startProgram(tutorial, "--inspect", "0", "web");
  t.after(first.stop);
  const page = await watching(t, first);
  const { port } = new URL(first.url);
  await first.stop();
  await page.getByText("not connected; is the server running").waitFor();
  await button(page, "Ping").click();
  await problem(page, /Nobody is connected/);
  await button(page, "Send bytes").click();
  await problem(page, "The server does not listen to this page now");
  await inspected(t, port);
  await button(page, "Connect again").click();
  await page.locator("#lamp[data-state='1']").waitFor();
  assert.deepEqual(page.complaints, []);
});

/// Fills the page with one of everything that it can show.
async function showEverything(t, server, page) {
  const peer = await rawPeer(t, server, { target: `/${"long".repeat(30)}` });
  peer.send(Buffer.concat([masked(0x81, "word".repeat(400)), masked(0x01, "Hel"), masked(0x89, "?"), masked(0x80, "lo, 你好\n")]));
  await row(page, "lo, 你好").waitFor();
  await page.locator("#example").selectOption("unmasked");
  await page.locator("#raw-form button").click();
  await row(page, /1002/).nth(1).waitFor();
  await row(page, "lo, 你好").click();
}

for (const colorScheme of ["light", "dark"]) {
  test(`no serious accessibility fault, ${colorScheme}, in both languages`, patience, async (t) => {
    const server = await inspected(t);
    const page = await watching(t, server, { colorScheme });
    assert.deepEqual(await accessibilityFaults(page), []);
    await showEverything(t, server, page);
    assert.deepEqual(await accessibilityFaults(page), []);
    await button(page, "简体中文").click();
    await row(page, "发往服务器").first().waitFor();
    await page.getByText("由以下函数读取：").waitFor();
    assert.equal(await page.title(), "duplex：帧检查器");
    assert.deepEqual(await accessibilityFaults(page), []);
    await page.setInputFiles("#file", path.join(repository, "chapters/04-framing/length-65536.wire"));
    await page.getByText("来自文件 length-65536.wire").waitFor();
    assert.deepEqual(await accessibilityFaults(page), []);
    assert.deepEqual(page.complaints, []);
  });
}

test("on a phone of 320 pixels nothing stands outside the screen", patience, async (t) => {
  const server = await inspected(t);
  const page = await watching(t, server, { viewport: { width: 320, height: 640 } });
  await showEverything(t, server, page);
  const outside = () => page.evaluate(() => [...document.querySelectorAll("body, body *")]
    .filter((each) => each.getBoundingClientRect().right > 320).map((each) => each.outerHTML));
  for (const language of ["English", "简体中文"]) {
    await button(page, language).click();
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 320);
    assert.deepEqual(await outside(), []);
  }
  assert.equal(await page.locator("#diagram .bits-row").first().locator(".bits > span").count(), 16);
});

test("the keyboard is enough", patience, async (t) => {
  const server = await inspected(t);
  const page = await watching(t, server);
  await rawPeer(t, server);
  await row(page, "welcome").waitFor();
  const focused = () => page.evaluate(() => {
    const at = document.activeElement;
    const seen = at.type === "file" ? at.labels[0] : at;
    const name = at.labels?.[0] ?? document.getElementById(at.getAttribute("aria-labelledby")) ?? at;
    return `${getComputedStyle(seen).outlineStyle === "none" ? "unseen: " : ""}${at.dataset.field ?? name.textContent}`;
  });
  const walk = [];
  for (let stop = 0; stop < 25; ++stop) {
    await page.keyboard.press("Tab");
    walk.push(await focused());
  }
  assert.deepEqual(walk, [
    "Open the tutorial page", "English", "简体中文", "Save as .wire", "Load a .wire file", "Pause", "Clear", "Connection",
    "Opcode", "Frames", "fin", "rsv1", "rsv2", "rsv3", "opcode", "mask", "length", "payload",
    "The server speaks to connection", "Ping", "Three fragments", "Close 4000", "A careless client sends",
    "Its bytes, in hex", "Send bytes"]);
  await page.keyboard.press("Enter");
  await row(page, "get it message !").waitFor();

  await page.locator("#frames").focus();
  await page.keyboard.press("Home");
  await page.locator("#frames > li.note[aria-selected='true']").waitFor();
  await page.keyboard.press("ArrowDown");
  assert.match(await page.locator("[aria-selected='true']").innerText(), /welcome/);
  await page.keyboard.press("End");
  const last = await page.locator("#frames > li").last().getAttribute("id");
  assert.equal(await page.locator("#frames").getAttribute("aria-activedescendant"), last);
  await page.keyboard.press("ArrowUp");
  assert.notEqual(await page.locator("#frames").getAttribute("aria-activedescendant"), last);
  await page.locator("[data-field=fin]").focus();
  await page.locator("#explanation h3", { hasText: "FIN: the last fragment" }).waitFor();
  assert.deepEqual(page.complaints, []);
});

// The pictures of the documents. Connections and keys are fixed, and so is what the clock says.
if (process.env.DUPLEX_SCREENSHOTS === "1") {
  for (const [colorScheme, name] of [["light", "inspector.png"], ["dark", "inspector-dark.png"]]) {
    test(`docs/images/${name}`, patience, async (t) => {
      const server = await inspected(t, "9504");
      const page = await watching(t, server, { colorScheme, viewport: { width: 1280, height: 960 } });
      await page.addInitScript(() => (Date.prototype.toTimeString = () => "10:00:00 GMT"));
      await page.addInitScript(() => (Date.prototype.getMilliseconds = () => 120));
      await page.reload();
      await page.locator("#lamp[data-state='1']").waitFor();
      const peer = await rawPeer(t, server);
      await row(page, "welcome").waitFor();
      peer.send(masked(0x81, "hello, 你好"));
      await row(page, "get it message !").waitFor();
      await button(page, "Three fragments").click();
      await row(page, /continuation.*fragments/s).waitFor();
      peer.send(masked(0x89, "still there?"));
      await row(page, /pong/).waitFor();
      await page.getByLabel("A careless client sends").selectOption("unmasked");
      await button(page, "Send bytes").click();
      await row(page, /ended with 1002/).waitFor();
      await row(page, "hello, 你好").click();
      await page.evaluate(() => scrollTo(0, 0));
      await page.mouse.move(0, 0);
      const file = path.join(repository, "docs/images", name);
      await page.screenshot({ path: file });
      assert.ok(statSync(file).size < 250_000, "the picture is small enough for the repository");
    });
  }
}
