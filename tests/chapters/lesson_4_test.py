# lesson: 4
"""Frames: each is printed, those with data come back as they are, and who breaks a rule is cut off."""

import sys
import unittest

sys.dont_write_bytecode = True  # leaves nothing behind in the tree
from blocking import (BINARY, HANDSHAKE, HELLO, HELLO_BACK, PING, TEXT, Contract, Peer, masked,  # noqa: E402
                      unmasked)

LIMIT = 1024 * 1024  # bytes of a payload


class Framing(Contract, unittest.TestCase):
    CHAPTER = "04-framing"

    def answer(self, sent):
        """What comes back, up to the end, when `sent` follows a handshake."""
        with Peer.handshaken(self.program) as peer:
            peer.send(sent)
            return peer.finish()

    def test_hello_is_printed_and_comes_back(self):
        with Peer.handshaken(self.program) as peer:
            self.program.line("^1: the handshake is done$")
            peer.send(HELLO)
            self.assertEqual(peer.read(7), HELLO_BACK)
            self.program.line(
                '^1: received 81 85  37 fa 21 3d  7f 9f 4d 51 58   FIN text masked len 5 "Hello"$')
        self.program.line("^1: the peer has left$")

    def test_every_form_of_length_comes_back_in_the_fewest_bytes(self):
        for length in (0, 1, 125, 126, 127, 65535, 65536, LIMIT):
            with self.subTest(length=length):
                payload = bytes(i % 251 for i in range(length))
                self.assertEqual(self.answer(masked(BINARY, payload)), unmasked(BINARY, payload))

    def test_the_16_bit_length_is_in_network_byte_order(self):
        self.assertEqual(self.answer(masked(TEXT, b"x" * 258))[:4], bytes.fromhex("81 7e 01 02"))

    def test_a_frame_byte_by_byte(self):
        with Peer.handshaken(self.program) as peer:
            peer.send_byte_by_byte(masked(TEXT, b"a" * 300))
            self.assertEqual(peer.finish(), unmasked(TEXT, b"a" * 300))

    def test_many_frames_in_one_read_and_half_a_frame_behind_them(self):
        with Peer.handshaken(self.program) as peer:
            peer.send(HELLO * 100 + HELLO[:3])
            self.assertEqual(peer.read(700), HELLO_BACK * 100)
            peer.send(HELLO[3:])
            self.assertEqual(peer.finish(), HELLO_BACK)

    def test_a_frame_glued_to_the_handshake(self):
        with Peer(self.program) as peer:
            peer.send(HANDSHAKE + HELLO)
            self.assertTrue(peer.finish().endswith(b"\r\n\r\n" + HELLO_BACK))

    def test_fragments_come_back_as_fragments(self):
        self.assertEqual(self.answer(masked(TEXT, b"Hel", fin=False) + masked(0, b"lo")),
                         unmasked(TEXT, b"Hel", fin=False) + unmasked(0, b"lo"))

    def test_control_frames_are_printed_and_not_answered(self):
        self.assertEqual(self.answer(masked(PING, b"!") + masked(8, b"\x03\xe8bye") + HELLO), HELLO_BACK)
        self.program.line("^1: the handshake is done$")
        self.program.line("^1: received 89 81 .* FIN ping masked len 1$")
        self.program.line('^1: received 88 85 .* FIN close masked len 5 code 1000 "bye"$')

    def test_who_breaks_a_rule_is_cut_off_after_what_came_before(self):
        too_big = masked(BINARY, b"")[:1] + b"\xff" + (LIMIT + 1).to_bytes(8, "big") + b"mask"
        for broken, rule in ((HELLO_BACK, "RFC 6455 §5.1: a client must mask its frames"),
                             (b"\xc1" + HELLO[1:], "RFC 6455 §5.2: a reserved bit must be 0"),
                             (b"\x83" + HELLO[1:], "RFC 6455 §5.2: the opcode must be one that is defined"),
                             (b"\x81\xfe\x00\x05" + HELLO[2:], "RFC 6455 §5.2: the length must use the fewest bytes"),
                             (b"\x09" + HELLO[1:], "RFC 6455 §5.5: a control frame must not be fragmented"),
                             (too_big, "RFC 6455 §7.4.1: the payload is larger than this server allows")):
            with self.subTest(rule=rule), Peer.handshaken(self.program) as peer:
                id = self.program.line(r"^(\d+): the handshake is done$")[1]
                peer.send(HELLO + broken + HELLO + bytes(100_000))
                self.assertEqual(peer.read_to_end(), HELLO_BACK)
                self.program.line(f"^{id}: received ")
                shown = self.program.line(rf"^{id}: refused ([0-9a-f ]+)   {rule}$")[1]
                self.assertTrue((broken + HELLO).startswith(bytes.fromhex(shown)), shown)

    def test_a_terminal_gets_no_orders(self):
        self.answer(masked(TEXT, b"\x1b[2J\r\n2: the peer has left"))
        self.program.line("^1: the handshake is done$")
        self.program.line(r'"\\x1b\[2J\\r\\n2: the peer has left"$')


if __name__ == "__main__":
    unittest.main()
