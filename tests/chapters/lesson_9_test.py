# lesson: 9
"""Each attack of the lesson on the real program: what the attacker gets, and what everybody else notices.

A test lowers the one limit that it is about, and puts the timeouts that it is not about far away.
"""

import itertools
import re
import signal
import sys
import threading
import unittest

sys.dont_write_bytecode = True  # leaves nothing behind in the tree
from blocking import CLOSE, HANDSHAKE, PING, PONG, TEXT, Peer, header, masked, request  # noqa: E402
from program import ROOT, Program, run  # noqa: E402
from websocket_peer import WebSocket  # noqa: E402

SERVER = "chapters/09-hostile-peers"
GREETING = "welcome to harvie's home !\n"
ANSWER = "get it message !"
FAR = {f"{name}_timeout": 600_000 for name in ("handshake", "ping", "write", "close", "message")}
NEWS = 64 * 1024       # bytes
SEND_QUEUE = 4 * NEWS  # bytes; what main.cpp says
READ_BUFFER = 65536    # bytes, the most that connection.hpp reads at a time
NO_LIMITS = {"no_delay", "reuse_address", "threads"}


def number(text):
    return int(re.match(r"news (\d+)\n\.*$", text)[1])


def options():
    """The names of all options, in their order."""
    text = (ROOT / "include/duplex/options.hpp").read_text()
    return re.findall(r"^    [\w:<>]+ +(\w+)\s*[={]", text[text.index("struct options {"):], re.MULTILINE)


class HostilePeers(unittest.TestCase):
    def serve(self, **limits):
        knobs = [f"{name}={value}" for name, value in {**FAR, **limits}.items()]
        self.server = self.enterContext(Program(SERVER, "0", "web", *knobs))

    def peer(self):
        return self.enterContext(Peer(self.server))

    def greeted(self, *fields):
        """A peer whose request has been printed, and who has been greeted."""
        peer = self.enterContext(WebSocket(self.server, fields=fields))
        self.assertEqual(peer.text(), GREETING)
        self.server.line(r"^request fd \d+ from ")
        for _ in range(6 + len(fields)):
            self.server.line("^  ")
        return peer

    def prints(self, *lines):
        for line in lines:
            self.assertEqual(self.server.line().string, line)

    def says(self, rule):
        """The rule was told to on_error too."""
        self.assertIn(f": {rule}\n", self.server.stderr())

    def assert_refused(self, peer, status, rule):
        """By HTTP, with the rule as the body, and then the end."""
        answer = peer.read_to_end().decode()
        self.assertRegex(answer, f"^HTTP/1.1 {status} ")
        self.assertEqual(answer.rpartition("\r\n")[2], rule + "\n")
        self.says(rule)
        return answer

    def assert_closed(self, peer, code, rule):
        self.assertEqual(peer.frame(), (CLOSE, code.to_bytes(2, "big") + rule.encode()))
        peer.ended()
        self.prints("client 1 closed", f"  code {code}, by error")
        self.says(rule)

    def counted(self):
        status, _, body = request(self.server, "GET", "/stats")
        self.assertEqual(status, 200)
        return {name: int(value) for name, value in map(str.split, body.splitlines())}

    # ---- those who mean well

    def test_it_is_the_tutorial_server(self):
        self.serve()
        peer = self.greeted()
        peer.say("hello")
        self.assertEqual(peer.text(), ANSWER)
        self.prints("receive from 1:hello,opcode:1,fin:1")
        peer.close()
        self.prints("client 1 closed", "  code 1000, by peer")
        self.assertIn("<script", request(self.server, "GET", "/")[2])

    def test_news_is_told_to_everybody(self):
        self.serve()
        peers = [self.greeted() for _ in range(3)]
        for count in (1, 2):
            peers[0].say("news")
            for peer in peers:
                text = peer.text()
                self.assertEqual((number(text), len(text)), (count, NEWS))
            self.assertEqual(peers[0].text(), ANSWER)

    def test_a_signal_ends_it(self):
        self.serve()
        peer = self.greeted()
        self.server.signal(signal.SIGINT)
        self.assertEqual(peer.closed_with()[0], 1001)
        self.assertEqual(self.server.end(), (["client 1 closed", "  code 1001, by server"], 0))

    # ---- before the 101

    def test_max_head(self):
        self.serve()
        for size, answer in ((2000, 200), (2001, 431)):
            with self.subTest(size):
                begin = b"GET / HTTP/1.1\r\nHost: x\r\nX: "
                peer = self.peer()
                peer.send(begin + b"x" * (size - len(begin) - 4) + b"\r\n\r\n")
                self.assertRegex(peer.read_head(), f"^HTTP/1.1 {answer} ".encode())
        self.says("RFC 6585 §5: a request head must not be larger than this server allows")

    def test_max_fields(self):
        self.serve()
        for more, answer in ((19, 200), (20, 431)):
            with self.subTest(more):
                peer = self.peer()
                peer.send(b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X: x\r\n" * more + b"\r\n")
                self.assertRegex(peer.read_head(), f"^HTTP/1.1 {answer} ".encode())
        self.says("RFC 6585 §5: a request must not have more fields than this server allows")

    def test_max_target(self):
        self.serve()
        for size, answer in ((200, 404), (201, 414)):
            with self.subTest(size):
                peer = self.peer()
                peer.send(b"GET /" + b"x" * (size - 1) + b" HTTP/1.1\r\nHost: x\r\n\r\n")
                self.assertRegex(peer.read_head(), f"^HTTP/1.1 {answer} ".encode())
        self.says("RFC 9110 §15.5.15: a request target must not be longer than this server allows")

    def test_handshake_timeout(self):
        self.serve(handshake_timeout=500)
        silent, half = self.peer(), self.peer()
        half.send(b"GET / HTTP/1.1\r\nHost:")
        self.assert_refused(half, 408, "RFC 9110 §15.5.9: a request head must be complete in time")
        self.assertEqual(silent.read_to_end(), b"")

    def test_allowed_origins(self):
        self.serve()
        for origin in ("https://example.com", "null", "http://127.0.0.1.example.com"):
            with self.subTest(origin):
                peer = self.peer()
                peer.send(HANDSHAKE[:-2] + f"Origin: {origin}\r\n\r\n".encode())
                self.assert_refused(peer, 403, "RFC 6455 §10.2: pages of this origin must not connect here")
        self.greeted("Origin: http://127.0.0.1")
        self.greeted()  # no browser: it says no Origin

    def test_require_origin(self):
        self.serve(require_origin=1)
        peer = self.peer()
        peer.send(HANDSHAKE)
        self.assert_refused(peer, 403, "RFC 6455 §10.2: pages of this origin must not connect here")
        self.greeted("Origin: http://127.0.0.1")

    def test_max_connections(self):
        self.serve(max_connections=2)
        first = self.greeted()
        self.greeted()
        answer = self.assert_refused(self.peer(), 503,
                                     "RFC 9110 §15.6.4: this server has as many connections as it allows")
        self.assertIn("\r\nRetry-After: 1\r\n", answer)
        first.say("still here")
        self.assertEqual(first.text(), ANSWER)

    # ---- after it

    def test_max_message(self):
        rule = "RFC 6455 §7.4.1: the message is larger than this server allows"
        for frames in (header(TEXT, 6, True, 0x80), masked(TEXT, b"four", fin=False) + header(0, 2, True, 0x80),
                       header(TEXT, 2**62, True, 0x80)):
            with self.subTest(frames):
                self.serve(max_message=5)
                peer = self.greeted()
                peer.say("fives")
                self.assertEqual(peer.text(), ANSWER)
                self.prints("receive from 1:fives,opcode:1,fin:1")
                peer.send(frames + b"\0\0\0\0")
                self.assert_closed(peer, 1009, rule)

    def test_message_timeout(self):
        self.serve(message_timeout=50)
        peer = self.greeted()
        peer.say("to be continued", fin=False)
        self.assert_closed(peer, 1008, "RFC 6455 §10.4: a message must be complete in time")

    def test_ping_interval_and_ping_timeout(self):
        self.serve(ping_interval=50, ping_timeout=50)
        peer = self.enterContext(WebSocket(self.server))
        self.assertEqual(peer.text(), GREETING)
        self.assertEqual(peer.frame(), (PING, b""))
        peer.ended()
        lines = iter(self.server.line, None)
        self.assertIn("client 1 closed", (line.string for line in lines))
        self.prints("  code 1006, by timeout")

    def test_who_answers_pings_stays(self):
        self.serve(ping_interval=50)
        peer = self.greeted()
        for _ in range(3):
            self.assertEqual(peer.frame(), (PING, b""))
            peer.say(b"", PONG)
        peer.say("still here")
        while (frame := peer.frame()) == (PING, b""):
            pass
        self.assertEqual(frame, (TEXT, ANSWER.encode()))

    def test_write_timeout_and_send_queue(self):
        """Pings without end, of which no pong is read, while somebody else wants to be served."""
        self.serve(write_timeout=500)
        flooder, canary = self.greeted(), self.greeted()

        def flood():
            try:
                while True:
                    flooder.say(b"x" * 125, PING)
            except OSError:
                pass  # the server has hung up

        thread = threading.Thread(target=flood)
        thread.start()
        most = 0
        for count in itertools.count():
            canary.say(str(count))
            self.assertEqual(canary.text(), ANSWER)
            line = self.server.line()
            if line.string == "client 1 closed":
                break
            self.assertEqual(line.string, f"receive from 2:{count},opcode:1,fin:1")
            most = max(most, self.counted()["waiting"])
        thread.join()
        self.prints("  code 1006, by timeout")
        self.assertGreater(most, 0)
        # At half of the queue no more is read; what was read by then may hold a buffer full of pings.
        self.assertLessEqual(most, SEND_QUEUE // 2 + READ_BUFFER)

    def test_close_timeout(self):
        self.serve(close_timeout=50)
        peer = self.greeted()
        peer.say((1000).to_bytes(2, "big"), CLOSE)
        self.assertEqual(peer.frame(), (CLOSE, (1000).to_bytes(2, "big")))
        self.assertEqual(peer.read_to_end(), b"")  # and our end stays open
        while self.counted()["open"] > 1:  # that question itself is one
            pass
        self.prints("client 1 closed", "  code 1000, by peer")

    def test_a_slow_reader_is_told_so_or_hears_the_newest_and_nobody_waits_for_it(self):
        """Holds for each policy: skip, close, and the one of the exercise."""
        for policy in (0, 1):
            with self.subTest(slow_reader=policy):
                self.serve(slow_reader=policy)
                slow, fast = self.greeted(), self.greeted()

                def tell():
                    fast.say("news")
                    told = number(fast.text())
                    self.assertEqual(fast.text(), ANSWER)
                    self.prints("receive from 2:news,opcode:1,fin:1")
                    return told

                behind = [tell() for _ in range(200)]  # more than any kernel keeps for a reader
                self.assertEqual(behind, list(range(1, 201)))
                self.assertLessEqual(self.counted()["waiting"], SEND_QUEUE)
                heard = [0]
                while heard[-1] <= behind[-1]:
                    opcode, payload = slow.frame()
                    if opcode == CLOSE:
                        self.assertEqual(payload[:2], (1008).to_bytes(2, "big"))
                        break
                    heard.append(number(payload.decode()))
                    self.assertGreater(heard[-1], heard[-2])
                    tell()
                self.assertLess(len(heard), len(behind))

    # ---- knobs

    def test_every_option_that_is_a_limit_has_a_knob_and_a_line_in_the_lesson(self):
        readme = (ROOT / SERVER / "README.md").read_text()
        limits = [name for name in options() if name not in NO_LIMITS]
        self.assertEqual(len(limits), 15)
        for name in limits:
            with self.subTest(name):
                self.assertRegex(readme, rf"(?m)^\| [^|]*`{name}`")
                if name != "allowed_origins":  # a list; its line in main.cpp is to be changed
                    self.assertEqual(run(SERVER, "none", "web", f"{name}=1").stderr,
                                     "not a port: none; a port is a number from 0 to 65535\n")

    def test_what_is_no_knob_and_no_value_is_refused(self):
        for setting, why in (
                ("threads=2", "no limit is called threads"),
                ("max_message", "not a value of max_message: ; a value of max_message is a number from 0 to 4294967295"),
                ("max_message=-1", "not a value of max_message: -1; a value of max_message is a number from 0 to 4294967295")):
            with self.subTest(setting):
                result = run(SERVER, "0", "web", setting)
                self.assertEqual((result.returncode, result.stdout, result.stderr), (1, "", why + "\n"))

    def test_a_port_in_use_is_explained(self):
        self.serve()
        result = run(SERVER, str(self.server.port))
        self.assertEqual((result.returncode, result.stdout), (1, ""))
        self.assertIn("another server", result.stderr)


if __name__ == "__main__":
    unittest.main()
