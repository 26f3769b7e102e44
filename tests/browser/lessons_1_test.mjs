// lesson: 1
// The notice board by polling in a real browser: what a page that asks every second costs.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { accessibilityFaults, startBrowser, startProgram } from "./support.mjs";

const patience = { timeout: 120_000 };   // only ends a test that hangs

let browser;
before(async () => (browser = await startBrowser()));
after(() => browser.close());

async function board(t) {
  const server = await startProgram("chapters/01-polling", "0");
  t.after(server.stop);
  const page = await browser.open(t);
  // The page's clock stands still until the test moves it.
  await page.clock.install({ time: 0 });
  await page.clock.pauseAt(1000);
  await page.goto(server.url);
  await page.getByText("Asked 1 times.").waitFor();
  return { server, page };
}

const cost = async (server) => (await fetch(`${server.url}cost`)).json();
const asks = (page) => page.requested.filter((url) => url.includes("/news?since=")).length;
const put = (server, text) => fetch(`${server.url}news?text=${encodeURIComponent(text)}`, { method: "POST" });

test("ten seconds without news cost ten requests", patience, async (t) => {
  const { server, page } = await board(t);
  const before = await cost(server);
  for (let second = 1; second <= 10; second += 1) {
    await page.clock.runFor(1000);
    await page.getByText(`Asked ${1 + second} times.`).waitFor();
  }
  const after = await cost(server);
  assert.equal(after.requests - before.requests, 10);
  assert.equal(after.notes, 0);
  assert.equal(asks(page), 11);
  assert.deepEqual(page.complaints, []);
});

test("nothing is asked before a second has passed", patience, async (t) => {
  const { page } = await board(t);
  await page.clock.runFor(999);
  // Requests are reported in the order they are made: one for news would stand before that for the cost.
  await page.getByRole("button", { name: "What has it cost?" }).click();
  await page.getByText("1 requests brought 0 notes").waitFor();
  assert.equal(asks(page), 1);
  await page.clock.runFor(1);
  await page.getByText("Asked 2 times.").waitFor();
});

test("news is seen with the next question, once, and as text", patience, async (t) => {
  const { server, page } = await board(t);
  await put(server, "<img src=x onerror=alert(1)>");
  await page.getByLabel("Note").fill("tea & 茶");
  const posted = page.waitForResponse((answer) => answer.request().method() === "POST");
  await page.getByRole("button", { name: "Put it up" }).click();
  assert.equal((await posted).status(), 201);
  assert.equal(await page.getByRole("listitem").count(), 0);

  await page.clock.runFor(1000);
  await page.getByText("Asked 2 times.").waitFor();
  await page.clock.runFor(1000);
  await page.getByText("Asked 3 times.").waitFor();
  assert.equal(await page.getByRole("listitem").count(), 2);
  await page.getByRole("listitem").first().getByText("tea & 茶").waitFor();
  await page.getByRole("listitem").last().getByText("<img src=x onerror=alert(1)>").waitFor();

  await page.getByRole("button", { name: "What has it cost?" }).click();
  const { header_bytes, payload_bytes } = await cost(server);
  await page.getByText(`3 requests brought 2 notes, with ${header_bytes} bytes of headers and ` +
    `${payload_bytes} bytes of notes.`).waitFor();
  assert.deepEqual(page.complaints, []);
  await page.clock.resume();   // the checker waits by the page's clock
  assert.deepEqual(await accessibilityFaults(page), []);
});

test("a server that has ended is said to be silent", patience, async (t) => {
  const { server, page } = await board(t);
  await server.stop();
  await page.clock.runFor(1000);
  await page.getByText("The server does not answer.").waitFor();
});
