# lesson: 13
# needs: bench.load
"""Several loops: who is served by which, what runs at the same time, and that no order is lost by it."""

import base64
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree

sys.dont_write_bytecode = True  # leaves nothing behind in the tree
from blocking import BINARY, HELLO, HELLO_BACK, TEXT, HANDSHAKE, Contract, Peer, request, run  # noqa: E402
from program import BUILD, ROOT, Program  # noqa: E402
from websocket_peer import WebSocket  # noqa: E402

CHAPTER = "13-many-cores"
LOAD = BUILD / "tests/bench/load"
PATIENCE = 60  # seconds; only ends a test that hangs


def worked(text, rounds):
    """The answer to `text`, as the standard library of Python works it out."""
    digest = text.encode()
    for _ in range(rounds):
        digest = hashlib.sha1(digest).digest()
    return base64.b64encode(digest).decode()


class ManyCores(Contract, unittest.TestCase):
    CHAPTER = CHAPTER

    def server(self, *options):
        return self.enterContext(Program(f"chapters/{CHAPTER}", "0", *options))

    def peers(self, count, server):
        return [self.enterContext(WebSocket(server)) for _ in range(count)]

    def loops(self, server):
        """For each loop its peers and its messages; then the most handlers at a time; then the longest conversation."""
        *loops, at_a_time, longest = request(server, "GET", "/loops")[2].splitlines()
        for number, line in enumerate(loops, 1):
            self.assertRegex(line, rf"^loop {number}: \d+ peers, \d+ messages$")
        loops = [tuple(map(int, re.findall(r"\d+", line)[1:])) for line in loops]
        at_a_time = int(re.fullmatch(r"most handlers at a time: (\d+)", at_a_time)[1])
        longest = tuple(map(int, re.fullmatch(r"longest conversation: (\d+) messages, peer (\d+)", longest).groups()))
        return loops, at_a_time, longest

    # ---- who is served by which loop

    def test_connections_are_spread_evenly_in_the_order_of_their_numbers(self):
        for threads, expected in ((1, [7]), (2, [4, 3]), (3, [3, 2, 2]), (8, [1] * 7 + [0])):
            with self.subTest(threads=threads):
                server = self.server("--threads", str(threads))
                peers = self.peers(7, server)
                for number, peer in enumerate(peers, 1):  # the first says one thing, the second two …
                    for _ in range(number):
                        peer.say("Hello")
                        self.assertEqual(peer.text(), "Hello")
                said = [sum(range(loop, 8, threads)) for loop in range(1, threads + 1)]
                self.assertEqual(self.loops(server)[0], list(zip(expected, said)))

    def test_each_loop_has_a_thread_and_there_is_no_other(self):
        for threads in (1, 2, 5):
            with self.subTest(threads=threads):
                server = self.server("--threads", str(threads))
                for peer in self.peers(20, server):
                    peer.say("Hello")
                    self.assertEqual(peer.text(), "Hello")
                self.assertEqual(len(os.listdir(f"/proc/{server.process.pid}/task")), threads)

    def test_two_threads_unless_told_otherwise(self):
        self.assertEqual(len(self.loops(self.server())[0]), 2)

    def test_what_came_with_the_handshake_moves_with_it_to_another_loop(self):
        server = self.server("--threads", "3")
        for _ in range(6):
            with Peer(server) as peer:
                peer.send(HANDSHAKE + HELLO)
                peer.read_head()
                self.assertEqual(peer.read(len(HELLO_BACK)), HELLO_BACK)

    # ---- what runs at the same time

    def talk(self, server, peers):
        """Everybody says something before anybody listens."""
        for peer in peers:
            peer.say("Hello")
        for peer in peers:
            self.assertEqual(peer.text(), worked("Hello", 2000))

    def test_handlers_of_different_loops_run_at_the_same_time(self):
        server = self.server("--threads", "2", "--work", "2000")
        peers = self.peers(8, server)
        while self.loops(server)[1] < 2:
            self.talk(server, peers)
        for _ in range(20):
            self.talk(server, peers)
        self.assertEqual(self.loops(server)[1], 2)  # and never more than there are loops

    def test_handlers_of_one_loop_never_do(self):
        server = self.server("--threads", "1", "--work", "2000")
        peers = self.peers(8, server)
        for _ in range(20):
            self.talk(server, peers)
        self.assertEqual(self.loops(server), ([(8, 160)], 1, (0, 0)))

    # ---- what is answered

    def test_without_work_it_echoes_text_and_binary(self):
        server = self.server()
        for peer in self.peers(2, server):
            peer.say("你好")
            self.assertEqual(peer.frame(), (TEXT, "你好".encode()))
            peer.say(b"\x00\xff", BINARY)
            self.assertEqual(peer.frame(), (BINARY, b"\x00\xff"))

    def test_the_answer_shows_that_the_work_was_done(self):
        for rounds in (1, 2, 3000):
            server = self.server("--work", str(rounds))
            for peer in self.peers(2, server):
                peer.say("Hello")
                self.assertEqual(peer.text(), worked("Hello", rounds))
                peer.say(b"Hello", BINARY)
                self.assertEqual(peer.text(), worked("Hello", rounds))

    def test_each_peer_is_answered_in_order(self):
        server = self.server("--threads", "3", "--work", "100")
        peers = self.peers(9, server)
        for number in range(50):
            for name, peer in enumerate(peers):
                peer.say(f"{number} from {name}")
        for name, peer in enumerate(peers):
            self.assertEqual([peer.text() for _ in range(50)],
                             [worked(f"{number} from {name}", 100) for number in range(50)])

    # ---- what the loops share

    def test_the_longest_conversation_is_remembered_with_who_held_it(self):
        server = self.server("--threads", "2")
        for number, said in enumerate((1, 3, 2, 3), 1):
            (peer,) = self.peers(1, server)
            for _ in range(said):
                peer.say("Hello")
                self.assertEqual(peer.text(), "Hello")
            peer.close()
            while sum(peers for peers, _ in self.loops(server)[0]) > 0:  # its on_close may still be on its way
                pass
            self.assertEqual(self.loops(server)[2], (1, 1) if number == 1 else (3, 2))

    def test_it_ends_in_order_with_peers_on_every_loop(self):
        server = self.server("--threads", "3")
        peers = self.peers(6, server)
        server.signal(15)
        for peer in peers:
            self.assertEqual(peer.closed_with(), (1001, "this server is stopping"))
        self.assertEqual(server.end(), ([], 0))

    def test_what_is_no_number_of_threads_or_rounds_is_refused(self):
        for wrong in (["--threads", "0"], ["--threads", "257"], ["--threads"], ["--threads", "two"], ["--work", "-1"],
                      ["--work"], ["0", "web", "more"]):
            with self.subTest(arguments=wrong):
                refused = run(f"chapters/{CHAPTER}", *wrong)
                self.assertEqual((refused.returncode, refused.stdout), (2, ""))
                self.assertTrue(refused.stderr.startswith("usage: "), refused.stderr)


class Measuring(unittest.TestCase):
    def load(self, *options, scenario="echo", server=()):
        return subprocess.run([LOAD, scenario, *options, "--", BUILD / f"chapters/{CHAPTER}", "0", *server], cwd=ROOT,
                              capture_output=True, encoding="utf-8", timeout=PATIENCE, check=False)

    def test_the_load_generator_knows_the_answers(self):
        right = self.load("--connections", "3", "--messages", "200", "--work", "7", server=["--work", "7"])
        self.assertEqual((right.returncode, right.stderr), (0, ""))
        self.assertGreaterEqual(json.loads(right.stdout)["messages"], 200)
        for rounds in ("6", "0"):
            wrong = self.load("--connections", "3", "--messages", "200", "--work", "7", server=["--work", rounds])
            self.assertEqual((wrong.returncode, wrong.stdout), (1, ""))
            self.assertIn("came back wrong", wrong.stderr)

    def test_the_load_generator_lets_peers_think_where_they_take_turns(self):
        echo = self.load("--connections", "3", "--depth", "2", "--think", "0.5", "--messages", "40")
        self.assertEqual((echo.returncode, echo.stderr), (0, ""))
        self.assertGreaterEqual(json.loads(echo.stdout)["messages"], 40)
        broadcast = self.load("--think", "0.5", "--messages", "40", scenario="broadcast")
        self.assertEqual((broadcast.returncode, broadcast.stdout), (1, ""))
        self.assertTrue(broadcast.stderr.startswith("load: usage: "), broadcast.stderr)

    def test_measure_makes_its_tables_and_its_plot(self):
        with tempfile.TemporaryDirectory() as folder:
            tables, plot = (pathlib.Path(folder, name) for name in ("tables.md", "plot.svg"))
            made = subprocess.run(
                [sys.executable, ROOT / f"chapters/{CHAPTER}/measure.py", "--short", "--markdown", tables, "--svg", plot],
                cwd=ROOT, capture_output=True, encoding="utf-8", timeout=PATIENCE, check=False,
                env={**os.environ, "DUPLEX_BUILD": str(BUILD)})
            self.assertEqual(made.returncode, 0, made.stderr)
            self.assertEqual(made.stdout, tables.read_text())
            drawing = xml.etree.ElementTree.parse(plot)
        knee, threads = ([[cell.strip() for cell in line.strip("|").split("|")] for line in part.splitlines()]
                         for part in made.stdout.split("\n\n"))
        self.assertEqual([row[:2] for row in knee[2:]], [["1", "1"], ["1", "3"], ["2", "1"], ["2", "3"]])
        self.assertEqual([row[1] for row in threads[2:]], ["1", "2"] * 5)
        for rows in (knee, threads):
            for row in rows[2:]:
                self.assertEqual(len(row), len(rows[0]))
                for cell in row[2:]:
                    self.assertFalse(float(cell.replace(",", "")) < 0, cell)
        for row in threads[2::2]:  # the fewest threads, divided by themselves; nothing, where the clock saw no time
            self.assertIn((row[3], row[5]), (("1.00", "1.00"), ("1.00", "nan")))
        svg = "{http://www.w3.org/2000/svg}"
        self.assertEqual(len(drawing.findall(f"{svg}polyline")), 3 * 2)  # a curve for each number of threads, thrice
        self.assertEqual(len(drawing.findall(f"{svg}circle")), 3 * 2 * 2)


if __name__ == "__main__":
    unittest.main()
