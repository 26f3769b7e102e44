// lesson: 2
// The notice board by long polling in a real browser: a request for each piece of news, and none without.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { accessibilityFaults, startBrowser, startProgram } from "./support.mjs";

const patience = { timeout: 120_000 };   // only ends a test that hangs

let browser;
before(async () => (browser = await startBrowser()));
after(() => browser.close());

async function board(t, seconds) {
  const server = await startProgram("chapters/02-long-poll", "0", "chapters/02-long-poll/web", seconds);
  t.after(server.stop);
  const page = await browser.open(t);
  await page.goto(server.url);
  return { server, page };
}

const cost = async (server) => (await fetch(`${server.url}cost`)).json();

test("each piece of news costs one request", patience, async (t) => {
  const { server, page } = await board(t, "3600");   // nobody is answered without news
  for (const [index, text] of ["tea", "<b>cake</b>", "茶"].entries()) {
    await page.getByLabel("Note").fill(text);
    await page.getByRole("button", { name: "Put it up" }).click();
    await page.getByText(`Answered ${index + 1} times, and asked once more.`).waitFor();
    await page.getByRole("listitem").first().getByText(text).waitFor();
  }
  assert.equal(await page.getByRole("listitem").count(), 3);

  // Three were answered. The fourth waits.
  const { requests, notes } = await cost(server);
  assert.deepEqual({ requests, notes }, { requests: 3, notes: 3 });
  assert.equal(page.requested.filter((url) => url.includes("/news?since")).length, 4);

  await page.getByRole("button", { name: "What has it cost?" }).click();
  await page.getByText("3 requests brought 3 notes").waitFor();
  assert.deepEqual(page.complaints, []);
  assert.deepEqual(await accessibilityFaults(page), []);
});

test("an answer without news is followed by the next question at once", patience, async (t) => {
  const { page } = await board(t, "1");
  await page.getByText("Answered 2 times, and asked once more.").waitFor();
  assert.equal(await page.getByRole("listitem").count(), 0);
  assert.deepEqual(page.complaints, []);
});

test("a server that has ended is said to be silent, and is not asked all the time", patience, async (t) => {
  const { server, page } = await board(t, "3600");
  await page.clock.install();
  await page.clock.pauseAt(Date.now() + 3_600_000);
  await server.stop();
  await page.getByText("The server does not answer.").waitFor();
  const asked = page.requested.length;
  await page.clock.runFor(999);
  const again = page.waitForRequest(/news/);
  await page.clock.runFor(1);
  await again;
  assert.equal(page.requested.length, asked + 1);
});
