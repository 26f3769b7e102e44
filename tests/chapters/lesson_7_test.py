# lesson: 7
# needs: 01-polling 02-long-poll
"""The notice board by push: who is told what, in which order, and what telling costs."""

import json
import re
import subprocess
import sys
import unittest
import urllib.parse

sys.dont_write_bytecode = True  # leaves nothing behind in the tree
from blocking import Contract, start  # noqa: E402
from program import ROOT, Program  # noqa: E402
from websocket_peer import WebSocket  # noqa: E402


class Push(Contract, unittest.TestCase):
    CHAPTER = "07-push"

    def reader(self, target="/?since=0", program=None):
        return self.enterContext(WebSocket(program or self.program, target))

    def post(self, text):
        status, _, body = self.request("POST", "/news?" + urllib.parse.urlencode({"text": text}))
        self.assertEqual(status, 201)
        return int(body)

    def cost(self):
        return json.loads(self.request("GET", "/cost")[2])

    def assert_told(self, reader, *notes):
        """The next message holds these notes and no other: pairs of an id and a text."""
        news = reader.text()
        self.assertEqual([re.fullmatch(r"(\d+) \d{13} (.*)", line).groups() for line in news.splitlines()],
                         [(str(id), text) for id, text in notes])
        return len(news)

    def test_each_reader_is_told_each_note_in_order_without_asking(self):
        readers = [self.reader() for _ in range(3)]
        before = self.cost()
        payload = 0
        for number in range(1, 21):
            self.assertEqual(self.post(f"note {number}"), number)
        for reader in readers:
            for number in range(1, 21):
                payload += self.assert_told(reader, (number, f"note {number}"))
        after = self.cost()
        self.assertEqual({name: after[name] - before[name] for name in after},
                         {"requests": 0, "notes": 60, "header_bytes": 60 * 2, "payload_bytes": payload})

    def test_the_opening_handshake_is_the_only_request_and_every_byte_of_it_is_counted(self):
        reader = self.reader()
        self.assertEqual(self.cost(), {"requests": 1, "notes": 0, "payload_bytes": 0,
                                       "header_bytes": len(reader.asked) + len(reader.answered)})

    def test_a_long_note_has_a_longer_frame_header(self):
        reader = self.reader()
        before = self.cost()["header_bytes"]
        self.post("x" * 200)
        self.assert_told(reader, (1, "x" * 200))
        self.assertEqual(self.cost()["header_bytes"] - before, 4)

    def test_a_newcomer_is_told_what_it_missed_in_one_message_and_nobody_else_is(self):
        for text in ("one", "two", "three"):
            self.post(text)
        witness = self.reader("/")  # wants only what is new
        self.assert_told(self.reader("/?since=0"), (1, "one"), (2, "two"), (3, "three"))
        self.assert_told(self.reader("/?since=2"), (3, "three"))
        self.assert_told(self.reader("/?since=nonsense"), (1, "one"), (2, "two"), (3, "three"))
        up_to_date = self.reader("/?since=3")
        from_before_a_restart = self.reader("/?since=57")
        self.assert_told(from_before_a_restart, (1, "one"), (2, "two"), (3, "three"))
        self.post("four")
        for reader in (witness, up_to_date, from_before_a_restart):
            self.assert_told(reader, (4, "four"))

    def test_who_comes_back_with_since_has_missed_nothing(self):
        reader = self.reader("/?since=0")
        self.post("one")
        self.assert_told(reader, (1, "one"))
        reader.reset()
        self.post("two")
        self.post("three")
        self.assert_told(self.reader("/?since=1"), (2, "two"), (3, "three"))

    def test_all_scripts_come_through_and_a_line_break_does_not(self):
        reader = self.reader()
        self.post("你好 🙂")
        self.post("one\n2 two\r\0")
        self.assert_told(reader, (1, "你好 🙂"))
        self.assert_told(reader, (2, "one 2 two  "))

    def test_what_is_not_utf8_is_refused_and_makes_no_note(self):
        reader = self.reader()
        self.assertEqual(self.request("POST", "/news?text=%ff")[::2], (400, "a note is UTF-8\n"))
        self.assertEqual(self.post("good"), 1)
        self.assert_told(reader, (1, "good"))

    def test_another_thread_puts_up_lines_of_standard_input(self):
        with Program("chapters/07-push", "0", stdin=subprocess.PIPE) as program:
            reader = self.reader(program=program)
            program.process.stdin.write("from the terminal\n")
            program.process.stdin.flush()
            self.assert_told(reader, (1, "from the terminal"))
            # Ends in order though that thread still waits for a line.
            program.signal(15)
            self.assertEqual(reader.closed_with(), (1001, "this server is stopping"))
            self.assertEqual(program.end(), ([], 0))

    def test_a_timer_tells_how_many_readers_there_are(self):
        with start("07-push", "1") as program:
            one, two = self.reader(program=program), self.reader(program=program)
            self.assertEqual(two.text(), "readers: 2\n")
            while one.text() != "readers: 2\n":  # it was alone for a moment, and may have been told so
                pass
            two.close()
            while one.text() != "readers: 1\n":  # likewise
                pass

    def test_a_period_of_0_is_allowed(self):
        with start("07-push", "0") as program:
            reader = self.reader(program=program)
            program.signal(15)
            self.assertEqual(reader.closed_with()[0], 1001)
            self.assertEqual(program.end(), ([], 0))


class CostTable(unittest.TestCase):
    def test_the_table_of_what_the_three_ways_cost_can_be_made(self):
        made = subprocess.run(
            [sys.executable, ROOT / "tests/chapters/cost_table.py", "--notes", "1", "--every", "0", "--idle", "0.01"],
            capture_output=True, encoding="utf-8", timeout=60)
        self.assertEqual((made.returncode, made.stderr), (0, ""))
        rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in made.stdout.splitlines()[2:5]]
        self.assertEqual([row[0] for row in rows],
                         ["polling (lesson 1)", "long polling (lesson 2)", "push (lesson 7)"])
        polling, long_polling, push = rows
        self.assertGreaterEqual(float(polling[1]), 1)  # at least the question that brought the note
        self.assertEqual(long_polling[1], "1.0")
        self.assertEqual(push[1:3], ["0.0", "2"])
        self.assertEqual(push[4], "0")
        # The note is the same everywhere, so it weighs the same.
        self.assertEqual({row[3] for row in rows}, {str(len("1 1700000000000 piece-of-news-0\n"))})


if __name__ == "__main__":
    unittest.main()
