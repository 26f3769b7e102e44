"""The starters of "write it yourself": each declares what the library's header declares, and its test fails.

That they compile is shown by the build, which makes tests/starters/<chapter>/<header> of each (see
CMakeLists.txt here).

    python3 tests/starters/starters_test.py --renew

writes those anew that are the library's header but for three functions.
"""

import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
TESTS = pathlib.Path(os.environ.get("DUPLEX_BUILD", ROOT / "build")).resolve() / "tests"
STARTERS = sorted(ROOT.glob("chapters/*/starter/duplex/*.hpp"))
WITHOUT_STARTER = ("duplex", "stream", "tap", "deflate", "tls")  # the first only includes; the others are read
BLANKED = ("loop", "connection", "server")  # the library's header but for three functions
VALUES_ARE_TO_CHOOSE = ("options",)  # here the default values are what is to be written
PATIENCE = 120  # seconds; only ends a test that hangs

# What stands in front of the body of a function: its parameters, and perhaps a qualifier or a result behind them.
BEFORE_BODY = re.compile(r"\)\s*(?:(?:const|noexcept|override|try)\s*)*(?:->[^;{}()]*)?$")

# Found together: two slashes in a literal begin no comment, and a quote in a comment begins no literal.
LITERAL_OR_COMMENT = re.compile(r'''("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])')|//.*''')


def end_of_block(text, at):
    """Behind the brace that closes the one at `at`."""
    depth = 0
    while True:
        depth += {"{": 1, "}": -1}.get(text[at], 0)
        at += 1
        if depth == 0:
            return at


def documentation(text):
    """The lines that document what is public."""
    return re.findall(r"///.*", without_private(text))


def without_private(text):
    """Without what no user of the header can name: private members, and namespace detail."""
    text = re.sub(r"^private:$.*?^\};$", "};", text, flags=re.MULTILINE | re.DOTALL)
    return re.sub(r"^namespace detail \{$.*?^\}  // namespace detail$", "", text, flags=re.MULTILINE | re.DOTALL)


def declarations(text):
    """The public part of a header without comments, and without the bodies of its functions."""
    text = LITERAL_OR_COMMENT.sub(lambda found: '""' if found[1] else "", without_private(text))
    kept, at = "", 0
    while (brace := text.find("{", at)) >= 0:
        kept += text[at:brace]
        if BEFORE_BODY.search(kept):
            kept += ";\n"
            at = end_of_block(text, brace)
        else:
            kept += "{"
            at = brace + 1
    return [line.strip() for line in (kept + text[at:]).splitlines() if line.strip()]


def without_values(lines):
    """Declarations without the default values of members."""
    return [re.sub(r"\s*(?:=[^;]*|\{[^{}]*\});$", ";", line) for line in lines]


def blanked(starter, library):
    """The library's header with what the starter has of its own: its opening words, and three functions to write."""
    words = re.search(r"^//\n// Yours to write: .*?(?=^#pragma)", starter, re.MULTILINE | re.DOTALL)[0]
    text = re.sub(r"^ *// #(end)?region .*\n", "", library, flags=re.MULTILINE)
    text = text.replace("#pragma once\n", words + "#pragma once\n", 1)
    for missing in re.finditer(r"^(.*)\{\n *// TODO: ", starter, re.MULTILINE):
        at = text.index(missing[0].partition("{")[0]) + len(missing[1])
        body = starter[missing.end(1):end_of_block(starter, missing.end(1))]
        text = text[:at] + body + text[end_of_block(text, at):]
    return text


def renew():
    for starter in STARTERS:
        if starter.stem in BLANKED:
            library = (ROOT / "include/duplex" / starter.name).read_text()
            starter.write_text(blanked(starter.read_text(), library))


def named(starter):
    return starter.relative_to(ROOT / "chapters").as_posix()


def judged(starter):
    """The program that is the starter's test, built behind the starter."""
    return TESTS / "starters" / starter.parents[2].name / starter.stem


def run(program):
    return subprocess.run([program, "--abort"], cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE, check=False)


class Starters(unittest.TestCase):
    def test_every_header_that_a_lesson_introduces_has_one(self):
        headers = {path.stem for path in ROOT.glob("include/duplex/*.hpp")} - set(WITHOUT_STARTER)
        self.assertEqual({path.stem for path in STARTERS}, headers)

    def test_each_declares_what_the_library_declares(self):
        for starter in STARTERS:
            with self.subTest(starter=named(starter)):
                theirs, ours = starter.read_text(), (ROOT / "include/duplex" / starter.name).read_text()
                mend = f"the library's header has changed: let {starter.relative_to(ROOT)} say the same"
                compared = [declarations(theirs), declarations(ours)]
                if starter.stem in VALUES_ARE_TO_CHOOSE:
                    compared = [without_values(lines) for lines in compared]
                self.assertEqual(*compared, mend)
                self.assertEqual(documentation(theirs), documentation(ours), mend)

    def test_the_largest_lack_three_functions_and_nothing_else(self):
        for starter in STARTERS:
            if starter.stem in BLANKED:
                with self.subTest(starter=named(starter)):
                    theirs, ours = starter.read_text(), (ROOT / "include/duplex" / starter.name).read_text()
                    self.assertEqual(theirs.count("// TODO: "), 3)
                    self.assertEqual(theirs, blanked(theirs, ours),
                                     "the library's header has changed: python3 tests/starters/starters_test.py --renew")

    def test_each_says_what_is_to_do(self):
        for starter in STARTERS:
            with self.subTest(starter=named(starter)):
                self.assertIn("// TODO: ", starter.read_text())
                self.assertNotIn("TODO", (ROOT / "include/duplex" / starter.name).read_text())

    def test_each_fails_its_test_and_ends(self):
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            results = pool.map(run, map(judged, STARTERS))
            for starter, result in zip(STARTERS, results):
                with self.subTest(starter=named(starter)):
                    self.assertGreater(result.returncode, 0, "it passed, or a signal ended it")
                    self.assertIn("FAILED:", result.stdout)

    def test_the_library_passes_the_same_tests(self):
        tested = [starter.stem for starter in STARTERS if (ROOT / f"tests/unit/{starter.stem}_test.cpp").exists()]
        for header in tested:
            with self.subTest(header=header):
                result = run(TESTS / "unit" / header)
                self.assertEqual(result.returncode, 0, result.stdout)


if __name__ == "__main__":
    if sys.argv[1:] == ["--renew"]:
        renew()
    else:
        unittest.main()
