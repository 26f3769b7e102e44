# lesson: 1
"""The notice board by polling: what it answers, and what asking costs."""

import json
import re
import sys
import unittest

sys.dont_write_bytecode = True  # leaves nothing behind in the tree
from blocking import Contract, Peer  # noqa: E402


def texts(news):
    return [re.fullmatch(r"(\d+) \d{13} (.*)", line).groups() for line in news.splitlines()]


class Polling(Contract, unittest.TestCase):
    CHAPTER = "01-polling"

    def news(self, since):
        status, _, body = self.request("GET", f"/news?since={since}")
        self.assertEqual(status, 200)
        return texts(body)

    def cost(self):
        return json.loads(self.request("GET", "/cost")[2])

    def test_notes_are_numbered_and_delivered_after_the_last_one_known(self):
        for number, text in enumerate(("tea+is+ready", "%E4%BD%A0%E5%A5%BD"), 1):
            self.assertEqual(self.request("POST", f"/news?text={text}")[::2], (201, f"{number}\n"))
        self.assertEqual(self.news(0), [("1", "tea is ready"), ("2", "你好")])
        self.assertEqual(self.news(1), [("2", "你好")])
        self.assertEqual(self.news(2), [])
        self.assertEqual(self.news("nonsense"), self.news(0))

    def test_an_id_from_before_a_restart_gets_all_notes(self):
        self.request("POST", "/news?text=first")
        self.assertEqual(self.news(57), [("1", "first")])

    def test_a_note_with_line_breaks_stays_one_line(self):
        self.request("POST", "/news?text=one%0A2%20two%0D%00")
        self.assertEqual(self.news(0), [("1", "one 2 two  ")])

    def test_the_oldest_of_more_than_1000_notes_is_forgotten(self):
        for number in range(1001):
            self.request("POST", f"/news?text={number}")
        notes = self.news(0)
        self.assertEqual((len(notes), notes[0], notes[-1]), (1000, ("2", "1"), ("1001", "1000")))

    def test_ten_requests_without_news_cost_ten_requests(self):
        for _ in range(10):
            self.assertEqual(self.news(0), [])
        cost = self.cost()
        self.assertEqual((cost["requests"], cost["notes"], cost["payload_bytes"]), (10, 0, 0))

    def test_the_cost_counts_every_byte_of_both_heads(self):
        self.request("POST", "/news?text=hello")
        asked = b"GET /news HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
        with Peer(self.program) as peer:
            peer.send(asked)
            head, _, payload = peer.finish().partition(b"\r\n\r\n")
        self.assertEqual(texts(payload.decode()), [("1", "hello")])
        self.assertEqual(self.cost(), {"requests": 1, "notes": 1, "header_bytes": len(asked) + len(head) + 4,
                                       "payload_bytes": len(payload)})

    def test_only_asking_for_news_is_counted(self):
        self.request("POST", "/news?text=hello")
        self.request("GET", "/index.html")
        self.request("GET", "/favicon.ico")
        self.assertEqual(self.cost()["requests"], 0)

    def test_the_board_cannot_be_deleted(self):
        status, headers, _ = self.request("DELETE", "/news")
        self.assertEqual((status, headers["Allow"]), (405, "GET, HEAD"))


if __name__ == "__main__":
    unittest.main()
