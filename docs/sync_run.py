"""For sync.py: runs a lesson's program and a script that talks to it, and returns what both print."""

import base64
import hashlib
import os
import queue
import re
import shlex
import signal
import subprocess
import threading
import time
from pathlib import Path
from typing import NamedTuple

from sync_text import Problem, read_lines

RUN_SECONDS = 30  # a demonstration that takes longer hangs

# What differs from run to run, and what a lesson shows in its place.
VARYING = [(re.compile(pattern), replacement) for pattern, replacement in (
    (r"(127\.0\.0\.1|localhost|\[::1\]):\d{5}\b", r"\1:50000"),
    (r"\b[A-Z]\w\w, \d\d [A-Z]\w\w \d{4} \d\d:\d\d:\d\d GMT", "Sun, 06 Nov 1994 08:49:37 GMT"),
    (r"\b\d{4}-\d\d-\d\d([T ])\d\d:\d\d:\d\d(\.\d+)?", r"1994-11-06\g<1>08:49:37"),
    (r"\b1\d{12}\b", "1784111777000"),  # milliseconds since 1970
    (r"(?<![\w:.])[0-2]\d:[0-5]\d:[0-5]\d(\.\d+)?(?![\w:])", "08:49:37"),
    (r"\b\d+(\.\d+)? ?(ms|us|µs|ns)\b", "… ms"),
    (r"\b\d+\.\d+ ?s\b", "… s"),
    (r"(?i)\b(etag: *)(W/)?\".*?\"", r'\1"…"'),
    (r"/tmp/[\w./-]+", "/tmp/…"),
    (r"\b0x[0-9a-fA-F]{6,16}\b", "0x…"))]


class Session(NamedTuple):
    typed: list[str]    # the script, as a reader would type it
    printed: list[str]  # what the script prints
    served: list[str]   # what the program prints, up to the line that the script names; else nothing


def accept_key(key: str) -> str:
    digest = hashlib.sha1((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()
    return base64.b64encode(digest).decode()


def normalized(text: str, port: int) -> str:
    """`text` without what differs from run to run, and with control characters made visible."""
    for key in set(re.findall(r"(?i)Sec-WebSocket-Key: *([\w+/]{22}==)", text)):
        example = "dGhlIHNhbXBsZSBub25jZQ=="  # RFC 6455 §1.3
        text = text.replace(key, example).replace(accept_key(key), accept_key(example))
    text = re.sub(rf"\b{port}\b", "9504", text)
    for pattern, replacement in VARYING:
        text = pattern.sub(replacement, text)
    return "".join(character if character.isprintable() or character in "\n\t" else f"\\x{ord(character):02x}"
                   for character in text.replace("\r\n", "\n"))


class Program:
    """A running program whose output is read line by line, until a deadline."""

    def __init__(self, command: list[str], folder: Path, deadline: float):
        self.name, self.deadline = Path(command[0]).name, deadline
        self.process = subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.lines = queue.Queue()
        # A thread reads all the time, so that the program never waits for a full pipe.
        self.reader = threading.Thread(target=self._read)
        self.reader.start()

    def _read(self):
        for line in self.process.stdout:
            self.lines.put(line.decode("utf-8", "backslashreplace"))
        self.lines.put(None)

    def lines_until(self, text: str) -> list[str]:
        """The next lines, up to the first that contains `text`."""
        lines = [""]
        while text not in lines[-1]:
            try:
                line = self.lines.get(timeout=max(0.0, self.deadline - time.monotonic()))
            except queue.Empty:
                raise Problem(f"{self.name} did not print '{text}' within {RUN_SECONDS} s") from None
            if line is None:
                raise Problem(f"{self.name} ended before it printed '{text}': {lines[-1].strip()}")
            lines.append(line)
        return lines[1:]

    def end(self):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.reader.join()
        self.process.stdout.close()


def run_script(script: Path, folder: Path, environment: dict[str, str], deadline: float) -> str:
    # A session of its own, so that whatever the script has started ends with it.
    process = subprocess.Popen(["bash", "-eu", script], cwd=folder, env={**os.environ, **environment},
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                               start_new_session=True)
    try:
        output = process.communicate(timeout=max(0.0, deadline - time.monotonic()))[0]
    except subprocess.TimeoutExpired:
        raise Problem(f"{script.name} did not end within {RUN_SECONDS} s") from None
    finally:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass  # nothing of it is left
        process.communicate()
    text = output.decode("utf-8", "backslashreplace")
    if process.returncode:
        last_line = text.strip().rpartition("\n")[2]
        raise Problem(f"{script.name} ended with status {process.returncode}: {last_line}")
    return text


def capture(program: Path, script: Path, root: Path, build: Path) -> Session:
    """Runs `script` beside `program`, which listens on a free port.

    The script finds the port in $PORT and the program in $PROGRAM. Two of its comments are for us:
    "# arguments: …" goes to the program behind the port, and "# until: …" is in the last line of the program's
    output that is shown. Without it that output is not shown, for nobody knows when all of it has arrived.
    """
    lines = read_lines(script)

    def setting(name):
        start = f"# {name}: "
        return next((line.removeprefix(start).strip() for line in lines if line.startswith(start)), "")

    deadline = time.monotonic() + RUN_SECONDS
    server = Program([str(program), "0", *shlex.split(setting("arguments"))], root, deadline)
    try:
        served = server.lines_until("listening on ")
        address = re.search(r":(\d+)/?\s*$", served[-1])
        if not address:
            raise Problem(f"{program.name} names no port: {served[-1].strip()}")
        printed = run_script(script, root, {"PORT": address[1], "PROGRAM": str(program)}, deadline)
        until = setting("until")
        served = served + server.lines_until(until) if until else []
    finally:
        server.end()

    def cleaned(text):
        text = text.replace(str(build), "build").replace(f"{root}/", "")
        return normalized(text, int(address[1])).rstrip("\n").split("\n") if text else []

    typed = "\n".join(line for line in lines if not re.match(r"#!|# (until|arguments): ", line)).strip("\n")
    typed = re.sub(r"\$(PORT\b|\{PORT\})", "9504", typed)
    typed = re.sub(r"\$(PROGRAM\b|\{PROGRAM\})", f"build/chapters/{program.name}", typed)
    return Session(typed.split("\n"), cleaned(printed), cleaned("".join(served)))
