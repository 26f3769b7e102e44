"""What the same news costs by polling, by long polling and by push, as a table in Markdown.

    python3 tests/chapters/cost_table.py [--notes 20] [--every 1.37] [--idle 60]      (both in seconds)

Starts the programs of lessons 1, 2 and 7 with one reader each, which does what the lesson's page does and
sends the fields that Chromium sends. The programs count requests and bytes themselves (GET /cost). The delay is taken here:
from before a note is posted until its text has been read.
"""

import argparse
import http.client
import json
import pathlib
import queue
import statistics
import sys
import threading
import time

sys.dont_write_bytecode = True  # leaves nothing behind in the tree
from blocking import PING, PONG, TEXT, request  # noqa: E402
from program import BUILD, Program  # noqa: E402
from websocket_peer import WebSocket  # noqa: E402

CHAPTERS = pathlib.Path(__file__).resolve().parents[2] / "chapters"
BROWSER = [line.split(": ", 1) for line in (CHAPTERS / "01-polling/browser.headers").read_text().splitlines()]


class Board:
    """A lesson's program and its reader. `seen` gets the text of each note and the moment it was read."""

    def __init__(self, way, lesson, name, patience):
        self.way = f"{way} (lesson {lesson})"
        if not (BUILD / "chapters" / name).exists():
            sys.exit(f"{name} is not built; this does it: ./chapters/run {lesson}")
        self.program = Program(f"chapters/{name}", "0", patience=patience)
        self.seen = queue.Queue()
        self.ended = threading.Event()

    def __enter__(self):
        threading.Thread(target=self.read, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.program.__exit__()

    def read(self):
        try:
            for news in self.news():
                for line in news.splitlines():
                    self.seen.put((line.split(" ", 2)[2], time.perf_counter()))
        except Exception as error:  # also when the program has been ended; then nobody looks at it
            self.seen.put(error)

    def sights(self, count):
        for _ in range(count):
            sight = self.seen.get()
            if isinstance(sight, Exception):
                raise RuntimeError(f"the reader of {self.way} has failed") from sight
            yield sight

    def cost(self):
        return json.loads(request(self.program, "GET", "/cost")[2])


class AskingBoard(Board):
    """Asks, and asks again `pause` seconds after the answer."""

    def __init__(self, *arguments, pause):
        super().__init__(*arguments)
        self.pause = pause

    def news(self):
        since = 0
        while True:
            connection = http.client.HTTPConnection("127.0.0.1", self.program.port)
            connection.putrequest("GET", f"/news?since={since}", skip_host=True, skip_accept_encoding=True)
            for name, value in BROWSER:
                connection.putheader(name, value.replace("9504", str(self.program.port)))
            connection.endheaders()
            news = connection.getresponse().read().decode()
            if news:
                since = news.splitlines()[-1].split(" ", 1)[0]
            yield news
            if self.ended.wait(self.pause):
                return


class ToldBoard(Board):
    """Connects once, and is told."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        fields = ["Pragma: no-cache", "Cache-Control: no-cache", f"Origin: http://127.0.0.1:{self.program.port}",
                  "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits"]
        fields += [f"{name}: {value}" for name, value in BROWSER
                   if name in ("User-Agent", "Accept-Encoding", "Accept-Language")]
        self.socket = WebSocket(self.program, "/?since=0", fields)
        self.socket.socket.settimeout(None)

    def news(self):
        while True:
            opcode, payload = self.socket.frame()
            if opcode == PING:
                self.socket.say(payload, PONG)
            elif opcode == TEXT and not payload.startswith(b"readers: "):
                yield payload.decode()


def measure(boards, notes, every, idle):
    """Returns the table as rows: the way, and its figures."""
    before = [board.cost() for board in boards]
    posted = {}
    for number in range(notes):
        for board in boards:
            text = f"piece-of-news-{number}"
            posted[board, text] = time.perf_counter()
            request(board.program, "POST", f"/news?text={text}")
        time.sleep(every)
    delays = []
    for board in boards:
        delays.append(statistics.median(moment - posted[board, text] for text, moment in board.sights(notes)))
    after = [board.cost() for board in boards]

    time.sleep(1)  # the answers to the last news are not part of the idle time
    idle_before = [board.cost() for board in boards]
    time.sleep(idle)
    idle_after = [board.cost() for board in boards]

    for i, board in enumerate(boards):
        counts = ("requests", "header_bytes", "payload_bytes")
        per_note = [(after[i][count] - before[i][count]) / notes for count in counts]
        idle_requests = (idle_after[i]["requests"] - idle_before[i]["requests"]) * 60 / idle
        yield [board.way, f"{per_note[0]:.1f}", f"{per_note[1]:.0f}", f"{per_note[2]:.0f}", f"{idle_requests:.0f}",
               f"{delays[i] * 1000:.1f} ms"]


def main():
    parser = argparse.ArgumentParser(description="what the same news costs by polling, long polling and push")
    parser.add_argument("--notes", type=int, default=20, help="pieces of news (default: 20)")
    parser.add_argument("--every", type=float, default=1.37, help="seconds between them (default: 1.37)")
    parser.add_argument("--idle", type=float, default=60, help="seconds without news (default: 60)")
    wanted = parser.parse_args()

    patience = 60 + wanted.notes * (wanted.every + 1) + wanted.idle  # only ends programs that hang
    with AskingBoard("polling", 1, "01-polling", patience, pause=1) as polling, \
            AskingBoard("long polling", 2, "02-long-poll", patience, pause=0) as long_polling, \
            ToldBoard("push", 7, "07-push", patience) as push:
        handshake = push.cost()
        titles = ["", "requests per piece of news", "header bytes per piece of news",
                  "payload bytes per piece of news", "requests per idle minute",
                  "delay from post to sight, median"]
        rows = measure([polling, long_polling, push], wanted.notes, wanted.every, wanted.idle)
        for row in (titles, ["---"] + ["---:"] * 5, *rows):
            print("|", " | ".join(row), "|")
    print(f"\nMeasured with {wanted.notes} pieces of news, one every {wanted.every:g} s, with one reader of each."
          f"\nBefore the first of them, push has cost {handshake['requests']} request, the opening handshake, with"
          f" {handshake['header_bytes']} header bytes.")


if __name__ == "__main__":
    main()
