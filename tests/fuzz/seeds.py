"""What the fuzzers begin with: the conversations of the `.wire` transcripts, cut whole and byte by byte, behind
the choices that each target reads first; and what earlier runs have found, kept in corpus/ as lines of hex."""

import pathlib
import re

CORPUS = pathlib.Path(__file__).resolve().parent / "corpus"
ROOT = CORPUS.parents[2]
KEY = "dGhlIHNhbXBsZSBub25jZQ=="
LONGEST_KEPT = 120

ITEM = re.compile(r'"([^"]*)"|×(\d+)|((?:[0-9a-fA-F]{2})+)')

WHOLE, SINGLE = b"\xff" * 4, b"\0" * 4
CUTS = [WHOLE, SINGLE, b"\x02\x00\x06\x1f"]


def sent_bytes(text):
    """The bytes that a `>` line sends."""
    out = last = b""
    for quoted, times, digits in ITEM.findall(text):
        if times:
            out += last * (int(times) - 1)
            continue
        data = quoted.encode() if quoted else bytes.fromhex(digits)
        out += data
        last = data if quoted else data[-1:]
    return out


def upgrade(target):
    return (f"GET {target} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {KEY}\r\nSec-WebSocket-Version: 13\r\n\r\n").encode()


def conversations(text):
    """Pairs of the request and of the frames that each conversation of a transcript sends."""
    head = frames = b""
    for line in text.splitlines():
        word, _, rest = line.partition(" ")
        if word == "open" or (word == ">>" and head and not head.endswith(b"\r\n")):
            if head or frames:
                yield head, frames
            head, frames = b"", b""
        if word == "open":
            head = upgrade(rest)
        elif word == ">>":
            head += rest.encode() + b"\r\n"
        elif word == ">":
            frames += sent_bytes(rest)
    yield head, frames


def unmasked(frames):
    """The payload of the first frame that a transcript sends."""
    long = {126: 2, 127: 8}.get(frames[1] & 0x7f, 0)
    key, payload = frames[2 + long:6 + long], frames[6 + long:]
    return bytes(byte ^ key[at % 4] for at, byte in enumerate(payload)) if frames[1] & 0x80 else frames[2:]


def seeds(target, head, frames):
    """The inputs of a target that come of one conversation."""
    if target == "head":
        return [limits + cut + head + frames[:16] for limits in (b"\0", b"\1") for cut in CUTS] if head else []
    if target == "handshake":
        return [head] if head else []
    if target == "connection":
        # Beginning with the request of the transcript, or with an upgrade of the target's own.
        choices = [(b"\0\0\0", head + frames), (b"\5\0\0", frames), (b"\x0b\3\7", frames)]
        return [settings + CUTS[at] + data for at, (settings, data) in enumerate(choices)]
    if not frames:
        return []
    if target == "receiver":
        return [settings + cut + frames for settings in (b"\0", b"\x0f") for cut in CUTS]
    if target == "utf8":
        return [cut + unmasked(frames) for cut in CUTS]
    return [b"\x20" + frames]  # frame and trace


def large_frame():
    """20,000 bytes in one frame: long enough for the receiver to make room for the rest of it."""
    return b"\x82\xfe\x4e\x20" + b"\1\2\3\4" + b"x" * 20000


def inputs(target, longest):
    """What the fuzzer of a target begins with."""
    found = set()
    for path in sorted(ROOT.glob("chapters/*/*.wire")):
        for head, frames in conversations(path.read_text(encoding="utf-8")):
            found.update(seeds(target, head, frames))
    if target == "receiver":
        found |= {settings + WHOLE + large_frame() for settings in (b"\0", b"\4")}
    return {seed for seed in found if len(seed) <= longest} | kept(target)


def kept(target):
    """The inputs in corpus/<target>.hex, one a line."""
    path = CORPUS / f"{target}.hex"
    return {bytes.fromhex(line) for line in path.read_text().splitlines()} if path.exists() else set()


def keep(target, more):
    """Adds inputs to corpus/<target>.hex, those that are short enough to be read."""
    chosen = kept(target) | {data for data in more if len(data) <= LONGEST_KEPT}
    CORPUS.mkdir(exist_ok=True)
    lines = [data.hex() + "\n" for data in sorted(chosen, key=lambda data: (len(data), data))]
    (CORPUS / f"{target}.hex").write_text("".join(lines))
