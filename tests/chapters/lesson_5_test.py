# lesson: 5
"""Messages: fragments are joined, pings are answered, text is checked, and each end has its code."""

import sys
import unittest

sys.dont_write_bytecode = True  # leaves nothing behind in the tree
from blocking import (BINARY, CLOSE, HANDSHAKE, HELLO, HELLO_BACK, PING, PONG, TEXT, Contract, Peer,  # noqa: E402
                      masked, unmasked)

LIMIT = 1024 * 1024  # bytes of a message
TOO_LARGE = "RFC 6455 §7.4.1: the message is larger than this server allows"


def code(number):
    return number.to_bytes(2, "big")


class Messages(Contract, unittest.TestCase):
    CHAPTER = "05-messages"

    def answer(self, sent):
        """What comes back, up to the end, when `sent` follows a handshake."""
        with Peer.handshaken(self.program) as peer:
            peer.send(sent)
            return peer.finish()

    def test_a_message_is_printed_and_comes_back(self):
        with Peer.handshaken(self.program) as peer:
            self.program.line("^1: the handshake is done$")
            peer.send(HELLO)
            self.assertEqual(peer.read(7), HELLO_BACK)
            self.program.line('^1: text message, 5 bytes "Hello"$')
        self.program.line("^1: the peer has left$")

    def test_three_fragments_with_a_ping_between(self):
        self.assertEqual(self.answer(masked(TEXT, b"Hel", fin=False) + masked(0, b"", fin=False)
                                     + masked(PING, b"are you there?") + masked(0, b"lo")),
                         unmasked(PONG, b"are you there?") + HELLO_BACK)
        self.program.line("^1: the handshake is done$")
        self.program.line('^1: ping, 14 bytes "are you there[?]"$')
        self.program.line('^1: text message, 5 bytes "Hello"$')

    def test_a_frame_glued_to_the_handshake(self):
        with Peer(self.program) as peer:
            peer.send(HANDSHAKE + HELLO)
            self.assertTrue(peer.finish().endswith(b"\r\n\r\n" + HELLO_BACK))

    def test_a_conversation_byte_by_byte(self):
        with Peer.handshaken(self.program) as peer:
            peer.send_byte_by_byte(HELLO + masked(PING, b"") + masked(TEXT, b"x" * 130) + masked(CLOSE, code(1000)))
            self.assertEqual(peer.read_to_end(), HELLO_BACK + unmasked(PONG, b"") + unmasked(TEXT, b"x" * 130)
                             + unmasked(CLOSE, code(1000)))

    def test_a_character_cut_in_two_by_a_fragment_is_whole_again(self):
        euro = "€".encode()
        self.assertEqual(self.answer(masked(TEXT, euro[:1], fin=False) + masked(0, euro[1:])), unmasked(TEXT, euro))

    def test_binary_data_need_not_be_text(self):
        self.assertEqual(self.answer(masked(BINARY, b"\xff\xfe")), unmasked(BINARY, b"\xff\xfe"))

    def test_a_pong_is_printed_and_not_answered(self):
        self.assertEqual(self.answer(masked(PONG, b"here") + HELLO), HELLO_BACK)
        self.program.line("^1: the handshake is done$")
        self.program.line('^1: pong, 4 bytes "here"$')

    def test_a_close_frame_is_answered_with_its_code_and_the_connection_ends(self):
        for number in (1000, 1001, 1003, 1007, 1011, 3000, 4999):
            with self.subTest(code=number), Peer.handshaken(self.program) as peer:
                peer.send(masked(CLOSE, code(number) + b"bye") + HELLO)
                self.assertEqual(peer.read_to_end(), unmasked(CLOSE, code(number)))
                self.program.line("the handshake is done$")
                self.program.line(f'close {number}, reason of 3 bytes "bye"$')
        with Peer.handshaken(self.program) as peer:
            peer.send(masked(CLOSE, b""))
            self.assertEqual(peer.read_to_end(), unmasked(CLOSE, b""))

    def test_who_breaks_a_rule_is_told_which_one_although_more_was_sent(self):
        too_big = b"\x82\xff" + (LIMIT + 1).to_bytes(8, "big") + b"mask"
        for broken, number, rule in (
                (HELLO_BACK, 1002, "RFC 6455 §5.1: a client must mask its frames"),
                (masked(0, b"lo"), 1002, "RFC 6455 §5.4: a continuation frame needs a message that has begun"),
                (masked(TEXT, b"", fin=False) + HELLO, 1002,
                 "RFC 6455 §5.4: a message must end before the next one begins"),
                (masked(CLOSE, b"\x03"), 1002,
                 "RFC 6455 §5.5.1: a close frame is empty or begins with a code of two bytes"),
                (masked(CLOSE, code(1006)), 1002, "RFC 6455 §7.4: this close code must not be sent"),
                (masked(TEXT, b"\xff", fin=False), 1007, "RFC 6455 §8.1: a text message must be UTF-8"),
                (masked(TEXT, b"\xe2\x82"), 1007, "RFC 6455 §8.1: a text message must be UTF-8"),
                (too_big, 1009, TOO_LARGE)):
            with self.subTest(rule=rule), Peer.handshaken(self.program) as peer:
                id = self.program.line(r"^(\d+): the handshake is done$")[1]
                peer.send(broken + bytes(100_000))
                self.assertEqual(peer.read_to_end(), unmasked(CLOSE, code(number) + rule.encode()))
                self.program.line(f"^{id}: refused with {number}: {rule}$")

    def test_the_limit_is_on_the_message_and_not_on_the_frame(self):
        half = bytes(LIMIT // 2)
        whole = masked(BINARY, half, fin=False) + masked(0, half)
        self.assertEqual(self.answer(whole), unmasked(BINARY, half + half))
        self.assertEqual(self.answer(masked(BINARY, half, fin=False) + masked(0, half + b"x")),
                         unmasked(CLOSE, code(1009) + TOO_LARGE.encode()))

    def test_a_terminal_gets_no_orders_and_no_long_text(self):
        self.answer(masked(TEXT, b"\x1b[2J\n" + b"x" * 100))
        self.program.line("^1: the handshake is done$")
        self.program.line(r'^1: text message, 105 bytes "\\x1b\[2J\\nx{59}…"$')


if __name__ == "__main__":
    unittest.main()
