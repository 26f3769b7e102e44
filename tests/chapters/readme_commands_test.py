"""Types what each chapter's README says under "Build and run", and sees the program start.

The commands run as they are printed, but for three things: the programs get port 0, so that they disturb nobody; what
is built in /tmp goes to a folder of this test; and the build folder is the one that is being tested.
"""

import concurrent.futures
import os
import pathlib
import re
import shlex
import subprocess
import tempfile
import threading
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = (ROOT / os.environ.get("DUPLEX_BUILD", "build")).resolve()
READMES = sorted(ROOT.glob("chapters/*/README.md"))
PATIENCE = 300  # seconds; only ends a test that hangs

SECTION = re.compile(r"^## Build and run$(.*?)(?=^## )", re.MULTILINE | re.DOTALL)
TYPED_BLOCK = re.compile(r"^<!-- typed: [^\n]* -->\n```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def commands(readme):
    """The lines to type, in order."""
    section = SECTION.search(readme.read_text())
    return "".join(TYPED_BLOCK.findall(section[1])).splitlines() if section else []


def expected(chapter):
    number = int(chapter[:2])
    return [f"./chapters/run {number}",
            f"g++ -std=c++20 -O2 -I include -DASIO_STANDALONE -pthread chapters/{chapter}/main.cpp -o /tmp/lesson-{number}",
            f"/tmp/lesson-{number}"]


class Machine:
    """A folder that looks like the project to those who stand in it, and leaves the project itself alone."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.building = threading.Lock()  # chapters/run does not expect a second one in the same build folder
        for name in ("CMakeLists.txt", "chapters", "cmake", "include", "tests", "web"):
            (self.folder / name).symlink_to(ROOT / name)
        (self.folder / "build").symlink_to(BUILD)

    def type(self, command):
        """Runs a command to its end, or, when it starts a program, until that has said where it listens."""
        words = shlex.split(command.replace("/tmp/", f"{self.folder}/"))
        if words[0] == "g++":
            subprocess.run(words, cwd=self.folder, check=True, timeout=PATIENCE)
        elif words[0] == "./chapters/run":
            with self.building:
                self.start(words + ["0"])
        else:
            self.start(words + ["0"])

    def start(self, words):
        with tempfile.TemporaryFile("w+", encoding="utf-8") as errors:
            process = subprocess.Popen(words, cwd=self.folder, encoding="utf-8", stdin=subprocess.DEVNULL,
                                       stdout=subprocess.PIPE, stderr=errors)
            guard = threading.Timer(PATIENCE, process.kill)
            guard.start()
            try:
                first_line = process.stdout.readline()
            finally:
                guard.cancel()
                process.terminate()
                process.wait()
                process.stdout.close()
            errors.seek(0)
            if not re.fullmatch(r"listening on http://127\.0\.0\.1:\d+/\n", first_line):
                raise AssertionError(f"{shlex.join(words)} printed {first_line!r} and said: {errors.read()}")


class ReadmeCommands(unittest.TestCase):
    def test_each_readme_says_how_to_build_and_run_its_program(self):
        self.assertTrue(READMES, "no chapter has a README")
        for readme in READMES:
            with self.subTest(readme=readme.parent.name):
                self.assertEqual(commands(readme)[:3], expected(readme.parent.name))

    def test_what_is_printed_there_can_be_typed(self):
        with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(2) as pool:
            machine = Machine(folder)

            def type_all(readme):
                for command in commands(readme):
                    machine.type(command)

            for readme, result in [(readme, pool.submit(type_all, readme)) for readme in READMES]:
                with self.subTest(readme=readme.parent.name):
                    result.result()


if __name__ == "__main__":
    unittest.main()
