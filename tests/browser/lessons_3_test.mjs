// lesson: 3
// The opening handshake of a real browser, and the bytes of its first frame.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { accessibilityFaults, startBrowser, startProgram } from "./support.mjs";

const patience = { timeout: 120_000 };   // only ends a test that hangs

let browser;
before(async () => (browser = await startBrowser()));
after(() => browser.close());

async function program(t) {
  const server = await startProgram("chapters/03-handshake", "0");
  t.after(server.stop);
  return server;
}

test("who visits the address of the handshake is told what to open", patience, async (t) => {
  const server = await program(t);
  const page = await browser.open(t);
  const answer = await page.goto(server.url);
  assert.equal(answer.status(), 426);
  await page.getByText("this address takes WebSocket connections; open /index.html for a page that makes one").waitFor();
});

test("the page's handshake is accepted, and its text arrives as a masked frame", patience, async (t) => {
  const server = await program(t);
  const page = await browser.open(t);
  await page.goto(`${server.url}index.html`);
  await page.getByText("Connected: the server has answered 101.").waitFor();
  await server.line(/^1: the handshake is done$/);

  await page.getByLabel("Text").fill("Hello");
  await page.getByRole("button", { name: "Send" }).click();
  await page.getByText("sent: Hello").waitFor();
  const bytes = (await server.line(/^1: /)).slice(3).split(" ").map((byte) => parseInt(byte, 16));
  assert.deepEqual(bytes.slice(0, 2), [0x81, 0x85]);
  assert.equal(String.fromCharCode(...bytes.slice(6).map((byte, i) => byte ^ bytes[2 + (i % 4)])), "Hello");

  assert.deepEqual(page.complaints, []);
  assert.deepEqual(await accessibilityFaults(page), []);
});

test("without a server the page says so and lets nothing be sent", patience, async (t) => {
  const server = await program(t);
  const page = await browser.open(t);
  await page.goto(`${server.url}index.html`);
  await page.getByText("Connected").waitFor();
  await server.stop();
  await page.getByText("Not connected: closed with code 1006.").waitFor();
  assert.equal(await page.getByRole("button", { name: "Send" }).isDisabled(), true);
});
