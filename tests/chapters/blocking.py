"""What the tests of lessons 1 to 5 share: what each of these programs keeps, and a peer that is a plain socket."""

import http.client
import pathlib
import socket
import sys

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path.append(str(TESTS / "support"))
from program import ROOT, Program, run  # noqa: E402

# The handshake of RFC 6455 §1.3, and how a server answers its key.
HANDSHAKE = (b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
             b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n")
ACCEPT = b"\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
HELLO = bytes.fromhex("8185 37fa213d 7f9f4d5158")  # RFC 6455 §5.7: a masked "Hello"
HELLO_BACK = bytes.fromhex("8105 48656c6c6f")
PATIENCE = 60  # seconds; only ends a test that hangs


def start(chapter, *more):
    """The program of a chapter on a free port, with its own page."""
    return Program(f"chapters/{chapter}", "0", f"chapters/{chapter}/web", *more)


def request(program, method, target):
    """The status, the header fields and the body of the answer."""
    connection = http.client.HTTPConnection("127.0.0.1", program.port, timeout=PATIENCE)
    try:
        connection.request(method, target)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read().decode()
    finally:
        connection.close()


class Peer:
    """A connection that sends what it is told, byte for byte."""

    def __init__(self, program):
        self.socket = socket.create_connection(("127.0.0.1", program.port), PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # what is sent in pieces leaves in pieces

    @classmethod
    def handshaken(cls, program):
        """A peer whose opening handshake is done."""
        peer = cls(program)
        peer.send(HANDSHAKE)
        peer.read_head()
        return peer

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def send_byte_by_byte(self, data):
        for byte in data:
            self.socket.sendall(bytes([byte]))

    def read(self, size):
        data = b""
        while len(data) < size:
            more = self.socket.recv(size - len(data))
            if not more:
                raise AssertionError(f"the stream ended after {data!r}, {size - len(data)} bytes too early")
            data += more
        return data

    def read_head(self):
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += self.read(1)
        return head

    def read_to_end(self):
        """What comes until the other side ends the stream."""
        return b"".join(iter(lambda: self.socket.recv(65536), b""))

    def finish(self):
        """Says that nothing more will be sent, and returns all that still comes."""
        self.socket.shutdown(socket.SHUT_WR)
        return self.read_to_end()

    def reset(self):
        """Leaves without a word: the other side gets a reset."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.socket.close()


def masked(opcode, payload, fin=True, key=b"\x37\xfa\x21\x3d"):
    """A frame as a client sends it."""
    return header(opcode, len(payload), fin, mask=0x80) + key + bytes(
        byte ^ key[i % 4] for i, byte in enumerate(payload))


def unmasked(opcode, payload, fin=True):
    """A frame as a server sends it."""
    return header(opcode, len(payload), fin, mask=0) + payload


def header(opcode, length, fin, mask):
    first = bytes([0x80 * fin | opcode])
    if length < 126:
        return first + bytes([mask | length])
    if length < 65536:
        return first + bytes([mask | 126]) + length.to_bytes(2, "big")
    return first + bytes([mask | 127]) + length.to_bytes(8, "big")


class Contract:
    """What every program of these lessons keeps; `CHAPTER` names it. `setUp` starts `program`."""

    CHAPTER = None

    def setUp(self):
        self.program = self.enterContext(start(self.CHAPTER))

    def request(self, method, target):
        return request(self.program, method, target)

    def test_a_port_in_use_is_explained(self):
        second = run(f"chapters/{self.CHAPTER}", str(self.program.port))
        self.assertEqual((second.returncode, second.stdout), (1, ""))
        self.assertEqual(second.stderr, f"cannot listen on 0.0.0.0:{self.program.port}: address already in use; "
                                        "is another server running? try another port\n")

    def test_what_is_no_port_is_refused(self):
        for text in ("", "http", "-1", "65536", "80x"):
            with self.subTest(port=text):
                refused = run(f"chapters/{self.CHAPTER}", text)
                self.assertEqual((refused.returncode, refused.stdout), (2, ""))
                self.assertTrue(refused.stderr.startswith(f"usage: {self.CHAPTER} [PORT] [FOLDER]"), refused.stderr)

    def test_the_page_is_served_and_nothing_outside_its_folder(self):
        status, headers, body = self.request("GET", "/index.html")
        self.assertEqual((status, headers["Content-Type"]), (200, "text/html; charset=utf-8"))
        self.assertEqual(body, (ROOT / "chapters" / self.CHAPTER / "web/index.html").read_text())
        self.assertEqual(self.request("HEAD", "/index.js")[::2], (200, ""))
        self.assertEqual(self.request("GET", "/../main.cpp")[0], 404)

    def test_a_favicon_that_is_not_there_is_404(self):
        self.assertEqual(self.request("GET", "/favicon.ico")[0], 404)

    def test_a_head_in_pieces_is_read_as_a_whole(self):
        with Peer(self.program) as peer:
            peer.send_byte_by_byte(b"GET /index.js HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            self.assertTrue(peer.finish().startswith(b"HTTP/1.1 200 OK\r\n"))

    def test_what_is_no_http_is_refused_with_its_rule(self):
        with Peer(self.program) as peer:
            peer.send(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(200)))  # as TLS begins
            answer = peer.read_to_end()
        self.assertTrue(answer.startswith(b"HTTP/1.1 400 Bad Request\r\n"), answer)
        self.assertIn("RFC 9110 §5.5: ".encode(), answer)

    def test_peers_that_vanish_end_nothing(self):
        for sent in (b"", b"GET / HT", HANDSHAKE, HANDSHAKE + HELLO, HANDSHAKE + HELLO[:4]):
            peer = Peer(self.program)
            peer.send(sent)
            peer.reset()
        self.assertEqual(self.request("GET", "/index.html")[0], 200)
        self.assertIsNone(self.program.process.poll(), "the program has ended")
