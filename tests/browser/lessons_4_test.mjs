// lesson: 4
// Frames of a real browser: what the page sends comes back, wherever the page was opened from.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { accessibilityFaults, repository, startBrowser, startProgram } from "./support.mjs";

const patience = { timeout: 120_000 };   // only ends a test that hangs

let browser;
before(async () => (browser = await startBrowser()));
after(() => browser.close());

async function opened(t, address = (server) => server.url) {
  const server = await startProgram("chapters/04-framing", "0");
  t.after(server.stop);
  const page = await browser.open(t);
  await page.goto(address(server));
  await page.getByText("Connected.", { exact: true }).waitFor();
  await server.line(/^1: the handshake is done$/);
  return { server, page };
}

async function say(page, text) {
  await page.getByLabel("Text").fill(text);
  await page.getByLabel("Text").press("Enter");
  await page.getByText(`echo: ${text}`, { exact: true }).waitFor();
}

test("text and binary come back, and the server prints their frames", patience, async (t) => {
  const { server, page } = await opened(t);
  await say(page, "hello, 你好 <b>");
  assert.match(await server.line(/^1: /), /^1: received 81 91  .* FIN text masked len 17 "hello, 你好 <b>"$/);
  await page.getByRole("button", { name: "Send 300 bytes" }).click();
  await page.getByText("echo: 300 bytes").waitFor();
  assert.match(await server.line(/^1: /), /^1: received 82 fe 01 2c  .* FIN binary masked len 300$/);
  assert.deepEqual(page.complaints, []);
  assert.deepEqual(await accessibilityFaults(page), []);
});

test("the page works when it is opened as a file", patience, async (t) => {
  const file = pathToFileURL(path.join(repository, "chapters/04-framing/web/index.html"));
  const { page } = await opened(t, (server) => `${file}?server=${server.url.replace("http", "ws")}`);
  await say(page, "from a file");
  assert.deepEqual(page.complaints, []);
});

test("a page cannot send before its socket is open, nor ping at all", patience, async (t) => {
  const { page } = await opened(t);
  const [error, calls] = await page.evaluate(() => {
    const early = new WebSocket(address);
    try {
      early.send("too early");
    } catch (error) {
      return [error.name, Object.keys(WebSocket.prototype).filter((name) => /ping|pong/i.test(name))];
    }
  });
  assert.equal(error, "InvalidStateError");
  assert.deepEqual(calls, []);
});

test("the page offers to send only while it is connected", patience, async (t) => {
  const { server, page } = await opened(t);
  assert.equal(await page.getByRole("button", { name: "Send", exact: true }).isDisabled(), false);
  await server.stop();
  await page.getByText("Not connected: closed with code 1006.").waitFor();
  for (const button of await page.getByRole("button").all()) assert.equal(await button.isDisabled(), true);
});
