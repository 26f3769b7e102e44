// lesson: 7
// The page of lesson 7 in a real browser: it is told the news, in order, and never asks.
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { after, before, test } from "node:test";
import { accessibilityFaults, startBrowser, startProgram } from "./support.mjs";

const patience = { timeout: 120_000 };   // only ends a test that hangs

let browser;
before(async () => (browser = await startBrowser()));
after(() => browser.close());

async function noticeBoard(t, ...args) {
  const server = await startProgram("chapters/07-push", "0", "chapters/07-push/web", ...args);
  t.after(server.stop);
  server.post = (text) => fetch(`${server.url}news?${new URLSearchParams({ text })}`, { method: "POST" });
  server.cost = async () => (await fetch(`${server.url}cost`)).json();
  return server;
}

/// A line to the server that can be cut: all who use it lose their connection, and may come back.
async function lineTo(t, url) {
  const ends = new Set();
  const line = createServer((near) => {
    const far = connect(new URL(url).port, "127.0.0.1");
    near.pipe(far).pipe(near);
    for (const end of [near, far]) {
      ends.add(end);
      end.on("error", () => {});   // that it was cut
      end.on("close", () => ends.delete(end));
    }
  });
  const cut = () => ends.forEach((end) => end.destroy());
  t.after(() => {
    line.close();
    cut();
  });
  await once(line.listen(0, "127.0.0.1"), "listening");
  return { url: `http://127.0.0.1:${line.address().port}/`, cut };
}

const button = (page, name) => page.getByRole("button", { name, exact: true });
const status = (page, text) => page.getByRole("status").getByText(text, { exact: true }).waitFor();
const note = (page, text) => page.locator("#notes > li", { hasText: text });

/// The texts of the notes on the page, the newest first.
const notes = (page) => page.locator("#notes > li").evaluateAll((items) => items.map((item) => item.firstChild.data));

/// A page that is connected.
async function reader(t, server) {
  const page = await browser.open(t);
  await page.clock.install();
  await page.goto(server.url);
  await status(page, "Told 0 times.");
  return page;
}

test("10 idle seconds cost no request, and then each note is told without one", patience, async (t) => {
  const server = await noticeBoard(t);
  const page = await reader(t, server);
  const [asked, before] = [page.requested.length, await server.cost()];
  assert.equal(before.requests, 1);   // the opening handshake

  await page.clock.runFor(10_000);
  assert.deepEqual(await server.cost(), before);

  const texts = Array.from({ length: 20 }, (_, i) => `note ${i + 1}`);
  for (const text of texts) await server.post(text);
  await status(page, "Told 20 times.");
  assert.deepEqual(await notes(page), texts.reverse());
  const cost = await server.cost();
  assert.equal(cost.requests, before.requests);
  assert.equal(cost.notes, 20);
  assert.equal(cost.header_bytes - before.header_bytes, 20 * 2);
  assert.equal(page.requested.length, asked);
  assert.deepEqual(page.complaints, []);
});

test("a note that one page puts up is told to the other, and stays text", patience, async (t) => {
  const server = await noticeBoard(t);
  const [one, other] = [await reader(t, server), await reader(t, server)];
  const text = "<img src=x onerror=alert(1)> 你好";
  await one.getByLabel("Note").fill(text);
  await button(one, "Put it up").click();
  for (const page of [one, other]) {
    await note(page, text).getByText(/seen -?\d+ ms after it was posted/).waitFor();
    assert.deepEqual(await notes(page), [text]);
    assert.deepEqual(page.complaints, []);
  }
  await button(other, "What has it cost?").click();
  await other.getByText(/^2 requests brought 2 notes, with \d+ bytes of headers and \d+ bytes of notes\.$/).waitFor();
});

test("the page says how many readers there are", patience, async (t) => {
  const server = await noticeBoard(t, "1");
  const page = await reader(t, server);
  await page.getByText("readers: 1", { exact: true }).waitFor();
  await reader(t, server);
  await page.getByText("readers: 2", { exact: true }).waitFor();
  assert.deepEqual(await notes(page), []);
});

test("a page that has lost its connection comes back and has missed nothing", patience, async (t) => {
  const server = await noticeBoard(t);
  const line = await lineTo(t, server.url);
  const page = await reader(t, line);
  await server.post("tea");
  await note(page, "tea").waitFor();

  line.cut();
  await status(page, "The server does not answer.");
  for (const text of ["coffee", "milk"]) await server.post(text);
  await page.clock.runFor(1000);
  await note(page, "milk").waitFor();
  await server.post("cake");
  await note(page, "cake").waitFor();
  assert.deepEqual(await notes(page), ["cake", "milk", "coffee", "tea"]);
  assert.deepEqual(page.complaints, []);
});

test("everybody can use the page", patience, async (t) => {
  const server = await noticeBoard(t);
  for (const colorScheme of ["light", "dark"]) {
    const page = await browser.open(t, { colorScheme });
    await page.goto(server.url);
    await status(page, "Told 0 times.");
    assert.deepEqual(await accessibilityFaults(page), []);
  }
});
