#!/usr/bin/env python3
"""Tests of traceability.py, each in a small repository of its own."""

import sys
import tempfile
import textwrap
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
import traceability  # noqa: E402: only after the line above, so that no cache is left in the tree

FILES = {
    "include/duplex/frame.hpp": """\
        if (!masked) return violation{"5.1", "a client must mask"};
        if (late) return violation{"5.5.15", "this is no rule of ours", 408, 9110};
        """,
    "tests/unit/frame_test.cpp": """\
        TEST_CASE("a frame without a mask is refused (RFC 6455 §5.1)") {}
        TEST_CASE("a frame with "
                  "a mask is \\"heard\\"") {}
        """,
    "chapters/04-framing/unmasked.wire": "open /\n",
    "docs/rfc6455.txt": """\
        # Rules

        columns Section | Rule | Kept by | Proved by
        * §5.1 MUST | refuse a | b
          code frame.hpp: a client must mask
          test unit/frame: a frame without a mask
          test 04-framing/unmasked.wire
        * §5.2 MUST | do something else
          none: it cannot happen
        """,
    "docs/hostile.txt": """\
        columns What arrives | The answer | Tests
        * a mask | it is heard
          test unit/frame: a frame with a mask is "heard
        """,
}


class Traceability(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        for name, text in FILES.items():
            self.write(name, textwrap.dedent(text))

    def write(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def change(self, name, old, new):
        text = (self.root / name).read_text()
        self.assertIn(old, text)
        self.write(name, text.replace(old, new))

    def findings(self, check=False):
        return traceability.main(self.root, check)

    def assert_one(self, part):
        findings = self.findings()
        self.assertEqual(len(findings), 1, findings)
        self.assertIn(part, findings[0])

    def test_a_page_is_written_and_then_in_order(self):
        self.assertEqual(self.findings(), [])
        self.assertEqual(self.findings(check=True), [])
        page = (self.root / "docs/rfc6455.md").read_text()
        self.assertIn("# Rules\n", page)
        self.assertIn('[frame.hpp](../include/duplex/frame.hpp): `if (!masked) return violation{"5.1", '
                      '"a client must mask"};`', page)
        self.assertIn("[unit/frame_test.cpp](../tests/unit/frame_test.cpp): a frame without a mask is refused "
                      "(RFC 6455 §5.1)<br>[04-framing/unmasked.wire](../chapters/04-framing/unmasked.wire)", page)
        self.assertIn("| §5.2 MUST | do something else | it cannot happen | it cannot happen |", page)
        self.assertIn('| a mask | it is heard | [unit/frame_test.cpp](../tests/unit/frame_test.cpp): '
                      'a frame with a mask is "heard" |', (self.root / "docs/hostile.md").read_text())

    def test_a_page_that_is_not_what_the_code_says_is_found(self):
        self.findings()
        self.change("include/duplex/frame.hpp", "if (!masked)", "if (masked == false)")
        findings = self.findings(check=True)
        self.assertEqual(len(findings), 1, findings)
        self.assertIn("docs/rfc6455.md is not what", findings[0])

    def test_a_page_that_is_missing_is_found(self):
        self.assertEqual(len(self.findings(check=True)), 2)

    def test_a_line_that_is_gone_is_found(self):
        self.change("docs/rfc6455.txt", "a client must mask", "a client should mask")
        findings = self.findings()
        self.assertIn("docs/rfc6455.txt:4: 0 lines of include/duplex/frame.hpp hold `a client should mask`", findings)
        self.assertIn("docs/rfc6455.txt:4: a cell of this row is empty", findings)

    def test_a_line_that_is_there_twice_is_found(self):
        self.change("docs/rfc6455.txt", "code frame.hpp: a client must mask", "code frame.hpp: return violation")
        self.assertIn("docs/rfc6455.txt:4: 2 lines of include/duplex/frame.hpp hold `return violation`", self.findings())

    def test_a_test_that_is_gone_is_found(self):
        self.change("tests/unit/frame_test.cpp", "a frame with ", "some frame with ")
        self.assertIn("docs/hostile.txt:2: 0 tests of tests/unit/frame_test.cpp have a name that begins with "
                      '`a frame with a mask is "heard`', self.findings())

    def test_a_test_that_two_could_be_is_found(self):
        self.change("docs/hostile.txt", 'a frame with a mask is "heard', "a frame with")
        self.assertIn("2 tests", " ".join(self.findings()))

    def test_a_transcript_that_is_gone_is_found(self):
        (self.root / "chapters/04-framing/unmasked.wire").unlink()
        self.assert_one("there is no chapters/04-framing/unmasked.wire")

    def test_a_row_without_a_test_is_found(self):
        self.change("docs/hostile.txt", "  test unit", "  rest unit")
        self.assert_one("docs/hostile.txt:2: a cell of this row is empty")

    def test_a_refusal_that_no_row_names_is_found(self):
        self.change("include/duplex/frame.hpp", "if (late)",
                    'if (long) return violation{"7.4.1", "too large", 1009};\nif (late)')
        self.assert_one("include/duplex/frame.hpp: no row of docs/rfc6455.txt names `too large`")

    def test_a_test_of_a_section_that_no_row_names_is_found(self):
        self.write("tests/server/close_test.cpp", 'TEST_CASE("close wins (RFC 6455 §5.5.1)") {}\n')
        self.assert_one("no row of docs/rfc6455.txt names the test `close wins (RFC 6455 §5.5.1)`")

    def test_a_test_of_the_examples_proves_no_rule(self):
        self.write("tests/server/close_test.cpp", 'TEST_CASE("a masked Hello (RFC 6455 §5.7)") {}\n')
        self.assertEqual(self.findings(), [])


if __name__ == "__main__":
    unittest.main()
