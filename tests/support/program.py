"""A program of the build, started for a test, and its output as it comes."""

import os
import pathlib
import re
import signal
import subprocess
import tempfile
import threading

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / os.environ.get("DUPLEX_BUILD", "build")
PATIENCE = 60  # seconds; only ends a test that hangs


class Program:
    """Started in the root of the project, as chapters/run does. It must say `listening on URL` first.

        with Program("chapters/06-callbacks", "0") as server:
            ... server.port ... server.line("open") ... server.stop()
    """

    def __init__(self, name, *arguments, stdin=subprocess.DEVNULL, patience=PATIENCE):
        self.name = name
        self.errors = tempfile.TemporaryFile("w+", encoding="utf-8")
        self.process = subprocess.Popen([BUILD / name, *arguments], cwd=ROOT, encoding="utf-8", bufsize=1,
                                        stdin=stdin, stdout=subprocess.PIPE, stderr=self.errors)
        self.guard = threading.Timer(patience, self.process.kill)
        self.guard.start()
        try:
            self.port = int(self.line(r"^listening on http://127\.0\.0\.1:(\d+)/$")[1])
        except BaseException:
            self.__exit__()
            raise

    def line(self, pattern=""):
        """The next line, which must match; the match is returned, and its `string` is the line."""
        text = self.process.stdout.readline()
        if not text:
            raise AssertionError(f"{self.name} ended instead of printing {pattern!r}; it said: {self.stderr()}")
        found = re.search(pattern, text.rstrip("\n"))
        if not found:
            raise AssertionError(f"{self.name} printed {text!r}, not {pattern!r}")
        return found

    def stderr(self):
        """What it has said on standard error so far."""
        self.errors.seek(0)
        return self.errors.read()

    def signal(self, number):
        self.process.send_signal(number)

    def end(self):
        """Waits for its end. Returns the lines it printed until then, and its exit status."""
        return self.process.stdout.read().splitlines(), self.process.wait()

    def stop(self):
        """Asks it to end, and waits until it has; returns what `end` does."""
        self.signal(signal.SIGTERM)
        return self.end()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.guard.cancel()
        self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout, self.errors):
            if stream:
                stream.close()


def run(name, *arguments):
    """Runs a program that is expected to end by itself."""
    return subprocess.run([BUILD / name, *arguments], cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True,
                          encoding="utf-8", timeout=PATIENCE, check=False)
