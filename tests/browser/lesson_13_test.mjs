// lesson: 13
// The page of lesson 13 in a real browser: its connections speak, and it shows which loop serves how many of them.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { accessibilityFaults, startBrowser, startProgram } from "./support.mjs";

const patience = { timeout: 120_000 };   // only ends a test that hangs

let browser;
before(async () => (browser = await startBrowser()));
after(() => browser.close());

const button = (page, name) => page.getByRole("button", { name, exact: true });
const counted = (page, id, number) => page.locator(`#${id}`).getByText(`${number}`, { exact: true }).waitFor();
const shown = (page, pattern) => page.locator("#loops").getByText(pattern).waitFor();

test("connections speak and the loops that serve them are shown", patience, async (t) => {
  const server = await startProgram("chapters/13-many-cores", "0", "--threads", "3");
  t.after(server.stop);
  const page = await browser.open(t);
  await page.goto(server.url);
  await shown(page, /^loop 1: 0 peers, 0 messages\nloop 2: 0 peers, 0 messages\nloop 3: 0 peers/);

  await button(page, "Open").click();
  await counted(page, "open", 8);
  // A message that was answered has been followed by another one.
  await shown(page, /^loop 1: 3 peers, \d{2,} messages\nloop 2: 3 peers, \d{2,} messages\nloop 3: 2 peers, \d{2,} messages/);
  await page.getByLabel("Connections").fill("1");
  await button(page, "Open").click();
  await counted(page, "open", 9);
  await shown(page, /loop 3: 3 peers/);
  await button(page, "Close all").click();
  await counted(page, "open", 0);
  await shown(page, /^loop 1: 0 peers.*\nloop 2: 0 peers.*\nloop 3: 0 peers/);
  await counted(page, "failed", 0);
  assert.deepEqual(page.complaints, []);

  assert.equal(await server.stop(), 0);
  await shown(page, /^The server does not answer any more/);
});

test("everybody can use the page", patience, async (t) => {
  const server = await startProgram("chapters/13-many-cores", "0");
  t.after(server.stop);
  for (const colorScheme of ["light", "dark"]) {
    const page = await browser.open(t, { colorScheme });
    await page.goto(server.url);
    await shown(page, /^loop 1/);
    assert.deepEqual(await accessibilityFaults(page), []);
  }
});
