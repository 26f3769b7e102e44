// lesson: 10
// The chat in real browsers: two people talk, come back after a restart, and cannot harm one another.
import assert from "node:assert/strict";
import path from "node:path";
import { after, before, test } from "node:test";
import { accessibilityFaults, repository, scratch, startBrowser, startProgram } from "./support.mjs";

const patience = { timeout: 120_000 };   // only ends a test that hangs

let browser;
before(async () => (browser = await startBrowser()));
after(() => browser.close());

/// The program on a free port, or on `port`; with a file that keeps what is said, where one is named.
async function chat(t, { port = "0", kept = "" } = {}) {
  const server = await startProgram("chapters/10-chat-room", port, "chapters/10-chat-room/web", kept);
  t.after(server.stop);
  server.port = new URL(server.url).port;
  return server;
}

const button = (page, name) => page.getByRole("button", { name, exact: true });
const box = (page, label) => page.getByRole("textbox", { name: label, exact: true });
const state = (page, text) => page.getByRole("status").getByText(text).waitFor();
const notice = (page, text) => page.getByRole("alert").getByText(text).waitFor();
const here = (page) => page.locator("#here > li").allTextContents();
const message = (page, text) => page.locator("#said > li", { has: page.getByText(text, { exact: true }) });

/// What stands in the log, as "NAME: TEXT".
const said = (page) => page.locator("#said > li").evaluateAll((items) =>
  items.map((item) => `${item.querySelector("bdi").textContent}: ${item.querySelector("p").textContent}`));

async function enter(page, name, room = "lobby") {
  await box(page, "Room").fill(room);
  await box(page, "Your name").fill(name);
  await button(page, "Enter").click();
}

/// A page that is in a room.
async function guest(t, server, name, room, options) {
  const page = await browser.open(t, options);
  await page.goto(server.url);
  await enter(page, name, room);
  await state(page, "inside");
  return page;
}

async function say(page, text) {
  await box(page, "Message").fill(text);
  await box(page, "Message").press("Enter");
}

/// Waits until the people in the room are these.
const arePresent = (page, ...names) => page.waitForFunction((expected) =>
  JSON.stringify([...document.querySelectorAll("#here > li")].map((item) => item.textContent)) === expected,
JSON.stringify(names));

test("two people talk, see who is here and who is typing, and a third in another room hears nothing", patience,
  async (t) => {
    const server = await chat(t);
    const ann = await guest(t, server, "Ann");
    const bob = await guest(t, server, "Bob");
    const eve = await guest(t, server, "Eve", "attic");
    for (const page of [ann, bob]) await arePresent(page, "Ann", "Bob");

    await box(ann, "Message").pressSequentially("h");
    await bob.getByText("Ann is typing …").waitFor();
    await say(ann, "hello Bob");
    await message(bob, "hello Bob").waitFor();
    assert.equal(await bob.locator("#typing").textContent(), "");
    await say(bob, "你好 🙂");
    await message(ann, "你好 🙂").waitFor();
    for (const page of [ann, bob]) assert.deepEqual(await said(page), ["Ann: hello Bob", "Bob: 你好 🙂"]);

    await button(bob, "Leave").click();
    await arePresent(ann, "Ann");
    assert.deepEqual(await here(eve), ["Eve"]);
    assert.deepEqual(await said(eve), []);
    for (const page of [ann, bob, eve]) assert.deepEqual(page.complaints, []);
  });

test("after a restart of the server all come back, and nothing is missing", patience, async (t) => {
  const kept = path.join(scratch, "history");
  const first = await chat(t, { kept });
  const ann = await guest(t, first, "Ann");
  const bob = await guest(t, first, "Bob");
  await say(ann, "before");
  await message(bob, "before").waitFor();

  await ann.context().setOffline(true);   // Ann stays away while the others go on
  assert.equal(await first.stop(), 0);
  for (const page of [ann, bob]) await state(page, "connection lost");
  const second = await chat(t, { port: first.port, kept });
  await state(bob, "inside");
  await say(bob, "while Ann is away");
  await message(bob, "while Ann is away").waitFor();
  const cid = await guest(t, second, "Cid");
  assert.deepEqual(await said(cid), ["Ann: before", "Bob: while Ann is away"]);

  await ann.context().setOffline(false);
  await state(ann, "inside");
  await say(ann, "I am back");
  for (const page of [ann, bob, cid]) {
    await message(page, "I am back").waitFor();
    assert.deepEqual(await said(page), ["Ann: before", "Bob: while Ann is away", "Ann: I am back"]);
    await arePresent(page, "Bob", "Cid", "Ann");
  }
});

test("markup stays text, in a message, a name and a room", patience, async (t) => {
  const server = await chat(t);
  const ann = await guest(t, server, "<b>Ann</b>", "<i>tea</i>");
  const bob = await guest(t, server, "Bob", "<i>tea</i>");
  const bad = ['<img src="x" onerror="document.title = 1">', "<script>document.title = 2</script>", "&lt;\tb"];
  for (const text of bad) await say(ann, text);
  for (const page of [ann, bob]) {
    await message(page, "&lt; b").waitFor();
    assert.deepEqual(await said(page), [...bad.slice(0, 2), "&lt; b"].map((text) => `<b>Ann</b>: ${text}`));
    assert.deepEqual(await here(page), ["<b>Ann</b>", "Bob"]);
    assert.equal(await page.locator("#said img, #said script, main b, main i").count(), 0);
    assert.equal(await page.title(), "duplex: chat");
    assert.deepEqual(page.complaints, []);
  }
});

test("who speaks too fast is told so, and what was typed is not lost", patience, async (t) => {
  const server = await chat(t);
  const ann = await guest(t, server, "Ann");
  await ann.evaluate(() => {
    for (let i = 1; i <= 40; i += 1) {
      document.getElementById("text").value = `number ${i}`;
      document.getElementById("say-form").requestSubmit();
    }
  });
  await notice(ann, "Not sent: that was too fast.");
  const heard = await said(ann);
  assert.deepEqual(heard.slice(0, 5), [1, 2, 3, 4, 5].map((i) => `Ann: number ${i}`));
  assert.ok(heard.length < 40);
  const back = await box(ann, "Message").inputValue();
  assert.match(back, /^number \d+$/);
  assert.ok(!heard.includes(`Ann: ${back}`));
});

test("a name is given once in a room, and a refusal is explained", patience, async (t) => {
  const server = await chat(t);
  await guest(t, server, "Ann");
  const other = await browser.open(t);
  await other.goto(`${server.url}?room=lobby`);
  await enter(other, "Ann");
  await notice(other, "Somebody in this room has this name.");
  await state(other, "outside");
  await say(other, "hello");
  await notice(other, "Not sent: you are not in a room.");
  assert.equal(await box(other, "Message").inputValue(), "hello");
  await enter(other, "Ann", "attic");
  await state(other, "inside");
  await enter(other, "Anna");
  await arePresent(other, "Ann", "Anna");
  assert.deepEqual(other.complaints, []);
});

test("a message whose connection broke before it was heard is said again, once", patience, async (t) => {
  const server = await chat(t);
  // A page whose frames get lost on their way, as on a line that has broken and does not know it yet.
  const ann = await browser.open(t);
  let broken = true;
  await ann.routeWebSocket(/./, (near) => {
    const far = near.connectToServer();
    if (!broken) return;
    broken = false;
    near.onMessage(() => near.close({ code: 1001 }));   // and the server is not told that anything has ended
    far.onMessage((data) => near.send(data));
  });
  await ann.goto(server.url);
  await enter(ann, "Ann");
  await state(ann, "inside");
  await ann.evaluate(() => {
    document.getElementById("text").value = "was this heard?";
    document.getElementById("say-form").requestSubmit();
  });
  await message(ann, "was this heard?").waitFor();
  await arePresent(ann, "Ann");   // in the place of the connection that was lost
  assert.deepEqual(await said(ann), ["Ann: was this heard?"]);
});

test("everybody can use the page, in both languages, and this is how it looks", patience, async (t) => {
  const server = await chat(t);
  const pictures = process.env.DUPLEX_PICTURES ?? scratch;   // docs/images, to renew those of the lesson
  const bob = await guest(t, server, "Bob", "tea");
  await say(bob, "Is there any tea left?");
  for (const colorScheme of ["light", "dark"]) {
    const name = colorScheme === "light" ? "Ann" : "小红";
    const page = await guest(t, server, name, "tea", { colorScheme, viewport: { width: 1000, height: 640 } });
    await say(page, colorScheme === "light" ? "One pot. <b>Be quick!</b>" : "我马上来。");
    await message(bob, colorScheme === "light" ? "One pot. <b>Be quick!</b>" : "我马上来。").waitFor();
    assert.deepEqual(await accessibilityFaults(page), []);
    await page.screenshot({ path: path.join(pictures, colorScheme === "light" ? "chat.png" : "chat-dark.png") });

    await button(page, "简体中文").click();
    await page.getByRole("status").getByText("已进入").waitFor();
    await page.setViewportSize({ width: 360, height: 740 });
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
    assert.deepEqual(await accessibilityFaults(page), []);
    assert.deepEqual(page.complaints, []);
  }
});
