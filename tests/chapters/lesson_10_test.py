# lesson: 10
"""The chat: who is told what, what is kept, and who is refused."""

import pathlib
import sys
import tempfile
import unittest
import urllib.parse

sys.dont_write_bytecode = True  # leaves nothing behind in the tree
from blocking import BINARY, TEXT, Contract, Peer, run, start  # noqa: E402
from program import ROOT  # noqa: E402
from websocket_peer import WebSocket  # noqa: E402


class Guest(WebSocket):
    """Somebody in a room, and what is told to them."""

    def __init__(self, program, name, room="lobby", since="0", key="secret"):
        query = urllib.parse.urlencode({"room": room, "name": name, "key": key, "since": since})
        super().__init__(program, f"/?{query}")
        self.newest = 0

    def told(self):
        """The next message of the server, as lines of parts; the ids are checked and taken out."""
        lines = [line.split("\t") for line in self.text().splitlines()]
        for line in lines:
            if line[0] == "message":
                number = int(line.pop(1))
                if number <= self.newest:
                    raise AssertionError(f"id {number} came after {self.newest}")
                self.newest = number
        return lines

    def texts(self):
        return [line[-1] for line in self.told()]


class Chat(Contract, unittest.TestCase):
    CHAPTER = "10-chat-room"

    def guest(self, name, *more, program=None, **options):
        return self.enterContext(Guest(program or self.program, name, *more, **options))

    def assert_refused(self, code, name, room="lobby", key=""):
        peer = self.guest(name, room, key=key)
        self.assertEqual(peer.closed_with()[0], code)

    def test_what_is_said_is_told_to_the_room_and_to_nobody_else(self):
        ann = self.guest("Ann")
        self.assertEqual(ann.told(), [["here", "Ann"]])
        bob = self.guest("Bob")
        for peer in (ann, bob):
            self.assertEqual(peer.told(), [["here", "Ann", "Bob"]])
        eve = self.guest("Eve", "attic")
        self.assertEqual(eve.told(), [["here", "Eve"]])

        ann.say("typing")
        ann.say("say hello to all")
        for peer in (ann, bob):
            self.assertEqual(peer.told(), [["typing", "Ann"]])
            self.assertEqual(peer.told(), [["message", "Ann", "hello to all"]])
        ann.close()
        self.assertEqual(bob.told(), [["here", "Bob"]])
        eve.say("say nobody said a word")
        self.assertEqual(eve.told(), [["message", "Eve", "nobody said a word"]])

    def fill(self, program, room, count):
        """Says `count` messages in a room: five from each guest, for that many may be said at once."""
        for first in range(1, count + 1, 5):
            with Guest(program, "writer", room, since="9" * 13) as writer:
                self.assertEqual(writer.told(), [["here", "writer"]])
                for number in range(first, min(first + 5, count + 1)):
                    writer.say(f"say {room} {number}")
                    self.assertEqual(writer.texts(), [f"{room} {number}"])
                writer.close()

    def test_who_enters_is_told_the_last_50_or_those_since_then(self):
        self.fill(self.program, "lobby", 53)
        late = self.guest("late")
        self.assertEqual(late.texts(), [f"lobby {number}" for number in range(4, 54)])
        back = self.guest("back", since=str(late.newest - 1))
        self.assertEqual(back.texts(), ["lobby 53"])

    def test_of_more_than_100_rooms_the_longest_silent_one_is_forgotten(self):
        for number in range(101):
            self.fill(self.program, f"room {number}", 1)
        self.assertEqual(self.guest("late", "room 0").told(), [["here", "late"]])
        self.assertEqual(self.guest("late", "room 1").texts(), ["room 1 1"])

    def test_the_history_and_the_order_of_ids_survive_a_restart(self):
        with tempfile.TemporaryDirectory() as folder:
            kept = str(pathlib.Path(folder) / "history")
            with start(self.CHAPTER, kept) as program:
                self.fill(program, "lobby", 6)
                self.assertEqual(program.stop(), ([], 0))
            # The clock may go back while the program is down. Ids do not.
            with open(kept, "a") as file:
                file.write("lobby\t9000000000000\tAnn\tfrom the year 2255\n")
            with start(self.CHAPTER, kept) as program:
                guest = self.guest("Bob", program=program)
                self.assertEqual(guest.texts(), [*(f"lobby {number}" for number in range(1, 7)), "from the year 2255"])
                self.assertEqual(guest.told(), [["here", "Bob"]])
                guest.say("say later")
                self.assertEqual(guest.texts(), ["later"])  # its id is higher, or told() would have failed
                self.assertEqual(guest.newest, 9000000000001)
            self.assertTrue(pathlib.Path(kept).read_text().endswith("lobby\t9000000000001\tBob\tlater\n"))

    def test_a_history_that_cannot_be_written_is_said_at_once(self):
        failed = run("chapters/10-chat-room", "0", "chapters/10-chat-room/web", "/no/such/folder/history")
        self.assertEqual((failed.returncode, failed.stdout), (1, ""))
        self.assertEqual(failed.stderr, "cannot write to /no/such/folder/history; does its folder exist?\n")

    def test_who_speaks_too_fast_is_told_so_and_nobody_else_is(self):
        ann, bob = self.guest("Ann"), self.guest("Bob")
        self.assertEqual(ann.told(), [["here", "Ann"]])
        for peer in (ann, bob):
            self.assertEqual(peer.told(), [["here", "Ann", "Bob"]])
        count = 500
        for number in range(count):
            ann.say(f"say {number}")
        heard = [ann.told() for _ in range(count)]
        self.assertEqual(heard[:5], [[["message", "Ann", str(number)]] for number in range(5)])
        self.assertEqual([line[-1] for (line,) in heard], [str(number) for number in range(count)])
        passed = [line for (line,) in heard if line[0] == "message"]
        self.assertLess(len(passed), count)
        self.assertEqual({line[0] for (line,) in heard}, {"message", "too-fast"})
        bob.say("say done")
        self.assertEqual([bob.told() for _ in range(len(passed) + 1)],
                         [*([line] for line in passed), [["message", "Bob", "done"]]])

    def test_a_name_belongs_to_its_key(self):
        ann = self.guest("Ann", key="ann's")
        self.assertEqual(ann.told(), [["here", "Ann"]])
        self.assert_refused(4001, "Ann", key="eve's")
        again = self.guest("Ann", key="ann's")
        self.assertEqual(ann.closed_with(), (4002, "you have come in again"))
        self.assertEqual(again.told(), [["here", "Ann"]])
        again.say("say still here")
        self.assertEqual(again.texts(), ["still here"])
        self.guest("Ann", "attic", key="eve's")

    def test_what_is_no_name_is_refused(self):
        for name, room in (("", "lobby"), ("Ann", ""), ("x" * 61, "lobby"), ("A\tB", "lobby"), ("Ann", "a\nb"),
                           (b"\xff", "lobby")):
            with self.subTest(name=name, room=room):
                self.assert_refused(4000, name, room)
        self.assertEqual(self.guest("x" * 60).told(), [["here", "x" * 60]])

    def test_what_is_not_understood_ends_the_connection(self):
        for payload, opcode in (("shout", TEXT), ("", TEXT), ("say yes", BINARY)):
            with self.subTest(payload=payload, opcode=opcode), Guest(self.program, "Ann") as peer:
                peer.told()
                peer.say(payload, opcode)
                self.assertEqual(peer.closed_with(), (4003, "say TEXT, or typing"))
        with Guest(self.program, "Ann") as peer:
            peer.told()
            peer.say("say " + "x" * 1997)
            self.assertEqual(peer.closed_with()[0], 1009)

    def test_a_message_stays_one_line(self):
        ann = self.guest("Ann")
        ann.told()
        ann.say("say one\ntwo\tthree\x7f")
        self.assertEqual(ann.told(), [["message", "Ann", "one two three "]])

    def test_another_web_page_cannot_enter(self):
        with Peer(self.program) as peer:
            peer.send(b"GET /?room=lobby&name=Ann HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: http://example.com\r\n"
                      b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                      b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
            self.assertTrue(peer.finish().startswith(b"HTTP/1.1 403 "))

    def test_what_all_pages_share_is_served_too(self):
        for name in ("style.css", "i18n.js"):
            self.assertEqual(self.request("GET", f"/{name}")[2], (ROOT / "web" / name).read_text())


if __name__ == "__main__":
    unittest.main()
