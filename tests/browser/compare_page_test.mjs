// lesson: 7
// needs: 07-push-compare
// The comparison in a real browser: what the page counts is what the server counts, and what is on the wire.
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import path from "node:path";
import { after, before, test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { accessibilityFaults, scratch, startBrowser, startProgram } from "./support.mjs";

const patience = { timeout: 120_000 };   // only ends a test that hangs
const ways = ["poll", "wait", "push"];

let browser;
before(async () => (browser = await startBrowser()));
after(() => browser.close());

async function comparison(t) {
  const server = await startProgram("chapters/07-push-compare", "0");
  t.after(server.stop);
  server.cost = async () => (await fetch(`${server.url}cost`)).json();
  return server;
}

const button = (page, name) => page.getByRole("button", { name, exact: true });
const state = (page, text) => page.getByRole("status").getByText(text).waitFor();

/// The page, whose clock only goes on when the test says so.
async function opened(t, server, options) {
  const page = await browser.open(t, options);
  await page.clock.install();
  await page.goto(`${server.url}compare.html`);
  await state(page, "running");
  await page.locator("#counts tr").first().waitFor();   // connected, and begun
  await page.clock.pauseAt(Date.now() + 60_000);
  return page;
}

/// What the table of the page says: { poll: [requests, notes, up, down], … }.
const shown = (page) => page.locator("#counts tr").evaluateAll((rows, names) =>
  Object.fromEntries(rows.map((row, index) =>
    [names[index], [...row.querySelectorAll("td")].slice(0, 4).map((cell) => Number(cell.textContent.replaceAll(",", "")))])),
ways);

const counted = (cost) => Object.fromEntries(ways.map((name) =>
  [name, [cost[name].requests, cost[name].notes, cost[name].up, cost[name].down]]));

const slide = (page, label, value) => page.getByLabel(label).fill(String(value));

/// Lets the page's clock run on until `enough` of what the server has counted; the network takes its own time.
async function runUntil(page, server, enough) {
  for (;;) {
    const cost = await server.cost();
    if (enough(cost)) return;
    await page.clock.runFor(250);
  }
}

test("what the page counts is what the server counts", patience, async (t) => {
  const server = await comparison(t);
  const page = await opened(t, server);
  await runUntil(page, server, ({ newest, poll, wait }) => newest >= 4 && poll.requests > wait.requests);
  await button(page, "Pause").click();

  // What is under way arrives; then both say the same.
  let cost, table;
  for (let looks = 0; looks < 100; looks += 1) {
    await page.clock.runFor(100);
    cost = await server.cost();
    await page.evaluate(() => update());
    table = await shown(page);
    if (isDeepStrictEqual(table, counted(cost))) break;
  }
  assert.deepEqual(table, counted(cost));
  const { newest } = cost;
  assert.deepEqual([table.push[0], table.push[1], table.wait[1]], [1, newest, newest]);
  assert.ok(table.wait[0] <= newest + 1);   // one for each piece of news, and the one that waits
  const total = (name) => table[name][2] + table[name][3];
  assert.ok(total("poll") > total("wait") && total("wait") > total("push"));

  for (const name of ways) {
    const marks = await page.evaluate((each) => ways[each].marks.map(({ kind }) => kind), name);
    for (const kind of ["request", "note"]) {
      const drawn = await page.locator(`#lanes .${kind}.${name}`).count();
      assert.equal(drawn, marks.filter((mark) => mark === kind).length, `${kind} in the lane of ${name}`);
    }
  }
  assert.ok(await page.locator("#lanes .note.push").count() > 0);
  assert.equal(await page.locator("#chart polyline").count(), ways.length);
  assert.deepEqual(page.complaints, []);
});

test("the bytes that are counted are those on the wire", patience, async (t) => {
  const server = await comparison(t);
  await fetch(`${server.url}news`, { method: "POST" });
  for (const [name, target] of [["poll", "/poll?since=0"], ["wait", "/wait?since=0"]]) {
    const request = `GET ${target} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`;
    const socket = connect(new URL(server.url).port, "127.0.0.1");
    socket.write(request);
    const pieces = [];
    socket.on("data", (piece) => pieces.push(piece));
    await once(socket, "close");
    const answer = Buffer.concat(pieces);
    assert.match(String(answer), /\r\n\r\n1 \d{13}\n$/);
    assert.deepEqual((await server.cost())[name], { requests: 1, notes: 1, up: request.length, down: answer.length });
  }
});

test("polling asks as often as the slider says, and the others do not ask", patience, async (t) => {
  const server = await comparison(t);
  const page = await opened(t, server);
  await slide(page, "There is news every", 10);
  await slide(page, "Polling waits before it asks again for", 0.5);
  const before = await page.evaluate(() => ways.poll.requests);
  await runUntil(page, server, ({ poll }) => poll.requests >= before + 6);
  const cost = await server.cost();
  assert.ok(cost.wait.requests <= cost.newest + 1);
  assert.equal(cost.push.requests, 1);
});

test("the table can be had as Markdown", patience, async (t) => {
  const server = await comparison(t);
  const page = await opened(t, server);
  let lines, rows;
  for (let looks = 0; looks < 100; looks += 1) {   // the counts may change between two looks
    await button(page, "Write the table as Markdown").click();
    lines = (await page.getByLabel("The table as Markdown").inputValue()).trimEnd().split("\n");
    rows = await page.locator("#counts tr").evaluateAll((all) =>
      all.map((row) => `| ${[...row.children].map((cell) => cell.textContent).join(" | ")} |`));
    if (isDeepStrictEqual(lines.slice(2), rows)) break;
  }
  assert.equal(lines.length, 5);
  assert.equal(lines[0], "| way | requests | news | bytes up | bytes down | delay p50 | delay p95 |");
  assert.equal(lines[1], "| --- | --: | --: | --: | --: | --: | --: |");
  assert.deepEqual(lines.slice(2), rows);
});

test("another page cannot listen", patience, async (t) => {
  const server = await comparison(t);
  const { port } = await server.cost();
  const socket = connect(port, "127.0.0.1");
  socket.write(`GET / HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nOrigin: http://example.com\r\nUpgrade: websocket\r\n` +
    "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
  const [answer] = await once(socket, "data");
  socket.destroy();
  assert.match(String(answer), /^HTTP\/1\.1 403 /);
});

test("everybody can use the page, in both languages, and this is how it looks", patience, async (t) => {
  const server = await comparison(t);
  const pictures = process.env.DUPLEX_PICTURES ?? scratch;   // docs/images, to renew those of the lesson
  for (const colorScheme of ["light", "dark"]) {
    const page = await browser.open(t, { colorScheme, viewport: { width: 1200, height: 1030 } });
    await page.goto(`${server.url}compare.html`);
    await slide(page, "There is news every", 4);
    await slide(page, "Added delay of the network, each way", 100);
    await page.waitForFunction(() => samples.length > 12);
    assert.deepEqual(await accessibilityFaults(page), []);
    await page.screenshot({ path: path.join(pictures, colorScheme === "light" ? "compare.png" : "compare-dark.png") });

    await page.getByText("The chart as a table").click();
    await button(page, "Write the table as Markdown").click();
    await button(page, "简体中文").click();
    await page.getByRole("status").getByText("运行中").waitFor();
    await page.setViewportSize({ width: 360, height: 740 });
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
    assert.deepEqual(await accessibilityFaults(page), []);
    assert.deepEqual(page.complaints, []);
    await page.context().close();
  }
});
