// frames.js: frames as the inspector reads them, and conversations as *.wire files keep them.   RFC 6455 §5.2
//
// Nothing here knows the page or the network. A byte is a number, or null where a *.wire file leaves it open; the
// bytes of a frame may end before the frame does. Nothing is judged: a broken frame is taken apart like any other.
"use strict";

const opcodeNames = { 0: "continuation", 1: "text", 2: "binary", 8: "close", 9: "ping", 10: "pong" };
const mostPayload = 4096;   // bytes of a payload that the tap shows; see wire_options in include/duplex/tap.hpp
const isControl = (opcode) => opcode >= 8;

// ---- a frame: its header, and the fields to draw ----

// What a header says; null when `bytes` end inside its first two bytes. `length` is a BigInt: it may have 64 bits.
// Where a transcript leaves the length open, the payload is what it does not leave out.
function readHeader(bytes) {
  if (bytes.length < 2) return null;
  const [first, second] = bytes;
  const short = second & 0x7f;
  const extended = short === 126 ? 2 : short === 127 ? 8 : 0;
  const masked = (second & 0x80) !== 0;
  const payloadAt = 2 + extended + (masked ? 4 : 0);
  const length = second === null ? BigInt(bytes.length - 2)
    : extended === 0 ? BigInt(short)
    : bytes.slice(2, 2 + extended).reduce((sum, byte) => sum * 256n + BigInt(byte ?? 0), 0n);
  return {
    fin: (first & 0x80) !== 0,
    reserved: [0x40, 0x20, 0x10].map((bit) => (first & bit) !== 0),
    opcode: first & 0x0f,
    masked, short, extended, length, payloadAt,
    key: masked ? bytes.slice(payloadAt - 4, payloadAt) : null,
    complete: bytes.length >= payloadAt,
  };
}

// How many bytes the whole frame has; Infinity while that is not known.
function frameSize(bytes) {
  const header = readHeader(bytes);
  return header?.complete ? header.payloadAt + Number(header.length) : Infinity;
}

// The payload as it is on the wire, and what it says: the same bytes, unmasked.
function readPayload(bytes) {
  const header = readHeader(bytes);
  if (!header?.complete) return { wire: [], plain: [], key: null };
  const wire = bytes.slice(header.payloadAt, header.payloadAt + Number(header.length));
  const plain = wire.map((byte, i) => {
    const key = header.key ? header.key[i % 4] : 0;
    return byte === null || key === null ? null : byte ^ key;
  });
  return { wire, plain, key: header.key };
}

// The parts of a frame, in order: { name, at, bits, value, open }, where `at` and `bits` count bits. The value is null
// when it is no number, or when it is open: some of its bytes are not known.
function readFields(bytes) {
  const available = bytes.length * 8;
  const header = readHeader(bytes);
  const fields = [];
  let at = 0;
  const add = (name, bits, value) => {
    const here = Math.min(bits, available - at);
    const open = bytes.slice(at >> 3, (at + here + 7) >> 3).includes(null);
    if (here > 0) fields.push({ name, at, bits: here, value: open ? null : value, open });
    at += here;
  };
  if (!header) {
    add("rest", available, null);
    return fields;
  }
  add("fin", 1, Number(header.fin));
  header.reserved.forEach((set, i) => add(`rsv${i + 1}`, 1, Number(set)));
  add("opcode", 4, header.opcode);
  add("mask", 1, Number(header.masked));
  add("length", 7, header.short);
  if (header.extended > 0) add(`length${header.extended * 8}`, header.extended * 8, header.length);
  if (header.masked) add("key", 32, null);

  const length = Number(header.length);
  if (header.opcode === 8 && length >= 2) {
    add("code", 16, closeCode(bytes));
    add("reason", (length - 2) * 8, null);
  } else {
    add("payload", length * 8, null);
  }
  add("rest", available - at, null);   // what came along behind a frame that broke a rule
  return fields;
}

// The code in a close frame; null when it has none, or none that is known.
function closeCode(bytes) {
  const [high, low] = readPayload(bytes).plain;
  return typeof high === "number" && typeof low === "number" ? high * 256 + low : null;
}

// Cuts bytes into the characters of UTF-8: [{ text, size }]. A byte that belongs to none stands alone, its text null.
function readCharacters(bytes) {
  const characters = [];
  for (let i = 0; i < bytes.length;) {
    const lead = bytes[i];
    const size = lead === null ? 1 : lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
    const here = bytes.slice(i, i + size);
    let text = null;
    try {
      if (!here.includes(null)) {
        text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(new Uint8Array(here));
      }
    } catch {
      // Not UTF-8, or a character that the next fragment ends.
    }
    characters.push({ text, size: text === null ? 1 : size });
    i += characters.at(-1).size;
  }
  return characters;
}

function decodeText(bytes) {
  return readCharacters(bytes).map(({ text }) => text ?? "\u{fffd}").join("");
}

function hexOf(bytes) {
  return bytes.map((byte) => byte?.toString(16).padStart(2, "0") ?? "..").join(" ");
}

// The bytes that a person has typed: "81 05", "8105" or "0x81, 0x05". null when it is none of these.
function bytesOf(hex) {
  const digits = hex.replace(/0x|[\s,:]/gi, "");
  if (digits.length % 2 !== 0 || /[^0-9a-f]/i.test(digits)) return null;
  return digits.match(/../g)?.map((pair) => parseInt(pair, 16)) ?? [];
}

// ---- *.wire files (docs/wire.md) ----

// The bytes of `81 05 "text" .. ×3 *`.
function readPattern(text) {
  const bytes = [];
  let item = [];
  while ((text = text.trimStart()) !== "") {
    const [token] = /^(?:×\d+|"[^"]*"|\.\.|\*|[0-9a-f]{2})/i.exec(text) ?? [];
    if (token === undefined) throw new Error(text.split(" ")[0]);
    text = text.slice(token.length);
    if (token[0] === "×") {
      for (let i = 1; i < Number(token.slice(1)); ++i) for (const byte of item) bytes.push(byte);
      continue;
    }
    item = token === "*" ? []
      : token === ".." ? [null]
      : token[0] === '"' ? [...new TextEncoder().encode(token.slice(1, -1))]
      : [parseInt(token, 16)];
    bytes.push(...item);
  }
  return bytes;
}

// Reads a transcript. Returns its items in order: { kind: "frame", connection, sent, bytes, size } and
// { kind: "note", connection, text }. Each `open` begins a connection.
// Throws an Error whose message is the number of the line that is not in the language.
function readWire(text) {
  const items = [];
  let connection = 0;
  let rest = { true: [], false: [] };   // of the bytes of each direction, by `sent`, what is no whole frame yet
  const note = (line) => items.push({ kind: "note", connection, text: line });
  const frame = (sent, bytes, size) => {
    const most = (readHeader(bytes)?.payloadAt ?? 0) + mostPayload;
    items.push({ kind: "frame", connection, sent, bytes: bytes.slice(0, most), size });
  };

  const finish = () => {
    for (const sent of [false, true]) {
      if (rest[sent].length > 0) frame(sent, rest[sent], rest[sent].length);
    }
    rest = { true: [], false: [] };
  };
  const take = (sent, bytes, open) => {
    rest[sent] = rest[sent].concat(bytes);
    for (let size; (size = frameSize(rest[sent])) <= rest[sent].length;) frame(sent, rest[sent].splice(0, size), size);
    if (open && rest[sent].length > 0) {   // a frame whose end was written as *
      const size = frameSize(rest[sent]);
      frame(sent, rest[sent], size === Infinity ? rest[sent].length : size);
      rest[sent] = [];
    }
  };

  text.split(/\r?\n/).forEach((line, index) => {
    const [word] = line.trim().split(" ");
    const behind = line.trim().slice(word.length).trim();
    try {
      if (word === "" || word[0] === "#" || word.startsWith("hint")) return;
      if (word === "open") finish();
      if (word === "open" || connection === 0) connection += 1;
      if (word === "open" || word === ">>" || word === "<<") {
        note(line.trim());
      } else if (word === ">") {
        take(false, readPattern(behind), false);
      } else if (word === "<") {
        take(true, readPattern(behind), behind.endsWith("*"));
      } else if (word === "close" && /^\d+$/.test(behind)) {
        finish();
        const code = Number(behind);
        frame(true, [0x88, null, code >> 8, code & 0xff], 4);
      } else if (word === "eof") {
        finish();
        note(word);
      } else {
        throw new Error(word);
      }
    } catch {
      throw new Error(String(index + 1));
    }
  });
  finish();
  return items;
}

// The bytes of a frame as a line of a transcript shows them: header, masking key, payload.
function wireBytes(bytes) {
  const header = readHeader(bytes);
  if (!header?.complete) return hexOf(bytes);
  const keyAt = header.masked ? header.payloadAt - 4 : header.payloadAt;
  const parts = [bytes.slice(0, keyAt), bytes.slice(keyAt, header.payloadAt), bytes.slice(header.payloadAt)];
  return parts.filter((part) => part.length > 0).map(hexOf).join("  ");
}

// A frame of which only the front is known, as a line that sends as many bytes. A character that was cut is left out,
// so that text stays UTF-8; with a key of zeros the x of the line are x for the server too.
function filledBytes(bytes) {
  const header = readHeader(bytes);
  const { plain } = readPayload(bytes);
  const characters = readCharacters(plain.slice(-4));
  const broken = header.opcode === 2 ? 0 : characters.length - 1 - characters.findLastIndex(({ text }) => text !== null);
  const known = plain.slice(0, plain.length - broken);
  const front = bytes.slice(0, header.payloadAt - 4).concat([0, 0, 0, 0]);
  return `${hexOf(front)}  ${hexOf(known)} "x" ×${header.length - BigInt(known.length)}`;
}

// Writes a conversation as a transcript that can be played again.
//
// `path` is where it was opened, `items` what went over the wire; `whole` says whether the beginning is there.
function writeWire(path, items, whole) {
  const lines = ["# A conversation that the inspector has saved", `open ${path}`];
  if (!whole) lines.push("# The beginning is missing: nobody watched yet, so what is below may not match.");
  for (const item of items) {
    if (item.kind !== "frame") continue;
    const cut = item.bytes.length < item.size;
    if (!item.sent && cut && item.bytes.length >= mostPayload) {
      lines.push("# Only the front of this frame was kept; here x stands for the rest, and the masking key is 0:");
      lines.push(`> ${filledBytes(item.bytes)}`);
    } else if (!item.sent) {
      lines.push(`> ${wireBytes(item.bytes)}`);
    } else if (item.unasked) {
      lines.push("# The server says this of itself, so a replay would wait for it in vain:");
      lines.push(`# < ${wireBytes(item.bytes)}`);
    } else if (closeCode(item.bytes) !== null && readHeader(item.bytes).opcode === 8) {
      lines.push(`close ${closeCode(item.bytes)}`);
    } else {
      lines.push(`< ${wireBytes(item.bytes)}${cut ? " *" : ""}`);
    }
  }
  return `${lines.join("\n")}\n`;
}
