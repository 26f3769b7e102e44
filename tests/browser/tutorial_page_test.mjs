// lesson: 8
// The page of the tutorial server in a real browser: what it shows, what it explains, and who can use it.
import assert from "node:assert/strict";
import { once } from "node:events";
import { statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import path from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { WebSocketServer } from "ws";
import { accessibilityFaults, repository, scratch, startBrowser, startProgram } from "./support.mjs";

const webSocketAddress = (url) => url.replace("http", "ws");
const patience = { timeout: 120_000 };   // only ends a test that hangs

let browser;
before(async () => (browser = await startBrowser()));
after(() => browser.close());

/// The program under test; it must also end well.
async function tutorialServer(t, port = "0") {
  const server = await startProgram("chapters/08-tutorial-server", port, "web");
  t.after(async () => assert.equal(await server.stop(), 0, "the tutorial server ends with status 0"));
  return server;
}

/// A server that does to each connection what the test wants, to show the page what ours never does.
async function serverThat(t, act) {
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
  server.on("connection", act);
  await once(server, "listening");
  t.after(() => {
    for (const client of server.clients) client.terminate();
    server.close();
  });
  return `ws://127.0.0.1:${server.address().port}/`;
}

const filePage = pathToFileURL(path.join(repository, "web/index.html")).href;

// What a reader finds on the page.
const button = (page, name) => page.getByRole("button", { name, exact: true });
const box = (page, name) => page.getByLabel(name, { exact: true });
const entry = (page, text) => page.locator("#entries > li", { hasText: text });
// A button marked as disabled can be pressed all the same, and then explains itself. Playwright would wait for it.
const pressAnyway = (page, name) => button(page, name).click({ force: true });
const lampSays = (page, word) => page.getByRole("status").getByText(word, { exact: true }).waitFor();

async function connectTo(page, address) {
  await box(page, "Address of the server").fill(address);
  await button(page, "Connect").click();
}

async function sendText(page, text) {
  await box(page, "Text message").fill(text);
  await box(page, "Text message").press("Enter");
}

async function disconnectWith(page, code, reason) {
  await box(page, "Close code").fill(code);
  await box(page, "Reason (optional)").fill(reason);
  await button(page, "Disconnect").click();
}

test("a conversation: greeted, text and binary answered, closed with 4000, connected again", patience, async (t) => {
  const server = await tutorialServer(t);
  const page = await browser.open(t);
  await page.goto(server.url);

  assert.equal(await box(page, "Address of the server").inputValue(), webSocketAddress(server.url));
  await lampSays(page, "open");
  await entry(page, /connected$/).waitFor();
  await entry(page, /data received from the server:\s*text, 27 bytes\s*welcome to harvie's home !/).waitFor();

  await sendText(page, "hello, 你好");
  await entry(page, /data sent to the server:\s*text, 13 bytes\s*hello, 你好/).waitFor();
  await entry(page, /data received from the server:\s*text, 16 bytes\s*get it message !/).waitFor();
  assert.equal(await box(page, "Text message").inputValue(), "");
  assert.match(await server.line(/^receive from 1:hello/), /,opcode:1,fin:1$/);

  await page.setInputFiles("#file", { name: "four.bin", mimeType: "", buffer: Buffer.from([0, 127, 128, 255]) });
  await page.getByText("four.bin, 4 bytes").waitFor();
  await button(page, "Send file").click();
  await entry(page, /data sent to the server:\s*binary, 4 bytes\s*00 7f 80 ff/).waitFor();
  assert.match(await server.line(/^receive from 1:/), /,opcode:2,fin:1$/);
  await entry(page, "get it message !").nth(1).waitFor();

  await disconnectWith(page, "4000", "bye");
  await lampSays(page, "not connected");
  await entry(page, /closed\s*code 4000, after a closing handshake\s*A private code/).waitFor();
  await server.line(/^client 1 closed$/);

  await button(page, "Connect").click();
  await lampSays(page, "open");
  await entry(page, "welcome to harvie's home !").nth(1).waitFor();

  // Connecting while connected: the old connection ends before the new one talks.
  await button(page, "Connect").click();
  await entry(page, /closed\s*code 1000/).waitFor();
  await entry(page, "welcome to harvie's home !").nth(2).waitFor();
  await server.line(/^client 2 closed$/);
  await lampSays(page, "open");

  assert.deepEqual(page.complaints, []);
  const files = ["", "i18n.js", "index.js", "style.css"].map((name) => server.url + name);
  assert.deepEqual(page.requested.filter((url) => url.startsWith("http")).sort(), files.sort());
});

test("the end of the server is explained", patience, async (t) => {
  const server = await startProgram("chapters/08-tutorial-server", "0", "web");
  t.after(server.stop);
  const page = await browser.open(t);
  await page.goto(server.url);
  await entry(page, "welcome to harvie's home !").waitFor();
  assert.equal(await server.stop(), 0);
  await entry(page, /closed\s*code 1001, after a closing handshake\s*Going away/).waitFor();
  assert.deepEqual(page.complaints, []);
});

test("the language: the browser's at first, then the reader's choice, which is remembered", patience, async (t) => {
  const server = await tutorialServer(t);

  const page = await browser.open(t, { locale: "en-US" });
  await page.goto(server.url);
  await entry(page, "data received from the server:").waitFor();
  assert.equal(await page.title(), "duplex: WebSocket tutorial");

  // What already stands in the log follows.
  await button(page, "简体中文").click();
  await entry(page, "连接成功").waitFor();
  await entry(page, /从服务器接受到的数据为:\s*文本，27字节\s*welcome to harvie's home !/).waitFor();
  assert.equal(await page.locator("html").getAttribute("lang"), "zh-CN");
  assert.equal(await page.title(), "duplex：WebSocket 教程");
  await button(page, "断开").click();
  await entry(page, /连接关闭\s*代码 1000/).waitFor();
  await pressAnyway(page, "发送文本");
  await entry(page, "错误发生信息:").waitFor();

  await page.reload();
  await entry(page, "连接成功").waitFor();

  await button(page, "English").click();
  await entry(page, /connected$/).waitFor();
  await page.reload();
  await entry(page, /connected$/).waitFor();
  assert.equal(await page.locator("html").getAttribute("lang"), "en");
  assert.deepEqual(page.complaints, []);

  for (const [locale, lang] of [["zh-CN", "zh-CN"], ["de-DE", "en"]]) {
    const other = await browser.open(t, { locale });
    await other.goto(server.url);
    assert.equal(await other.locator("html").getAttribute("lang"), lang, `a browser set to ${locale}`);
  }
});

test("where storage is blocked the language still switches", patience, async (t) => {
  const server = await tutorialServer(t);
  const page = await browser.open(t);
  await page.addInitScript(() => Object.defineProperty(window, "localStorage", {
    get() { throw new DOMException("blocked by this test", "SecurityError"); },
  }));
  await page.goto(server.url);
  await button(page, "简体中文").click();
  await entry(page, "连接成功").waitFor();
  assert.deepEqual(page.complaints, []);
});

test("every text exists in both languages, with the same places for values", patience, async (t) => {
  const page = await browser.open(t);
  await page.goto(filePage);
  const texts = await page.evaluate(() => texts);
  const places = (text) => (text.match(/\{\w+\}/g) ?? []).sort();
  for (const [key, { en, zh, ...more }] of Object.entries(texts)) {
    assert.ok(en && zh, key);
    assert.deepEqual(more, {}, key);
    assert.deepEqual(places(en), places(zh), key);
  }
});

test("opened as a file, it is told the address", patience, async (t) => {
  const server = await tutorialServer(t);
  const page = await browser.open(t);
  await page.goto(filePage);

  assert.equal(await box(page, "Address of the server").inputValue(), "ws://127.0.0.1:9504/");
  await lampSays(page, "not connected");
  await connectTo(page, webSocketAddress(server.url));
  await lampSays(page, "open");
  await sendText(page, "from a file");
  await entry(page, "get it message !").waitFor();
  assert.deepEqual(page.complaints, []);
});

test("nothing can be sent without an open connection, and the page says so", patience, async (t) => {
  const page = await browser.open(t);
  await page.goto(filePage);
  await page.getByText("Messages can be sent only while the lamp says “open”").waitFor();

  await sendText(page, "too early");
  await entry(page, /errors:\s*Not sent: there is no connection/).waitFor();
  assert.equal(await box(page, "Text message").inputValue(), "too early");   // nothing typed is lost
  assert.equal(await button(page, "Send text").getAttribute("aria-disabled"), "true");

  await pressAnyway(page, "Send file");
  await entry(page, /errors:\s*Not sent: no file is chosen/).waitFor();
  await pressAnyway(page, "Disconnect");
  await entry(page, /errors:\s*There is no connection that could be closed/).waitFor();
  assert.deepEqual(page.complaints, []);
});

test("while the handshake is under way, sending is refused too", patience, async (t) => {
  const silent = createServer().listen(0, "127.0.0.1");   // accepts, and never answers the handshake
  const taken = once(silent, "connection");
  await once(silent, "listening");
  const page = await browser.open(t);
  await page.goto(filePage);
  await connectTo(page, `ws://127.0.0.1:${silent.address().port}/`);
  const [socket] = await taken;
  t.after(() => {
    socket.destroy();
    silent.close();
  });

  await lampSays(page, "connecting");
  await sendText(page, "too early");
  await entry(page, /errors:\s*Not sent: the connection is still being opened/).waitFor();
});

test("an illegal close code and a long reason are explained, and the connection stays", patience, async (t) => {
  const server = await tutorialServer(t);
  const page = await browser.open(t);
  await page.goto(server.url);
  await lampSays(page, "open");

  for (const code of ["", "999", "1001", "1006", "2999", "5000", "3000.5", "x"]) {
    await disconnectWith(page, code, "");
    const refusal = `Not closed: a page may close with 1000 or with 3000 to 4999 only, not with “${code}”.`;
    await entry(page, refusal).waitFor();
    assert.equal(await box(page, "Close code").getAttribute("aria-invalid"), "true");
  }

  // 42 characters of three bytes are 126 bytes, 41 are 123: bytes count, not characters.
  await disconnectWith(page, "3000", "再".repeat(42));
  await entry(page, "Not closed: the reason has 126 bytes, and a close frame has room for 123 bytes.").waitFor();
  assert.equal(await box(page, "Close code").getAttribute("aria-invalid"), null);
  assert.equal(await box(page, "Reason (optional)").getAttribute("aria-invalid"), "true");
  await lampSays(page, "open");

  await disconnectWith(page, "3000", "再".repeat(41));
  await entry(page, /closed\s*code 3000, after a closing handshake/).waitFor();
  assert.deepEqual(page.complaints, []);
});

test("a refused connection is explained in words", patience, async (t) => {
  const unused = createServer().listen(0, "127.0.0.1");
  await once(unused, "listening");
  const { port } = unused.address();
  unused.close();
  await once(unused, "close");

  const page = await browser.open(t);
  await page.goto(filePage);
  await connectTo(page, `ws://127.0.0.1:${port}/`);
  await entry(page, /errors:\s*No connection to ws:\/\/127\.0\.0\.1:\d+\/.*Is the server running\?/).waitFor();
  const end = /closed\s*code 1006, without a closing handshake\s*Abnormal: .*Check that the server is running/;
  await entry(page, end).waitFor();
  await lampSays(page, "not connected");

  // The one complaint is the browser's own note of the refusal, to which the page points its reader.
  assert.equal(page.complaints.length, 1);
  assert.match(page.complaints[0], /ERR_CONNECTION_REFUSED/);

  await connectTo(page, "gopher://127.0.0.1/");
  await entry(page, /errors:\s*“gopher:\/\/127\.0\.0\.1\/” is not an address that a WebSocket can use/).waitFor();
});

test("every way a server can end a connection is explained, in both languages", patience, async (t) => {
  const meanings = {
    1000: [/Normal/, /正常关闭/],
    1001: [/Going away/, /对方离开/],
    1002: [/Protocol error/, /协议错误/],
    1003: [/Unsupported data/, /不支持的数据/],
    1005: [/No code/, /没有代码/],
    1006: [/Abnormal.*Check that the server is running/, /异常关闭.*请检查服务器是否在运行/],
    1007: [/Invalid data/, /数据无效/],
    1008: [/Policy/, /违反策略/],
    1009: [/Too big/, /消息过大/],
    1010: [/Extension missing/, /缺少扩展/],
    1011: [/Server error/, /服务器错误/],
    1012: [/Restart/, /服务重启/],
    1013: [/Try again later/, /请稍后再试/],
    1014: [/Bad gateway/, /网关错误/],
    3000: [/a library or framework/, /库或框架/],
    3999: [/a library or framework/, /库或框架/],
    4000: [/A private code/, /私有代码/],
    4999: [/A private code/, /私有代码/],
  };
  const address = await serverThat(t, (socket, request) => {
    const code = Number(request.url.slice(1));
    if (code === 0) request.socket.write(Buffer.from([0x83, 0x00]));   // opcode 3 does not exist
    else if (code === 1006) socket.terminate();
    else if (code === 1005) socket.close();
    else socket.close(code, "<b>because</b>");
  });
  const page = await browser.open(t);
  await page.goto(filePage);
  for (const [code, [english, chinese]] of Object.entries(meanings)) {
    await connectTo(page, address + code);
    const end = entry(page, `code ${code}, `);
    await end.waitFor();
    assert.match(await end.innerText(), english);
    if (code !== "1005" && code !== "1006") assert.match(await end.innerText(), /<b>because<\/b>/);
    await button(page, "简体中文").click();
    assert.match(await entry(page, `代码 ${code}，`).innerText(), chinese);
    await button(page, "English").click();
  }
  assert.deepEqual(page.complaints, []);

  await connectTo(page, `${address}0`);
  await entry(page, /errors:\s*The open connection broke/).waitFor();
  await entry(page, "code 1006, ").nth(1).waitFor();
  assert.match(page.complaints.join(), /opcode/);   // the console says what the page may not know

  // No frame may carry 1015, so the page is asked.
  assert.match(await page.evaluate(() => textFor(meaningOf(1015))), /^TLS failed/);
  assert.match(await page.evaluate(() => textFor(meaningOf(2000))), /^A code with no meaning known/);
});

test("what a server sends stays text; long data is cut, at a character, with a note", patience, async (t) => {
  const markup = `<img src="x" onerror="document.title='taken'"><script>document.title='taken'</script>`;
  const address = await serverThat(t, (socket) => {
    socket.send(markup);
    socket.send(Buffer.from([0xde, 0xad, 0xbe, 0xef]));
    socket.send("a" + "语".repeat(1000));          // 3001 bytes; the 2000th is inside a character
    socket.send(Buffer.alloc(1000, 0x5a));
    socket.send("");
    socket.send("that was all");
  });
  const page = await browser.open(t);
  await page.goto(filePage);
  await connectTo(page, address);
  await entry(page, "that was all").waitFor();

  const received = page.locator("#entries > .received");
  const data = await received.locator("pre").allTextContents();
  assert.deepEqual(data, [markup, "de ad be ef", "a" + "语".repeat(666), Array(256).fill("5a").join(" "), "",
                          "that was all"]);
  const sizes = await received.locator(".size").allTextContents();
  assert.deepEqual(sizes, [`text, ${markup.length} bytes`, "binary, 4 bytes", "text, 3,001 bytes", "binary, 1,000 bytes",
                           "text, 0 bytes", "text, 12 bytes"]);
  assert.match(await received.nth(2).innerText(), /only the first 2,000 bytes of 3,001 bytes are shown/);
  assert.match(await received.nth(3).innerText(), /only the first 256 bytes of 1,000 bytes are shown/);
  assert.equal(await page.locator("#entries img, #entries script").count(), 0);
  assert.equal(await page.title(), "duplex: WebSocket tutorial");
  assert.deepEqual(page.complaints, []);
});

test("a server that never stops talking does not fill the browser", patience, async (t) => {
  const address = await serverThat(t, (socket) => {
    for (let number = 1; number <= 600; ++number) socket.send(`message ${number}`);
  });
  const page = await browser.open(t);
  await page.goto(filePage);
  await connectTo(page, address);
  await entry(page, /message 600$/).waitFor();
  const kept = await page.locator("#entries > li pre").allTextContents();
  assert.deepEqual([kept.length, kept[0], kept.at(-1)], [500, "message 101", "message 600"]);

  // The newest entry is in sight; after the log is cleared, none is left.
  assert.ok(await page.locator("#log").evaluate((log) => log.scrollHeight - log.scrollTop - log.clientHeight < 2));
  await button(page, "Clear").click();
  assert.equal(await page.locator("#entries > li").count(), 0);
  await page.getByText("Nothing yet.").waitFor();
});

test("what still waits to be sent is shown; a message over the limit ends with 1009, explained", patience, async (t) => {
  const server = await tutorialServer(t);
  const page = await browser.open(t);
  await page.goto(server.url);
  await lampSays(page, "open");
  // Gone again in a moment, so an observer in the page writes down what has been shown.
  await page.evaluate(() => {
    window.shownWaiting = [];
    new MutationObserver(() => window.shownWaiting.push(waitingLine.hidden ? "nothing" : waitingLine.textContent))
      .observe(waitingLine, { childList: true });
  });

  const file = path.join(scratch, "large.bin");
  writeFileSync(file, Buffer.alloc(1024 * 1024, 0x5a));   // exactly the limit
  await page.setInputFiles("#file", file);
  await button(page, "Send file").click();
  await entry(page, "get it message !").waitFor();
  assert.equal((await page.evaluate(() => window.shownWaiting))[0],
               "waiting in the browser to be sent (bufferedAmount): 1,048,576 bytes");
  await page.locator("#waiting").waitFor({ state: "hidden" });

  writeFileSync(file, Buffer.alloc(1024 * 1024 + 1, 0x5a));
  await page.setInputFiles("#file", file);
  await button(page, "Send file").click();
  await entry(page, /closed\s*code 1009, after a closing handshake\s*Too big/).waitFor();
  assert.deepEqual(page.complaints, []);
});

test("a file that was changed after it was chosen is not sent, and the page says why", patience, async (t) => {
  const server = await tutorialServer(t);
  const page = await browser.open(t);
  await page.goto(server.url);
  const file = path.join(scratch, "changed.txt");
  writeFileSync(file, "before");
  await page.setInputFiles("#file", file);
  writeFileSync(file, "after, and longer");
  await button(page, "Send file").click();
  await entry(page, /errors:\s*Not sent: the browser could not read “changed\.txt”/).waitFor();
  assert.deepEqual(page.complaints, []);
});

test("the keyboard is enough", patience, async (t) => {
  const server = await tutorialServer(t);
  const page = await browser.open(t);
  const threeBytes = { name: "key.bin", mimeType: "", buffer: Buffer.from([1, 2, 3]) };
  page.once("filechooser", (chooser) => chooser.setFiles(threeBytes));
  await page.goto(filePage);

  // What has the focus, by the name a screen reader gives it, and whether that can be seen.
  const focused = () => page.evaluate(() => {
    const at = document.activeElement;
    const seen = at.type === "file" ? at.labels[0] : at;   // the file input shows its focus on its label
    const name = at.labels?.[0] ?? document.getElementById(at.getAttribute("aria-labelledby")) ?? at;
    return `${getComputedStyle(seen).outlineStyle === "none" ? "unseen: " : ""}${name.textContent}`;
  });
  const walk = [];
  for (let stop = 0; stop < 13; ++stop) {
    await page.keyboard.press("Tab");
    walk.push(await focused());
  }
  assert.deepEqual(walk, ["English", "简体中文", "Address of the server", "Connect", "Close code", "Reason (optional)",
                          "Disconnect", "Text message", "Send text", "Choose a file", "Send file", "Clear", "Log"]);

  const walkTo = async (name, key = "Tab") => {
    for (let stop = 0; stop < 20; ++stop) {
      if (await focused() === name) return;
      await page.keyboard.press(key);
    }
    assert.fail(`${key} never reaches ${name}`);
  };
  await walkTo("Address of the server", "Shift+Tab");
  await page.keyboard.press("Control+A");
  await page.keyboard.type(webSocketAddress(server.url));
  await page.keyboard.press("Enter");
  await lampSays(page, "open");

  await walkTo("Text message");
  await page.keyboard.type("no mouse");
  await page.keyboard.press("Enter");
  await entry(page, "get it message !").waitFor();

  await walkTo("Choose a file");
  await page.keyboard.press("Enter");
  await page.getByText("key.bin, 3 bytes").waitFor();
  await walkTo("Send file");
  await page.keyboard.press("Space");
  await entry(page, /binary, 3 bytes\s*01 02 03/).waitFor();

  await walkTo("Disconnect", "Shift+Tab");
  await page.keyboard.press("Space");
  await entry(page, /closed\s*code 1000/).waitFor();

  await walkTo("简体中文", "Shift+Tab");
  await page.keyboard.press("Enter");
  await entry(page, /连接关闭\s*代码 1000/).waitFor();
  assert.deepEqual(page.complaints, []);
});

/// Fills the page with one of everything it can show.
async function showEverything(page) {
  await entry(page, "welcome to harvie's home !").waitFor();
  await sendText(page, "word".repeat(400));   // nothing to break at
  await entry(page, "get it message !").waitFor();
  await page.setInputFiles("#file", { name: `${"long".repeat(20)}.bin`, mimeType: "", buffer: Buffer.alloc(300) });
  await button(page, "Send file").click();
  await entry(page, "get it message !").nth(1).waitFor();
  await disconnectWith(page, "1006", "");
  await entry(page, "Not closed").waitFor();
}

for (const colorScheme of ["light", "dark"]) {
  test(`no serious accessibility fault, ${colorScheme}, open and closed, in both languages`, patience, async (t) => {
    const server = await tutorialServer(t);
    const page = await browser.open(t, { colorScheme });
    await page.goto(server.url);
    await showEverything(page);
    assert.deepEqual(await accessibilityFaults(page), []);
    await disconnectWith(page, "4000", "");
    await lampSays(page, "not connected");
    await button(page, "简体中文").click();
    assert.deepEqual(await accessibilityFaults(page), []);
    assert.deepEqual(page.complaints, []);
  });
}

test("on a phone of 320 pixels nothing stands outside the screen", patience, async (t) => {
  const server = await tutorialServer(t);
  const page = await browser.open(t, { viewport: { width: 320, height: 640 } });
  await page.goto(server.url);
  await showEverything(page);
  // Elements that reach past the edge, or hold more than they show (which an input may: it scrolls by itself).
  const outside = () => page.evaluate(() => [...document.querySelectorAll("body, body :not(input)")]
    .filter((element) => element.getBoundingClientRect().right > 320
                      || (element.clientWidth > 0 && element.scrollWidth > element.clientWidth))
    .map((element) => element.outerHTML));
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 320);
  assert.deepEqual(await outside(), []);
  await button(page, "简体中文").click();
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 320);
  assert.deepEqual(await outside(), []);
});

// The pictures of the documents. On port 9504 and with a clock of its own, so that they come out the same each time.
if (process.env.DUPLEX_SCREENSHOTS === "1") {
  for (const [colorScheme, name] of [["light", "tutorial-page.png"], ["dark", "tutorial-page-dark.png"]]) {
    test(`docs/images/${name}`, patience, async (t) => {
      const server = await tutorialServer(t, "9504");
      const page = await browser.open(t, { colorScheme, viewport: { width: 1200, height: 760 }, timezoneId: "UTC" });
      const at = (time) => page.clock.setFixedTime(`2024-01-01T${time}Z`);
      await at("10:00:00.120");
      await page.goto(server.url);
      await entry(page, "welcome to harvie's home !").waitFor();
      await at("10:00:09.480");
      await sendText(page, "hello, 你好");
      await entry(page, "get it message !").waitFor();
      await at("10:00:21.050");
      const image = Buffer.from("GIF89a\x01\0\x01\0\x80", "latin1");   // the first bytes of one
      await page.setInputFiles("#file", { name: "dot.gif", mimeType: "image/gif", buffer: image });
      await button(page, "Send file").click();
      await entry(page, "get it message !").nth(1).waitFor();
      await at("10:00:30.700");
      await disconnectWith(page, "1006", "");
      await entry(page, "Not closed").waitFor();
      await box(page, "Close code").fill("4000");
      await box(page, "Text message").fill("one more");
      await box(page, "Text message").blur();
      await page.mouse.move(0, 0);
      const file = path.join(repository, "docs/images", name);
      await page.screenshot({ path: file });
      assert.ok(statSync(file).size < 150_000, "the picture is small enough for the repository");
    });
  }
}
