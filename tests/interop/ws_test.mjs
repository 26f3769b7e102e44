// lesson: 8
// needs: echo-server
// The client `ws` against the echo server: what most programs in JavaScript are on the other end of the line.
//
// DUPLEX_ECHO_SERVER may name another build of the server, such as tests/asan/echo-server.
import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import WebSocket from "ws";
import { startProgram } from "../browser/support.mjs";

const program = process.env.DUPLEX_ECHO_SERVER ?? "tests/echo-server";
const patience = { timeout: 120_000 };   // only ends a test that hangs

/// An echo server with these arguments; it must also end well, with status 0 and 1001 to who is still there.
async function echoServer(t, ...args) {
  const server = await startProgram(program, "0", ...args);
  t.after(async () => assert.equal(await server.stop(), 0, "the echo server ends with status 0"));
  return server.url.replace("http", "ws");
}

/// An open connection. `socket.next()` resolves to the next message, as text or as a Buffer.
async function connect(url, protocols = [], options = {}) {
  const socket = new WebSocket(url, protocols, options);
  const come = [], wanted = [];
  socket.on("message", (data, isBinary) => {
    const message = isBinary ? data : data.toString();
    wanted.length > 0 ? wanted.shift()(message) : come.push(message);
  });
  socket.next = () => come.length > 0 ? come.shift() : new Promise((resolve) => wanted.push(resolve));
  socket.closed = new Promise((resolve) => socket.once("close", (code, reason) =>
    resolve({ code, reason: reason.toString() })));
  await once(socket, "open");
  return socket;
}

test("text and binary come back as what they were, of every length form", patience, async (t) => {
  const socket = await connect(await echoServer(t));
  for (const text of ["", "hello", "naïve", "你好", "🙂 and 🏳️‍🌈", "\0\u007f\u{10ffff}"]) {
    socket.send(text);
    assert.equal(await socket.next(), text);
  }
  for (const length of [0, 1, 125, 126, 127, 65_535, 65_536, 65_537, 300_000]) {
    const bytes = Buffer.alloc(length, "0123456789abcdef!");
    socket.send(bytes);
    assert.deepEqual(await socket.next(), bytes);
    socket.send(bytes.toString());
    assert.equal(await socket.next(), bytes.toString());
  }
  socket.close();
});

test("fragments come back as one message, also with a ping between", patience, async (t) => {
  const socket = await connect(await echoServer(t));
  const character = Buffer.from("🙂");
  socket.send(character.subarray(0, 1), { binary: false, fin: false });
  socket.ping("between");
  socket.send(character.subarray(1, 3), { fin: false });
  assert.equal((await once(socket, "pong")).toString(), "between");
  socket.send("", { fin: false });
  socket.send(character.subarray(3), { fin: true });
  assert.equal(await socket.next(), "🙂");

  for (let i = 0; i < 1000; i += 1) socket.send(Buffer.from([i & 255]), { fin: i === 999 });
  assert.deepEqual(await socket.next(), Buffer.from(Array.from({ length: 1000 }, (_, i) => i & 255)));
  socket.close();
});

test("a ping gets a pong with the same bytes, and a pong gets nothing", patience, async (t) => {
  const socket = await connect(await echoServer(t));
  for (const payload of ["", "are you there?", "x".repeat(125)]) {
    socket.ping(payload);
    assert.equal((await once(socket, "pong")).toString(), payload);
  }
  socket.pong("nobody asked");
  socket.send("after");
  assert.equal(await socket.next(), "after");
  socket.close();
});

test("each close code comes back, and a close without a code as well", patience, async (t) => {
  const url = await echoServer(t);
  for (const code of [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 4000, 4999]) {
    const socket = await connect(url);
    socket.close(code, "because");
    assert.deepEqual(await socket.closed, { code, reason: "" });
  }
  const socket = await connect(url);
  socket.close();
  assert.deepEqual(await socket.closed, { code: 1005, reason: "" });
});

test("a broken rule is answered with its code and names itself", patience, async (t) => {
  const url = await echoServer(t);
  const after = async (act) => {
    const socket = await connect(url);
    act(socket);
    return socket.closed;
  };
  const notText = await after((socket) => socket.send(Buffer.from("c0af", "hex"), { binary: false }));
  assert.equal(notText.code, 1007);
  assert.match(notText.reason, /^RFC 6455 §8\.1: /);
  const notMasked = await after((socket) => socket.send("in clear", { mask: false }));
  assert.equal(notMasked.code, 1002);
  assert.match(notMasked.reason, /^RFC 6455 §5\.1: /);
});

test("a message may be as large as allowed and not a byte larger", patience, async (t) => {
  for (const [limit, args] of [[1 << 20, []], [100_000, ["--max-message", "100000"]]]) {
    const url = await echoServer(t, ...args);
    const socket = await connect(url);
    for (const length of [limit - 1, limit]) {
      socket.send(Buffer.alloc(length, 7));
      assert.deepEqual(await socket.next(), Buffer.alloc(length, 7));
    }
    socket.send(Buffer.alloc(limit + 1));
    const { code, reason } = await socket.closed;
    assert.equal(code, 1009);
    assert.match(reason, /^RFC 6455 §/);

    const inFragments = await connect(url);
    inFragments.send(Buffer.alloc(limit), { fin: false });
    inFragments.send(Buffer.alloc(1));
    assert.equal((await inFragments.closed).code, 1009);
  }
});

test("1000 messages sent at once come back in order", patience, async (t) => {
  for (const args of [[], ["--threads", "2"]]) {
    const socket = await connect(await echoServer(t, ...args));
    const sent = Array.from({ length: 1000 }, (_, i) => `${i}`.repeat(i % 50 + 1));
    for (const text of sent) socket.send(text);
    for (const text of sent) assert.equal(await socket.next(), text);
    socket.close();
  }
});

test("100 connections at once each get their own", patience, async (t) => {
  for (const args of [[], ["--threads", "2"]]) {
    const url = await echoServer(t, ...args);
    const sockets = await Promise.all(Array.from({ length: 100 }, () => connect(url)));
    for (let round = 0; round < 5; round += 1) {
      sockets.forEach((socket, i) => socket.send(`${round} of ${i}`));
      for (const [i, socket] of sockets.entries()) assert.equal(await socket.next(), `${round} of ${i}`);
    }
    for (const socket of sockets) socket.close(1000);
    for (const socket of sockets) assert.equal((await socket.closed).code, 1000);
  }
});

test("compression is offered and declined, and a sub-protocol is not made up", patience, async (t) => {
  const url = await echoServer(t);
  for (const perMessageDeflate of [true, { clientMaxWindowBits: 10, serverNoContextTakeover: true }, false]) {
    const socket = await connect(url, [], { perMessageDeflate });
    assert.equal(socket.extensions, "");
    assert.equal(socket.protocol, "");
    socket.send("x".repeat(5000));   // longer than what ws would compress
    assert.equal(await socket.next(), "x".repeat(5000));
    socket.close();
  }
  await assert.rejects(connect(url, ["chat", "superchat"]), /Server sent no subprotocol/);
});

test("any path upgrades, and a plain request is told what to do instead", patience, async (t) => {
  const url = await echoServer(t);
  const socket = await connect(`${url}some/path?with=a&query`, [], { origin: "https://example.com" });
  socket.send("here");
  assert.equal(await socket.next(), "here");
  socket.close();

  const answer = await fetch(url.replace("ws", "http"));
  assert.equal(answer.status, 426);
  assert.equal(answer.headers.get("Sec-WebSocket-Version"), "13");
  assert.match(await answer.text(), /open ws:\/\//);
});

test("the end of the server is told to each client", patience, async () => {
  for (const args of [[], ["--threads", "2"]]) {
    const server = await startProgram(program, "0", ...args);
    const url = server.url.replace("http", "ws");
    const sockets = await Promise.all(Array.from({ length: 10 }, () => connect(url)));
    assert.equal(await server.stop(), 0);
    for (const socket of sockets) assert.equal((await socket.closed).code, 1001);
  }
});
