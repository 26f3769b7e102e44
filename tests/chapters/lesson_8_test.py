# lesson: 8
"""The tutorial server, line by line: what it prints, what it answers, and how it ends."""

import signal
import sys
import unittest

sys.dont_write_bytecode = True  # leaves nothing behind in the tree
from blocking import BINARY, CLOSE, PING, PONG, request  # noqa: E402
from program import ROOT, Program, run  # noqa: E402
from websocket_peer import WebSocket  # noqa: E402

SERVER = "chapters/08-tutorial-server"
GREETING = "welcome to harvie's home !\n"
ANSWER = "get it message !"


class TutorialServer(unittest.TestCase):
    def setUp(self):
        self.server = self.enterContext(Program(SERVER, "0"))

    def connect(self, target="/", fields=()):
        """A greeted peer, whose request has been printed."""
        peer = self.enterContext(WebSocket(self.server, target, fields))
        self.assertEqual(peer.text(), GREETING)
        self.server.line(r"^request fd \d+ from ")
        for _ in range(6 + len(fields)):
            self.server.line("^  ")
        return peer

    def prints(self, *lines):
        for line in lines:
            self.assertEqual(self.server.line().string, line)

    # ---- what it prints

    def test_the_request_is_printed_with_its_query_and_its_cookies(self):
        fields = ["Cookie: theme=dark; name=J%C3%BCrgen", "X-Note: \"quoted\"\ttab and back\\slash"]
        with WebSocket(self.server, "/room?name=J%C3%BCrgen+B&empty=&x=%1b%5B31m", fields) as peer:
            self.assertEqual(peer.text(), GREETING)
            self.prints(
                f"request fd 1 from {peer.address}",
                "  GET /room?name=J%C3%BCrgen+B&empty=&x=%1b%5B31m HTTP/1.1",
                "  Host: 127.0.0.1",
                "  Upgrade: websocket",
                "  Connection: Upgrade",
                "  Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
                "  Sec-WebSocket-Version: 13",
                "  Cookie: theme=dark; name=J%C3%BCrgen",
                r"  X-Note: \"quoted\"\ttab and back\\slash",
                "  query:",
                "    name = Jürgen B",
                "    empty = ",
                r"    x = \x1b[31m",
                "  cookies:",
                "    theme = dark",
                "    name = J%C3%BCrgen")

    def test_each_message_is_printed_and_answered(self):
        peer = self.connect()
        for data, opcode, line in (
                ("hello", 1, "receive from 1:hello,opcode:1,fin:1"),
                ("", 1, "receive from 1:,opcode:1,fin:1"),
                (b"\x00\xff\x80", BINARY, r"receive from 1:\x00\xff\x80,opcode:2,fin:1")):
            peer.say(data, opcode)
            self.assertEqual(peer.text(), ANSWER)
            self.prints(line)

    def test_what_could_command_a_terminal_is_escaped_and_all_scripts_stay(self):
        peer = self.connect()
        peer.say("\x1b[2J\x07\r\n\t\"\\\x7f\u009b 你好 naïve 🙂")
        self.assertEqual(peer.text(), ANSWER)
        self.prints(r'receive from 1:\x1b[2J\x07\r\n\t\"\\\x7f\xc2\x9b 你好 naïve 🙂,opcode:1,fin:1')

    def test_fragments_arrive_as_one_message_and_a_ping_is_not_printed(self):
        peer = self.connect()
        peer.say(b"\x01", BINARY, fin=False)
        peer.say("still there?", PING)
        self.assertEqual(peer.frame(), (PONG, b"still there?"))
        peer.say(b"", 0, fin=False)
        peer.say(b"\x02", 0)
        self.assertEqual(peer.text(), ANSWER)
        self.prints(r"receive from 1:\x01\x02,opcode:2,fin:1")

    def test_ids_count_upgrades_and_are_never_used_again(self):
        for fd in (1, 2):
            peer = self.connect()
            peer.close()
            self.prints(f"client {fd} closed")
        request(self.server, "GET", "/")  # takes no id
        third, fourth = self.connect(), self.connect()
        third.say("three")
        self.prints("receive from 3:three,opcode:1,fin:1")
        fourth.say("four")
        self.prints("receive from 4:four,opcode:1,fin:1")

    def test_who_leaves_without_a_word_has_closed_too(self):
        self.connect().socket.close()
        self.prints("client 1 closed")

    def test_a_broken_rule_is_named_where_errors_go(self):
        peer = self.connect()
        peer.send(b"\x81\x02hi")
        opcode, payload = peer.frame()
        self.assertEqual((opcode, payload[:2]), (CLOSE, (1002).to_bytes(2, "big")))
        self.assertRegex(payload[2:].decode(), "^RFC 6455 §5.1: ")
        peer.ended()
        self.prints("client 1 closed")
        self.assertIn("client 1: " + payload[2:].decode(), self.server.stderr())

    def test_it_warns_that_every_page_may_connect(self):
        self.connect()
        self.assertEqual(self.server.stderr(),
                         "note: any web page may connect; options.allowed_origins limits that\n")

    # ---- the page

    def test_the_files_of_the_page_are_served(self):
        for target, file, kind in (
                ("/", "index.html", "text/html; charset=utf-8"),
                ("/index.html", "index.html", "text/html; charset=utf-8"),
                ("/index.js?version=2", "index.js", "text/javascript; charset=utf-8"),
                ("/style.css", "style.css", "text/css; charset=utf-8")):
            with self.subTest(target):
                content = (ROOT / "web" / file).read_text(encoding="utf-8")
                status, fields, body = request(self.server, "GET", target)
                self.assertEqual((status, fields["Content-Type"], body), (200, kind, content))
                status, fields, body = request(self.server, "HEAD", target)
                self.assertEqual((status, fields["Content-Type"], body), (200, kind, ""))
                self.assertEqual(fields["Content-Length"], str(len(content.encode())))

    def test_what_is_not_there_gets_404_and_what_is_outside_too(self):
        for target in ("/no-such-file", "/../README.md", "/%2e%2e/README.md", "/..%2fCMakeLists.txt",
                       "//etc/passwd", "/index.html%00.png", "/favicon.ico"):
            with self.subTest(target):
                self.assertEqual(request(self.server, "GET", target)[0], 404)

    def test_files_can_only_be_read(self):
        for method in ("POST", "DELETE", "OPTIONS"):
            with self.subTest(method):
                status, fields, _ = request(self.server, method, "/")
                self.assertEqual((status, fields["Allow"]), (405, "GET, HEAD"))


class BeginningAndEnd(unittest.TestCase):
    def test_a_signal_ends_it_in_order_with_clients_open(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(number.name), Program(SERVER, "0") as server:
                peers = [self.enterContext(WebSocket(server)) for _ in range(3)]
                for peer in peers:
                    self.assertEqual(peer.text(), GREETING)
                server.signal(number)
                for peer in peers:
                    self.assertEqual(peer.closed_with()[0], 1001)
                lines, status = server.end()
                self.assertEqual(status, 0)
                self.assertEqual(sorted(line for line in lines if line.startswith("client")),
                                 ["client 1 closed", "client 2 closed", "client 3 closed"])

    def assert_refused(self, port, why):
        result = run(SERVER, port)
        self.assertEqual((result.returncode, result.stdout, result.stderr), (1, "", why + "\n"))

    def test_a_port_in_use_is_explained(self):
        with Program(SERVER, "0") as first:
            self.assert_refused(str(first.port), f"cannot listen on 0.0.0.0:{first.port}: address already in use; "
                                                 "is another server running? try another port")

    def test_what_is_not_a_port_is_refused(self):
        for text in ("http", "-1", "65536", "80x", " 80", ""):
            with self.subTest(port=text):
                self.assert_refused(text, f"not a port: {text}; a port is a number from 0 to 65535")

    def test_port_0_is_a_free_one(self):
        with Program(SERVER, "0") as one, Program(SERVER, "0") as other:
            self.assertNotEqual(one.port, other.port)

    def test_the_same_port_can_be_taken_again_at_once(self):
        with Program(SERVER, "0") as server, WebSocket(server) as peer:
            self.assertEqual(peer.text(), GREETING)
            peer.close()  # the server ends the connection first, so its side of it lingers in the kernel
            self.assertEqual(server.stop()[1], 0)
        with Program(SERVER, str(server.port)) as again:
            self.assertEqual(again.port, server.port)


if __name__ == "__main__":
    unittest.main()
