# lesson: 3
"""The opening handshake: who gets a 101 and who does not, and that every byte behind it is printed."""

import sys
import unittest

sys.dont_write_bytecode = True  # leaves nothing behind in the tree
from blocking import ACCEPT, HANDSHAKE, HELLO, Contract, Peer  # noqa: E402


class Handshake(Contract, unittest.TestCase):
    CHAPTER = "03-handshake"

    def answer(self, sent):
        with Peer(self.program) as peer:
            peer.send(sent)
            return peer.finish()

    def printed_bytes(self, id):
        """The bytes that a peer's lines show, up to the one that says it has left."""
        shown = b""
        while (found := self.program.line(rf"^{id}: (the peer has left|[0-9a-f ]+)$"))[1] != "the peer has left":
            shown += bytes.fromhex(found[1])
        return shown

    def test_the_key_of_rfc_6455_is_answered_with_its_accept_value(self):
        answer = self.answer(HANDSHAKE)
        self.assertTrue(answer.startswith(b"HTTP/1.1 101 Switching Protocols\r\n"), answer)
        self.assertIn(b"\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n", answer)
        self.assertIn(ACCEPT, answer)
        self.assertTrue(answer.endswith(b"\r\n\r\n"), answer)

    def test_fields_as_firefox_sends_them(self):
        for upgrade, connection in ((b"websocket", b"keep-alive, Upgrade"), (b"WebSocket", b"UPGRADE"),
                                    (b"h2c, websocket", b"upgrade,keep-alive")):
            with self.subTest(upgrade=upgrade, connection=connection):
                sent = HANDSHAKE.replace(b"Upgrade: websocket", b"Upgrade: " + upgrade)
                sent = sent.replace(b"Connection: Upgrade", b"Connection: " + connection)
                self.assertTrue(self.answer(sent).startswith(b"HTTP/1.1 101 "))

    def test_another_version_is_told_the_right_one(self):
        for version in (b"8", b"99", b"13, 8", b""):
            with self.subTest(version=version):
                answer = self.answer(HANDSHAKE.replace(b"Version: 13", b"Version: " + version))
                self.assertTrue(answer.startswith(b"HTTP/1.1 426 Upgrade Required\r\n"), answer)
                self.assertIn(b"\r\nSec-WebSocket-Version: 13\r\n", answer)
                self.assertIn("RFC 6455 §4.4: ".encode(), answer)

    def test_a_bad_key_is_refused(self):
        for key in (b"", b"dGhlIHNhbXBsZSBub25jZQ", b"dGhlIHNhbXBsZSBub25jZQ=?", b"dGhlIHNhbXBsZSBub25jZTE="):
            with self.subTest(key=key):
                answer = self.answer(HANDSHAKE.replace(b"dGhlIHNhbXBsZSBub25jZQ==", key))
                self.assertTrue(answer.startswith(b"HTTP/1.1 400 Bad Request\r\n"), answer)
                self.assertIn("RFC 6455 §4.2.1: ".encode(), answer)

    def test_a_refusal_arrives_although_more_was_sent(self):
        with Peer(self.program) as peer:
            peer.send(HANDSHAKE.replace(b"Version: 13", b"Version: 8") + bytes(100_000))
            self.assertTrue(peer.read_to_end().startswith(b"HTTP/1.1 426 "))

    def test_a_plain_visit_is_told_what_to_open(self):
        status, headers, body = self.request("GET", "/")
        self.assertEqual((status, headers["Upgrade"], headers["Connection"]), (426, "websocket", "Upgrade, close"))
        self.assertEqual(headers["Sec-WebSocket-Version"], "13")
        self.assertEqual(body, "RFC 9110 §15.5.22: this address takes WebSocket connections; "
                               "open /index.html for a page that makes one\n")

    def test_the_bytes_of_a_frame_are_printed(self):
        with Peer.handshaken(self.program) as peer:
            self.program.line("^1: the handshake is done$")
            peer.send(HELLO)
            self.program.line("^1: 81 85 37 fa 21 3d 7f 9f 4d 51 58$")
        self.program.line("^1: the peer has left$")

    def test_bytes_glued_behind_the_handshake_are_not_lost(self):
        self.answer(HANDSHAKE + HELLO)
        self.program.line("^1: the handshake is done$")
        self.assertEqual(self.printed_bytes(1), HELLO)

    def test_a_handshake_in_pieces_and_every_value_of_a_byte(self):
        every = bytes(range(256)) * 20
        with Peer(self.program) as peer:
            peer.send_byte_by_byte(HANDSHAKE)
            peer.send(every)
            self.assertIn(ACCEPT, peer.finish())
        self.program.line("^1: the handshake is done$")
        self.assertEqual(self.printed_bytes(1), every)

    def test_only_handshakes_are_printed_and_counted(self):
        self.request("GET", "/")
        self.answer(HANDSHAKE.replace(b"Version: 13", b"Version: 8"))
        for id in (1, 2):
            self.answer(HANDSHAKE)
            self.program.line(f"^{id}: the handshake is done$")
            self.program.line(f"^{id}: the peer has left$")


if __name__ == "__main__":
    unittest.main()
