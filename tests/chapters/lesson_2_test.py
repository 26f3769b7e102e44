# lesson: 2
"""The notice board by long polling: an answer waits for news, and each piece of news costs one request."""

import json
import sys
import unittest

sys.dont_write_bytecode = True  # leaves nothing behind in the tree
from blocking import Contract, Peer, request, start  # noqa: E402


def ask(program, since):
    """A reader who has asked and has no answer yet."""
    reader = Peer(program)
    reader.send(f"GET /news?since={since} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
    return reader


def texts(reader):
    """The texts of the notes in the answer, when it comes."""
    with reader:
        lines = reader.read_to_end().partition(b"\r\n\r\n")[2].decode().splitlines()
    return [line.split(" ", 2)[2] for line in lines]


class LongPolling(Contract, unittest.TestCase):
    CHAPTER = "02-long-poll"

    def setUp(self):
        # Who waits, waits for longer than any test: only news can answer.
        self.program = self.enterContext(start(self.CHAPTER, "3600"))

    def post(self, text):
        self.assertEqual(self.request("POST", f"/news?text={text}")[0], 201)

    def cost(self):
        return json.loads(self.request("GET", "/cost")[2])

    def test_each_piece_of_news_costs_one_request(self):
        for since, text in enumerate(("one", "two", "three")):
            reader = ask(self.program, since)
            self.post(text)
            self.assertEqual(texts(reader), [text])
        cost = self.cost()
        self.assertEqual((cost["requests"], cost["notes"]), (3, 3))

    def test_news_that_is_there_already_is_answered_at_once(self):
        self.post("one")
        self.post("two")
        self.assertEqual(texts(ask(self.program, 0)), ["one", "two"])
        self.assertEqual(texts(ask(self.program, 1)), ["two"])

    def test_one_note_answers_everybody_who_waits(self):
        readers = [ask(self.program, 0) for _ in range(20)]
        self.post("dinner")
        self.assertEqual([texts(reader) for reader in readers], [["dinner"]] * 20)

    def test_a_reader_with_an_id_from_before_a_restart_is_answered_too(self):
        reader = ask(self.program, 57)
        self.post("first")
        self.assertEqual(texts(reader), ["first"])

    def test_a_reader_who_leaves_while_waiting_does_not_hinder_the_others(self):
        ask(self.program, 0).reset()
        reader = ask(self.program, 0)
        self.post("others")
        self.assertEqual(texts(reader), ["others"])

    def test_three_waits_without_news_cost_three_requests(self):
        with start(self.CHAPTER, "1") as program:
            for _ in range(3):
                self.assertEqual(request(program, "GET", "/news?since=0")[::2], (200, ""))
            cost = json.loads(request(program, "GET", "/cost")[2])
        self.assertEqual((cost["requests"], cost["notes"], cost["payload_bytes"]), (3, 0, 0))


if __name__ == "__main__":
    unittest.main()
