// lesson: 5
// Messages of a real browser: they come back, and the conversation ends with a code that both sides know.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { accessibilityFaults, startBrowser, startProgram } from "./support.mjs";

const patience = { timeout: 120_000 };   // only ends a test that hangs

let browser;
before(async () => (browser = await startBrowser()));
after(() => browser.close());

async function opened(t) {
  const server = await startProgram("chapters/05-messages", "0");
  t.after(server.stop);
  const page = await browser.open(t);
  await page.goto(server.url);
  await page.getByText("Connected.", { exact: true }).waitFor();
  await server.line(/^1: the handshake is done$/);
  return { server, page };
}

async function closeWith(page, code, reason) {
  await page.getByLabel("Code").fill(code);
  await page.getByLabel("Reason").fill(reason);
  await page.getByRole("button", { name: "Close" }).click();
}

test("messages come back, and a close is answered with its code", patience, async (t) => {
  const { server, page } = await opened(t);
  for (const text of ["hello, 你好", "x".repeat(70_000)]) {
    await page.getByLabel("Text").fill(text);
    await page.getByRole("button", { name: "Send" }).click();
    await page.getByText(`echo: ${text}`, { exact: true }).waitFor();
  }
  await server.line(/^1: text message, 13 bytes "hello, 你好"$/);
  await server.line(/^1: text message, 70000 bytes "x{64}…"$/);
  assert.deepEqual(await accessibilityFaults(page), []);

  await closeWith(page, "4000", "done");
  await page.getByText("Not connected: closed with code 4000, after a closing handshake.").waitFor();
  await server.line(/^1: close 4000, reason of 4 bytes "done"$/);
  assert.equal(await page.getByRole("button", { name: "Send" }).isDisabled(), true);
  assert.deepEqual(page.complaints, []);
});

test("a code that a page may not use is explained, and nothing is closed", patience, async (t) => {
  const { page } = await opened(t);
  await closeWith(page, "1002", "");
  await page.getByText(/^not closed: .*1002/).waitFor();
  await page.getByText("Connected.", { exact: true }).waitFor();
});
