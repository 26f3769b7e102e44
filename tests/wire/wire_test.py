"""The checker itself: every wrong server gets its own hint, and a right one none.

What the checker says to tests/wrong/NAME.cpp stands in tests/wrong/NAME.txt. After a change that is meant:
`python3 tests/wire/wire_test.py --accept` writes these files anew; read their diff.
"""

import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("DUPLEX_BUILD", ROOT / "build")).resolve()
WIRE = BUILD / "tests/wire"
WRONG = ROOT / "tests/wrong"

# Which transcript finds the mistake of which server.
FOUND_BY = {
    "no_guid": "04-framing/hello",
    "no_final_crlf": "04-framing/hello",
    "masks_replies": "04-framing/hello",
    "little_endian": "04-framing/length-256",
    "takes_126_as_length": "04-framing/length-126",
    "loses_glued_frame": "04-framing/glued",
    "answers_fragments": "05-messages/fragments",
    "ignores_ping": "05-messages/ping",
    "never_answers_close": "05-messages/close",
    "goes_on_after_close": "05-messages/after-close",
    "closes_without_code": "05-messages/close",
    "turns_close_code": "05-messages/close",
    "accepts_unmasked": "05-messages/unmasked",
    "no_length_limit": "05-messages/too-long",
}
# These are silent where they should answer, so the checker's patience ends.
SILENT = {"no_final_crlf", "loses_glued_frame", "no_length_limit"}


def wire(*arguments):
    return subprocess.run([WIRE, *arguments], cwd=ROOT, text=True, capture_output=True, timeout=120)


def report_about(server):
    patience = ["--patience", "2"] if server in SILENT else []
    return wire(*patience, f"chapters/{FOUND_BY[server]}.wire", "--", BUILD / "tests/wrong" / server, "{port}")


class WrongServers(unittest.TestCase):
    maxDiff = None

    def test_each_is_told_its_mistake(self):
        for server in FOUND_BY:
            with self.subTest(server):
                result = report_about(server)
                self.assertEqual(result.returncode, 1, result.stderr)
                self.assertIn("\n  hint ", result.stdout)
                self.assertEqual(result.stdout, (WRONG / f"{server}.txt").read_text())

    def test_none_is_forgotten(self):
        self.assertEqual({path.stem for path in WRONG.glob("*.cpp")} - {"none"}, set(FOUND_BY))

    def test_a_right_one_passes(self):
        # It echoes messages; the frame echo of lesson 4 alone sends fragments back as fragments.
        transcripts = [path for lesson in ("03-handshake", "04-framing", "05-messages")
                       for path in sorted((ROOT / "chapters" / lesson).glob("*.wire"))
                       if (lesson, path.stem) != ("04-framing", "fragments")]
        result = wire(*transcripts, "--", BUILD / "tests/wrong/none", "{port}")
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.assertEqual(result.stdout.count("passed "), len(transcripts))


class Checker(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def write(self, text):
        path = self.folder / "a.wire"
        path.write_text(text)
        return path

    def play(self, text):
        return wire(self.write(text), "--", BUILD / "tests/wrong/none", "{port}")

    def test_wrong_usage(self):
        file = self.write("open /\n")
        for arguments in ([], [file], [file, "--"], ["--port", "1"], [file, "--port"], [file, "--port", "x"],
                          [file, "--port", "0"], [file, "--port", "65536"], [file, "--port", "1", "--", "true"],
                          ["--patience", "0", file, "--port", "1"]):
            with self.subTest(arguments):
                result = wire(*arguments)
                self.assertEqual(result.returncode, 2)
                self.assertTrue(result.stderr.startswith("usage: wire "), result.stderr)

    def test_a_mistake_in_a_transcript_is_named_with_file_and_line(self):
        for line, text in (
                ("< 81 0", "'0' is neither two hex digits"),
                ("< 81 zz", "'zz' is neither two hex digits"),
                ("<", "expected bytes"),
                ('> "text', 'a text ends in "'),
                ("> 81 ..", "bytes to send cannot be .."),
                ("> 81 *", "bytes to send cannot be *"),
                ("< 81 * 05", "nothing may follow *"),
                ("< ×3", "× repeats"),
                ("< 81 ×", "expected a number"),
                ("< 81 ×0", "× repeats"),
                ("< 81 ×99999999", "× repeats"),
                ("close", "expected a number"),
                ("close 65536", "a close code is"),
                ("close 1000 bye", "a close code is"),
                ("open", "open is followed by a path"),
                ("<< 101", "<< is followed by"),
                ("<< status many", "expected a number"),
                ("<< header Upgrade", "a header is `Name: value`"),
                ("<< body contains x", "what is expected of an answer begins with << status"),
                ("wait 5", "'wait 5' is none of"),
                ("hint 1 the mask bit", "a hint is"),
                ("hint 1-2 = 81: text", "a hint names as many bytes"),
                ("hint 1 81: text", "a position is followed by"),
        ):
            with self.subTest(line):
                path = self.write(f"# title\nopen /\n{line}\n")
                result = wire(path, "--port", "1")
                self.assertEqual((result.returncode, result.stdout), (2, ""))
                self.assertTrue(result.stderr.startswith(f"wire: {path}:3: {text}"), result.stderr)

    def test_a_transcript_without_a_step_or_a_file(self):
        empty, missing = self.write("# only this\n"), self.folder / "missing.wire"
        for path, text in ((empty, "there is no step in this transcript"), (missing, "cannot read this file")):
            result = wire(path, "--port", "1")
            self.assertEqual((result.returncode, result.stderr), (2, f"wire: {path}:1: {text}\n"))

    def test_a_hint_needs_a_line_above_it(self):
        self.assertIn("a.wire:1: a hint stands below", wire(self.write("hint 1: text\n"), "--port", "1").stderr)

    def test_bytes_that_no_line_expects_are_a_failure(self):
        result = self.play('open /\n> 81 82 00 00 00 00 "Hi"\n')
        self.assertEqual(result.returncode, 1)
        self.assertIn("expected  the end of the connection\n  received  81 02 48 69\n", result.stdout)

    def test_a_close_frame_that_no_line_expects_is_passed_over_once(self):
        self.assertEqual(self.play('open /\n> 81 02 "Hi"\n').returncode, 0)
        self.assertEqual(self.play('open /\n> 81 02 "Hi"\nclose 1002\n').returncode, 0)

    def test_a_server_that_stays_where_it_should_end(self):
        file = self.write("open /\neof\nhint: end it\n")
        result = wire("--patience", "1", file, "--", BUILD / "tests/wrong/none", "{port}")
        self.assertEqual(result.returncode, 1)
        self.assertIn("received  nothing", result.stdout)
        self.assertIn("then      the server is silent", result.stdout)
        self.assertIn("hint      end it", result.stdout)

    def test_the_caret_stands_below_the_wrong_byte(self):
        # Byte 26 of the frame, the X, is far to the right, so only the bytes around it are shown.
        result = self.play('open /\n> 81 9e 00 00 00 00 "0123456789" ×3\n< 81 1e "0123456789" ×2 "0123X56789"\n')
        self.assertIn("  expected  … 36 37 38 39 30 31 32 33 58 35 36 37 38 39\n"
                      "  received  … 36 37 38 39 30 31 32 33 34 35 36 37 38 39\n"
                      "                                      ^\n", result.stdout)

    def test_what_is_expected_of_an_http_answer(self):
        request = ">> GET / HTTP/1.1\n>> Host: localhost\n>>\n"
        self.assertEqual(self.play(request + "<< status 426\n<< header connection: CLOSE, upgrade\n"
                                   "<< body contains RFC 6455\neof\n").returncode, 0)
        for line, expected, received in (
                ("<< status 200", "status 200", "status 426"),
                ("<< header Content-Type: text/html", "Content-Type: text/html", "Content-Type: text/plain"),
                ("<< header Upgrade: h2c", "Upgrade: h2c", "Upgrade: websocket"),
                ("<< header Server: x", "Server: x", "no Server"),
                ("<< body contains tea", "a body that contains tea", "RFC 6455 §4.2.1"),
        ):
            with self.subTest(line):
                status = "" if "status" in line else "<< status 426\n"
                result = self.play(request + status + line + "\nhint: look here\n")
                self.assertEqual(result.returncode, 1)
                self.assertIn(f"  expected  {expected}\n  received  {received}", result.stdout)
                self.assertIn("  hint      look here\n", result.stdout)

    def test_each_open_is_a_connection_of_its_own(self):
        result = self.play("open /\n> 88 80 00 00 00 00\n< 88 00\neof\nopen /again\n> 89 80 00 00 00 00\n< 8a 00\n")
        self.assertEqual(result.returncode, 0, result.stdout)

    def test_it_plays_against_a_server_that_runs(self):
        server = subprocess.Popen([BUILD / "tests/wrong/none", "0"], stdout=subprocess.PIPE, text=True)
        try:
            port = server.stdout.readline().rstrip("/\n").rpartition(":")[2]
            result = wire(ROOT / "chapters/04-framing/hello.wire", "--port", port)
            self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
            self.assertIsNone(server.poll())
        finally:
            server.terminate()
            server.wait()
            server.stdout.close()

    def test_the_server_it_started_has_ended(self):
        pid = self.folder / "pid"
        result = wire(ROOT / "chapters/04-framing/hello.wire", "--", "sh", "-c",
                      f'echo $$ >{pid}; exec "$0" "$1"', BUILD / "tests/wrong/none", "{port}")
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        with self.assertRaises(ProcessLookupError):
            os.kill(int(pid.read_text()), 0)

    def test_a_server_that_does_not_start(self):
        for command in ("false", "/no/such/program"):
            result = wire(ROOT / "chapters/04-framing/hello.wire", "--", command, "{port}")
            self.assertEqual((result.returncode, result.stdout), (2, ""))
            self.assertEqual(result.stderr, f"wire: {command} ended before it listened\n")


if __name__ == "__main__":
    if sys.argv[1:] == ["--accept"]:
        for name in FOUND_BY:
            (WRONG / f"{name}.txt").write_text(report_about(name).stdout)
    else:
        unittest.main()
