// lesson: 6
// The page of lesson 6 in a real browser: many connections, each of which hears its own echo.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { accessibilityFaults, startBrowser, startProgram } from "./support.mjs";

const patience = { timeout: 120_000 };   // only ends a test that hangs

let browser;
before(async () => (browser = await startBrowser()));
after(() => browser.close());

const button = (page, name) => page.getByRole("button", { name, exact: true });
const counted = (page, id, number) => page.locator(`#${id}`).getByText(`${number}`, { exact: true }).waitFor();

test("connections are opened, speak, hear their echo and are closed", patience, async (t) => {
  const server = await startProgram("chapters/06-callbacks", "0");
  t.after(server.stop);
  const page = await browser.open(t);
  await page.goto(server.url);

  await button(page, "Open").click();
  await counted(page, "open", 50);
  await button(page, "Send a message on each").click();
  await counted(page, "received", 50);
  await page.getByLabel("Connections").fill("3");
  await button(page, "Open").click();
  await counted(page, "open", 53);
  await button(page, "Send a message on each").click();
  await counted(page, "received", 103);
  await button(page, "Close all").click();
  await counted(page, "closed", 53);
  await counted(page, "open", 0);
  await counted(page, "sent", 103);
  await counted(page, "failed", 0);

  // Every one of them was a peer of the server's, to the last.
  await server.line(/^53: open, 53 here$/);
  await server.line(/: text message, 11 bytes "message 103"$/);
  await server.line(/: closed with 1000, 0 here$/);
  assert.deepEqual(page.complaints, []);
  assert.deepEqual(page.requested.filter((url) => url.startsWith("http")), [server.url, `${server.url}index.js`]);
});

test("the end of the server reaches every connection", patience, async (t) => {
  const server = await startProgram("chapters/06-callbacks", "0");
  t.after(server.stop);
  const page = await browser.open(t);
  await page.goto(server.url);
  await button(page, "Open").click();
  await counted(page, "open", 50);
  assert.equal(await server.stop(), 0);
  await counted(page, "closed", 50);
  await counted(page, "failed", 0);

  // Nobody is there any more: the browser says so in its console, and the page in its count.
  await button(page, "Open").click();
  await counted(page, "failed", 50);
  await counted(page, "open", 0);
});

test("everybody can use the page", patience, async (t) => {
  const server = await startProgram("chapters/06-callbacks", "0");
  t.after(server.stop);
  for (const colorScheme of ["light", "dark"]) {
    const page = await browser.open(t, { colorScheme });
    await page.goto(server.url);
    assert.deepEqual(await accessibilityFaults(page), []);
  }
});
