# lesson: 6
"""The echo by callbacks: many peers in one thread, and one open and one close for each of them."""

import collections
import os
import sys
import unittest

sys.dont_write_bytecode = True  # leaves nothing behind in the tree
from blocking import BINARY, TEXT, Contract  # noqa: E402
from websocket_peer import WebSocket  # noqa: E402


class Callbacks(Contract, unittest.TestCase):
    CHAPTER = "06-callbacks"

    def connect(self):
        return self.enterContext(WebSocket(self.program))

    def prints(self, *lines):
        for line in lines:
            self.assertEqual(self.program.line().string, line)

    def test_200_peers_are_served_by_one_thread_and_each_opens_and_closes_once(self):
        peers = [self.connect() for _ in range(200)]
        for i, peer in enumerate(peers):
            peer.say(f"from {i}")
        for i, peer in enumerate(peers):
            self.assertEqual(peer.text(), f"from {i}")
        self.assertEqual(len(os.listdir(f"/proc/{self.program.process.pid}/task")), 1)

        for peer in peers[:100]:
            peer.close()
        for peer in peers[100:150]:
            peer.finish()  # no close frame, only the end of what it sends
        for peer in peers[150:]:
            peer.reset()
        opened, closed = collections.Counter(), collections.Counter()
        while sum(closed.values()) < 200:
            line = self.program.line(r"^(\d+): (open|closed|text)")
            if line[2] != "text":
                (opened if line[2] == "open" else closed)[int(line[1])] += 1
        lines, status = self.program.stop()
        self.assertEqual((lines, status), ([], 0))
        once = collections.Counter(range(1, 201))
        self.assertEqual((opened, closed), (once, once))

    def test_it_counts_who_is_here_and_says_how_each_left(self):
        one = self.connect()
        self.prints("1: open, 1 here")
        two = self.connect()
        self.prints("2: open, 2 here")
        one.close(4000)
        self.prints("1: closed with 4000, 1 here")
        two.finish()
        self.prints("2: closed with 1006, 0 here")

    def test_a_message_is_printed_short_and_escaped_and_echoed_whole(self):
        peer = self.connect()
        self.prints("1: open, 1 here")
        for data, opcode, line in (
                ("\x1b[2Jbell\a \"你好\"", TEXT, r'text message, 18 bytes "\x1b[2Jbell\x07 \"你好\""'),
                (bytes(300), BINARY, "binary message, 300 bytes \"" + r"\x00" * 64 + "…\"")):
            peer.say(data, opcode)
            self.assertEqual(peer.frame(), (opcode, data if opcode == BINARY else data.encode()))
            self.prints(f"1: {line}")

    def test_a_broken_rule_ends_one_peer_and_no_other(self):
        good, bad = self.connect(), self.connect()
        bad.send(b"\x81\x02hi")  # not masked
        self.assertEqual(bad.closed_with()[0], 1002)
        good.say("still here")
        self.assertEqual(good.text(), "still here")

    def test_at_its_end_the_server_says_so_to_each_peer(self):
        peers = [self.connect() for _ in range(3)]
        self.program.signal(2)  # SIGINT, as Ctrl+C
        for peer in peers:
            self.assertEqual(peer.closed_with()[0], 1001)
        lines, status = self.program.end()
        self.assertEqual(status, 0)
        self.assertEqual(sorted(line for line in lines if "closed" in line),
                         [f"{fd}: closed with 1001, {here} here" for fd, here in zip((1, 2, 3), (2, 1, 0))])


if __name__ == "__main__":
    unittest.main()
