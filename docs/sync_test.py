#!/usr/bin/env python3
"""Tests of sync.py, each in a small repository of its own."""

import contextlib
import io
import os
import sys
import tempfile
import textwrap
import unittest
from pathlib import Path
from unittest import mock

sys.dont_write_bytecode = True
import sync  # noqa: E402: only after the line above, so that no cache is left in the tree
import sync_run  # noqa: E402
import sync_text  # noqa: E402

MAIN = """\
#include <iostream>

// Reads one byte.
// #region decode
int decode(char byte) {
    // #region mask
    int bits = byte & 0x7f;
    // #endregion mask

    return bits;
}
// #endregion decode
"""

# Answers nothing; prints what a lesson's program prints, and ends at SIGTERM.
PROGRAM = """\
#!{python}
import socket, sys
listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
print(f"listening on http://127.0.0.1:{{listener.getsockname()[1]}}/", flush=True)
print("arguments", sys.argv[2:], flush=True)
while True:
    peer, address = listener.accept()
    print(f"from 127.0.0.1:{{address[1]}}", flush=True)
    peer.sendall(b"hello\\r\\n")
    peer.close()
    print("closed", flush=True)
    print("not shown", flush=True)
"""

CALL = """\
#!/bin/bash
# until: closed
# arguments: web "two words"
# Connect and read.
exec 3<>/dev/tcp/127.0.0.1/$PORT
cat <&3
echo "port ${PORT}"
"""


class RepositoryTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name).resolve()
        environment = mock.patch.dict(os.environ)
        environment.start()
        self.addCleanup(environment.stop)
        os.environ.pop("DUPLEX_BUILD", None)

    def write(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def read(self, name):
        return (self.root / name).read_bytes().decode()

    def sync(self, *arguments):
        """The exit status and the lines that sync.py prints."""
        output = io.StringIO()
        with contextlib.redirect_stdout(output):
            status = sync.main(list(arguments), self.root)
        return status, output.getvalue().splitlines()

    def assert_finding(self, where, words):
        """`--check` finds exactly one fault, at `where`, and says `words` of it."""
        status, lines = self.sync("--check")
        self.assertEqual(len(lines), 1, lines)
        self.assertTrue(lines[0].startswith(where + ": "), lines)
        self.assertIn(words, lines[0])
        self.assertEqual(status, 1)

    def assert_clean(self):
        self.assertEqual(self.sync("--check"), (0, []))

    def synced(self, block, name="README.md"):
        """The lines that sync.py puts into the only block of a document."""
        self.write(name, f"{block}\n<!-- /{block.split()[1]} -->\n")
        self.assertEqual(self.sync(), (0, [f"rewrote {name}"]))
        self.assert_clean()
        return self.read(name).split("\n")[1:-2]


class Quote(RepositoryTest):
    def quoted(self, name, text, region="#r"):
        self.write(name, text)
        return self.synced(f"<!-- quote {name}{region} -->")

    def test_a_region_comes_without_markers_and_without_its_indentation(self):
        self.assertEqual(self.quoted("src/a.cpp", MAIN, "#decode"), [
            "[src/a.cpp](src/a.cpp):", "", "```cpp", "int decode(char byte) {", "    int bits = byte & 0x7f;", "",
            "    return bits;", "}", "```"])
        self.assertEqual(self.synced("<!-- quote src/a.cpp#mask -->"), [
            "[src/a.cpp](src/a.cpp), in `decode()`:", "", "```cpp", "int bits = byte & 0x7f;", "```"])

    def test_a_file_is_quoted_whole_without_region_markers(self):
        lines = self.quoted("a.cpp", MAIN, "")
        self.assertEqual(lines[2:5], ["```cpp", "#include <iostream>", ""])
        self.assertNotIn("region", "\n".join(lines))

    def test_the_link_is_relative_to_the_document(self):
        self.write("include/duplex/a.hpp", "int a;\n")
        lines = self.synced("<!-- quote include/duplex/a.hpp -->", "chapters/01-polling/README.md")
        self.assertEqual(lines[0], "[include/duplex/a.hpp](../../include/duplex/a.hpp):")

    def test_regions_in_the_comments_of_each_language(self):
        for name, language, form in (
                ("a.hpp", "cpp", "// {}"), ("a.js", "js", "// {}"), ("a.mjs", "js", "// {}"), ("a.css", "css", "/* {} */"),
                ("a.html", "html", "<!-- {} -->"), ("a.py", "python", "# {}"), ("a.sh", "sh", "# {}"),
                ("a.cmake", "cmake", "# {}"), ("CMakeLists.txt", "cmake", "# {}")):
            with self.subTest(name):
                text = f"{form.format('#region r')}\n  one\n{form.format('#endregion r')}\n"
                self.assertEqual(self.quoted(name, text)[2:], ["```" + language, "one", "```"])

    def test_a_script_without_a_suffix_is_known_by_its_first_line(self):
        self.assertEqual(self.quoted("run", "#!/bin/sh\ntrue\n", "")[2], "```sh")
        self.assertEqual(self.quoted("notes", "one\n", "")[2], "```text")

    def test_the_fence_is_longer_than_any_in_the_file(self):
        text = "<!-- /quote -->\n````\n<!-- quote x -->\n````\n"
        self.assertEqual(self.quoted("sub/a.html", text, "")[2:],
                         ["`````html", "<!-- /quote -->", "````", "<!-- quote x -->", "````", "`````"])

    def test_unicode_and_form_feeds_come_through(self):
        self.assertEqual(self.quoted("a.js", "log('连接成功 \u2028 \x0c é');\n", "")[3], "log('连接成功 \u2028 \x0c é');")

    def test_carriage_returns_of_the_code_are_left_out_and_those_of_the_document_are_kept(self):
        self.write("a.js", b"// #region r\r\none\r\ntwo\r\n// #endregion r\r\n")
        self.write("README.md", b"before\r\n<!-- quote a.js#r -->\r\n<!-- /quote -->\r\n")
        self.assertEqual(self.sync()[0], 0)
        self.assertEqual(self.read("README.md"), "before\r\n<!-- quote a.js#r -->\r\n[a.js](a.js):\r\n\r\n```js\r\n"
                                                 "one\r\ntwo\r\n```\r\n<!-- /quote -->\r\n")
        self.assert_clean()

    def test_a_block_in_a_list_keeps_its_indentation(self):
        self.write("a.js", "one\n\ntwo\n")
        self.write("README.md", "1. First\n\n   <!-- quote a.js -->\n   <!-- /quote -->\n")
        self.sync()
        self.assertIn("   ```js\n   one\n\n   two\n   ```\n   <!-- /quote -->\n", self.read("README.md"))
        self.assert_clean()

    def test_the_caption_names_the_function_or_the_class_around_a_region(self):
        for name, code, around in (
                ("a.hpp", "class loop {\npublic:\n    /// Why.\n    void run(int n,\n             int m) {\n"
                          "        if (n) {\n            REGION\n        }\n    }\n};", "loop::run()"),
                ("a.hpp", "template <class Stream>\nclass connection : host {\nprivate:\n    REGION\n};", "connection"),
                ("a.hpp", "std::map<int, std::string> outbox::all() const {\n    REGION\n}", "outbox::all()"),
                ("a.hpp", "[[nodiscard]] constexpr auto f() {\n    while (true) {\n        REGION\n    }\n}", "f()"),
                ("a.cpp", "int main() {\n    server.on_open([](int fd) {\n        REGION\n    });\n}", "main()"),
                ("a.cpp", "int f() {\n}\n\nREGION", ""),
                ("a.hpp", "enum state : char {\n    REGION\n};", "state"),
                ("a.cpp", "namespace duplex {\nint f() {\n#ifdef A\n    REGION\n#endif\n}\n}", "f()"),
                ("a.py", "class A:\n    def f(self):\n        # REGION", "A.f()"),
                ("a.js", "export async function show(x) {\n  REGION\n}", "show()"),
                ("a.css", "a {\n  REGION\n}", "")):
            with self.subTest(code):
                comment = "/* {} */" if name.endswith("css") else "# {}" if name.endswith("py") else "// {}"
                indent = " " * (len(code[:code.index("REGION")].split("\n")[-1].replace("# ", "")))
                region = f"{comment.format('#region r')}\n{indent}one\n{indent}{comment.format('#endregion r')}"
                caption = self.quoted(name, code.replace("# REGION", "REGION").replace("REGION", region) + "\n")[0]
                self.assertEqual(caption, f"[{name}]({name})" + (f", in `{around}`:" if around else ":"))


class Wire(RepositoryTest):
    def test_a_transcript_is_quoted_whole(self):
        self.write("chapters/04-framing/echo.wire", "# a masked \"Hello\" ×1\nopen /\n> 81 85\n")
        self.assertEqual(
            self.synced("<!-- wire chapters/04-framing/echo.wire -->", "chapters/04-framing/README.md"),
            ["[chapters/04-framing/echo.wire](echo.wire):", "", "```text", "# a masked \"Hello\" ×1", "open /", "> 81 85",
             "```"])

    def test_another_file_is_no_transcript(self):
        self.write("a.cpp", "")
        self.write("README.md", "<!-- wire a.cpp -->\n<!-- /wire -->\n")
        self.assert_finding("README.md:1", "a.cpp is no transcript")


class Diff(RepositoryTest):
    def setUp(self):
        super().setUp()
        self.write("chapters/03-handshake/main.cpp", "// Lesson 3.\n// #region all\na\nb\nc\nd\n// why\ne\n// #endregion all\n")

    def test_the_code_of_two_chapters_is_compared_without_its_comments(self):
        self.write("chapters/04-framing/main.cpp", "// Lesson 4.\na\nb\n// because\nc\nd\nnew\n")
        self.assertEqual(self.synced("<!-- diff 03 04 -->"), [
            "From [chapters/03-handshake/main.cpp](chapters/03-handshake/main.cpp) to "
            "[chapters/04-framing/main.cpp](chapters/04-framing/main.cpp), comments left out:", "", "```diff",
            "--- chapters/03-handshake/main.cpp", "+++ chapters/04-framing/main.cpp",
            "@@ -5 +5 @@", " c", " d", "-e", "+new", " ", "```"])

    def test_a_long_difference_is_folded(self):
        self.write("chapters/04-framing/main.cpp", "a\nb\nc\nd\ne\n" + "".join(f"line {n}\n" for n in range(80)))
        lines = self.synced("<!-- diff 03 04 -->")
        self.assertEqual(lines[2:5], ["<details>", "<summary>80 lines came, 0 went</summary>", ""])
        self.assertEqual(lines[-3:], ["```", "", "</details>"])

    def test_equal_programs_have_no_difference_to_show(self):
        self.write("chapters/04-framing/main.cpp", "a\nb\nc\nd\ne\n")
        self.write("README.md", "<!-- diff 03 04 -->\n<!-- /diff -->\n")
        self.assert_finding("README.md:1", "the programs of 03 and 04 are the same")

    def test_an_unknown_chapter_and_a_chapter_without_a_program(self):
        self.write("README.md", "<!-- diff 03 05 -->\n<!-- /diff -->\n")
        self.assert_finding("README.md:1", "there is no one chapter '05'")
        self.write("chapters/05-messages/notes.txt", "")
        self.assert_finding("README.md:1", "there is no file chapters/05-messages/main.cpp")


class Run(RepositoryTest):
    def setUp(self):
        super().setUp()
        self.write("chapters/04-framing/demo.sh", CALL)
        self.program = "build/chapters/04-framing"

    def build(self, text=PROGRAM):
        self.write(self.program, text.format(python=sys.executable)).chmod(0o755)

    def run_block(self):
        return self.synced("<!-- run 04 -->", "chapters/04-framing/README.md")

    def assert_run_finding(self, words):
        self.write("README.md", "<!-- run 04 -->\n<!-- /run -->\n")
        self.assert_finding("README.md:1", words)

    def test_what_is_typed_what_it_prints_and_what_the_program_prints(self):
        self.build()
        self.assertEqual(self.run_block(), [
            "While `./chapters/run 4` runs, typed in a second terminal "
            "([chapters/04-framing/demo.sh](demo.sh)):", "", "```sh",
            "# Connect and read.", "exec 3<>/dev/tcp/127.0.0.1/9504", "cat <&3", "echo \"port 9504\"", "```", "",
            "It prints:", "", "```text", "hello", "port 9504", "```", "",
            "And `./chapters/run 4` prints:", "", "```text", "listening on http://127.0.0.1:9504/",
            "arguments ['web', 'two words']", "from 127.0.0.1:50000", "closed", "```"])

    def test_without_a_last_line_the_program_is_not_shown(self):
        self.build()
        self.write("chapters/04-framing/refuse.sh", "echo \"$PROGRAM\"\n")
        lines = self.synced("<!-- run 04 refuse -->")
        self.assertEqual(lines[3:], ["echo \"build/chapters/04-framing\"", "```", "", "It prints:", "", "```text",
                                     "build/chapters/04-framing", "```"])

    def test_another_build_folder(self):
        self.program = "elsewhere/chapters/04-framing"
        os.environ["DUPLEX_BUILD"] = str(self.root / "elsewhere")
        self.build()
        self.assertIn("hello", self.run_block())

    def test_a_stale_output_is_found_once_the_program_is_built(self):
        self.build()
        self.run_block()
        self.build(PROGRAM.replace("hello", "goodbye"))
        self.assert_finding("chapters/04-framing/README.md:1", "stale")

    def test_without_a_build_a_captured_output_stands_and_is_noted(self):
        self.build()
        self.run_block()
        (self.root / self.program).unlink()
        status, lines = self.sync("--check")
        self.assertEqual(lines, ["chapters/04-framing/README.md:1: not run, because 04-framing is not built; "
                                 "start it with ./chapters/run 4 once"])
        self.assertEqual(status, 0)

    def test_without_a_build_an_empty_block_is_a_finding(self):
        self.assert_run_finding("not built")

    def test_a_missing_script(self):
        (self.root / "chapters/04-framing/demo.sh").unlink()
        self.assert_run_finding("there is no file chapters/04-framing/demo.sh")

    def test_a_script_that_fails(self):
        self.build()
        self.write("chapters/04-framing/demo.sh", "echo no such luck\nexit 7\n")
        self.assert_run_finding("demo.sh ended with status 7: no such luck")

    def test_a_program_that_does_not_listen(self):
        self.build("#!{python}\nprint('cannot listen')\n")
        self.assert_run_finding("04-framing ended before it printed 'listening on ': cannot listen")

    def test_a_program_that_names_no_port(self):
        self.build("#!{python}\nprint('listening on a socket')\n")
        self.assert_run_finding("04-framing names no port: listening on a socket")

    def test_a_script_and_a_program_that_hang(self):
        with mock.patch.object(sync_run, "RUN_SECONDS", 1):
            self.build()
            self.write("chapters/04-framing/demo.sh", "# until: never printed\n")
            self.assert_run_finding("04-framing did not print 'never printed' within 1 s")
            self.write("chapters/04-framing/demo.sh", "sleep 60 & echo $! >child; wait\n")
            self.assert_run_finding("demo.sh did not end within 1 s")
        # A killed child stays a zombie until it is waited for, which on some systems nobody does.
        child = Path("/proc", self.read("child").strip(), "stat")
        self.assertTrue(not child.exists() or child.read_text().split()[2] == "Z")

    def test_what_varies_is_normalized(self):
        for varying, stable in (
                ("Host: localhost:43210, again 43210", "Host: localhost:9504, again 9504"),
                ("peer 127.0.0.1:54321 [::1]:54321", "peer 127.0.0.1:50000 [::1]:50000"),
                ("Date: Tue, 07 Jan 2025 10:11:12 GMT", "Date: Sun, 06 Nov 1994 08:49:37 GMT"),
                ("2025-01-07T10:11:12.345Z, 2025-01-07 10:11:12", "1994-11-06T08:49:37Z, 1994-11-06 08:49:37"),
                ("at 10:11:12.345 it", "at 08:49:37 it"),
                ("12 ms, 1.5 s, 3.25us, held for 20 s", "… ms, … s, … ms, held for 20 s"),
                ('ETag: W/"5f-1"', 'ETag: "…"'),
                ("in /tmp/tmp.X1/a.txt", "in /tmp/…"),
                ("at 0x7ffd1234abcd, opcode 0x81", "at 0x…, opcode 0x81"),
                ("Sec-WebSocket-Key: x3JJHMbDL1EzLkh9GBhXDw==\r\nSec-WebSocket-Accept: HSmrc0sMlYUkAGmm5OPpG2HaGWk=",
                 "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo="),
                ("Sec-WebSocket-Key: short\nSec-WebSocket-Accept: kept", ) * 2,
                ("81 05 48 65 6c 6c 6f, length 65536", ) * 2,
                ("\x1b[1mbold\x1b[0m\ttab 连接", "\\x1b[1mbold\\x1b[0m\ttab 连接")):
            with self.subTest(varying):
                self.assertEqual(sync_run.normalized(varying, 43210), stable)


class Findings(RepositoryTest):
    def assert_readme_finding(self, text, where, words):
        self.write("README.md", text)
        self.assert_finding(f"README.md:{where}", words)

    def test_a_stale_block(self):
        self.write("a.js", "one\n")
        self.synced("<!-- quote a.js -->")
        self.write("a.js", "two\n")
        self.assert_finding("README.md:1", "stale; run docs/sync.py")
        self.assertIn("one", self.read("README.md"), "--check changes nothing")

    def test_a_second_run_changes_nothing(self):
        self.write("a.cpp", MAIN)
        self.write("README.md", "# A\n\n<!-- quote a.cpp#mask -->\nold\n<!-- /quote -->\n\ntext\n\n"
                                "<!-- quote a.cpp -->\n<!-- /quote -->\nend")
        self.assertEqual(self.sync(), (0, ["rewrote README.md"]))
        first = self.read("README.md")
        self.assertEqual(self.sync(), (0, []))
        self.assertEqual(self.read("README.md"), first)
        self.assertTrue(first.startswith("# A\n\n<!-- quote a.cpp#mask -->\n[a.cpp]"), first)
        self.assertTrue(first.endswith("```\n<!-- /quote -->\nend"), first)

    def test_writing_reports_what_it_cannot_mend_and_leaves_that_block_alone(self):
        self.write("a.js", "one\n")
        self.write("README.md", "<!-- quote a.js -->\n<!-- /quote -->\n<!-- quote b.js -->\nkept\n<!-- /quote -->\n")
        status, lines = self.sync()
        self.assertEqual(status, 1)
        self.assertEqual(lines[0], "rewrote README.md")
        self.assertTrue(lines[1].startswith("README.md:8: there is no file b.js"), lines)
        self.assertIn("kept", self.read("README.md"))

    def test_an_unknown_file_and_one_outside(self):
        self.assert_readme_finding("\n<!-- quote no.js -->\n<!-- /quote -->\n", 2, "there is no file no.js")
        self.assert_readme_finding("<!-- quote ../no.js -->\n<!-- /quote -->\n", 1, "outside the repository")

    def test_an_unknown_region_names_those_there_are(self):
        self.write("a.cpp", MAIN)
        self.assert_readme_finding("<!-- quote a.cpp#no -->\n<!-- /quote -->\n", 1,
                                   "a.cpp has no region 'no'; it has: decode, mask")

    def test_faulty_regions(self):
        for text, words in (("// #region r\n", "a.js:1: the region 'r' has no end"),
                            ("\n// #endregion r\n", "a.js:2: #endregion r ends no region"),
                            ("// #region r\n// #endregion r\n// #region r\n// #endregion r\n",
                             "a.js:3: the region 'r' exists twice"),
                            ("// #region r\n// #region r\n// #endregion r\n", "a.js:2: the region 'r' exists twice"),
                            ("// #region\n", "a.js:1: a #region without a name"),
                            ("// #region r\n// #endregion\n", "a.js:2: a #endregion without a name")):
            with self.subTest(text):
                self.write("a.js", text)
                self.assert_readme_finding("<!-- quote a.js -->\n<!-- /quote -->\n", 1, words)

    def test_blocks_that_do_not_close_or_open(self):
        self.write("a.js", "one\n")
        whole = "<!-- quote a.js -->\n[a.js](a.js):\n\n```js\none\n```\n<!-- /quote -->\n"
        self.assert_readme_finding("\n<!-- quote a.js -->\n", 2, "'quote' is not closed")
        self.assert_readme_finding("<!-- wire a.wire -->\n\n" + whole, 1, "'wire' is not closed")
        self.assert_readme_finding(whole + "<!-- /quote -->\n", 8, "'/quote' closes nothing")
        self.assert_readme_finding("<!-- qoute a.js -->\none\n<!-- /qoute -->\n", 3, "unknown block 'qoute'")

    def test_a_block_with_too_few_or_too_many_words(self):
        for block in ("quote", "quote a b", "wire", "diff 03", "run", "run 04 a b"):
            with self.subTest(block):
                kind = block.split()[0]
                self.assert_readme_finding(f"<!-- {block} -->\n<!-- /{kind} -->\n", 1, f"write <!-- {kind} ")

    def test_markers_within_a_code_block_are_text(self):
        self.write("README.md", "```text\n<!-- quote no.js -->\n<!-- /qoute -->\n```\n<!-- only a comment -->\n")
        self.assert_clean()

    def test_a_code_block_without_end(self):
        self.assert_readme_finding("text\n```sh\n<!-- quote no.js -->\n``\n", 2, "this code block never ends")

    def test_a_file_that_is_not_utf_8(self):
        self.write("README.md", b"\xff\n")
        self.assert_finding("README.md:1", "README.md is not UTF-8")
        self.write("docs/guide.md", "[a](../README.md#a)\n")
        self.assertEqual(self.sync(), (1, ["README.md:1: README.md is not UTF-8; save it as UTF-8",
                                           "docs/guide.md:1: README.md is not UTF-8; save it as UTF-8"]))
        (self.root / "docs/guide.md").unlink()
        self.write("a.js", b"\xff\n")
        self.assert_readme_finding("<!-- quote a.js -->\n<!-- /quote -->\n", 1, "a.js is not UTF-8")

    def test_folders_that_are_not_ours(self):
        for folder in (".git", "build", "build-asan", "attempt", "tests/node_modules"):
            self.write(f"{folder}/README.md", "[dead](no.md)\n")
        self.assert_clean()
        self.write("docs/building/a.md", "[dead](no.md)\n")
        self.assert_finding("docs/building/a.md:1", "no.md")


class Lessons(RepositoryTest):
    lesson = "chapters/04-framing/README.md"

    def test_a_code_block_outside_any_marker(self):
        for fence in ("```cpp\nint a;\n```\n", "~~~\nint a;\n~~~\n", "1. a\n   ```sh\n   ls\n   ```\n"):
            with self.subTest(fence):
                self.write(self.lesson, "\n" + fence)
                self.assert_finding(f"{self.lesson}:{3 if '1.' in fence else 2}", "a code block outside any marker")
        self.write("docs/guide.md", "```cpp\nint a;\n```\n")
        (self.root / self.lesson).unlink()
        self.assert_clean()

    def test_what_is_typed_by_hand_says_why(self):
        self.write(self.lesson, "<!-- typed: one command -->\n```sh\n./chapters/run 4\n```\n")
        self.assert_clean()
        self.write(self.lesson, "<!-- typed: -->\n```sh\n./chapters/run 4\n```\n")
        self.assert_finding(f"{self.lesson}:2", "write <!-- typed: why -->")
        self.write(self.lesson, "<!-- typed: it is short -->\n```cpp\nint a;\n```\n")
        self.assert_finding(f"{self.lesson}:2", "only for sh, text, diff")

    def test_code_by_indentation(self):
        self.write(self.lesson, "text\n\n    int a;\n    int b;\n")
        self.assert_finding(f"{self.lesson}:3", "code by indentation")
        self.write(self.lesson, "- item\n\n    more of it\n\n    and more\n")
        self.assert_clean()


class Links(RepositoryTest):
    def assert_dead(self, text, words):
        self.write("docs/a.md", "\n" + text + "\n")
        self.assert_finding("docs/a.md:2", words)

    def assert_alive(self, text):
        self.write("docs/a.md", text + "\n")
        self.assert_clean()

    def test_files_folders_and_images(self):
        self.write("docs/with space(1).md", "")
        self.write("web/shot.png", b"")
        self.assert_alive("[a](with%20space(1).md) [b](../web) [c](/web/shot.png \"title\") ![d](<../web/shot.png>)\n"
                          "[e](https://example.com/no) [f](mailto:a@b) [g](//host/no)\n\n[h]: ../web/shot.png\n"
                          "<img alt=\"x\" src=\"../web/shot.png\"> <source srcset=\"../web/shot.png\">")
        self.assert_dead("[a](no.md#one)", "the link 'no.md#one' leads to no file")
        self.assert_dead("[![a](../web/shot.png)](no.md)", "the link 'no.md' leads to no file")
        self.assert_dead("![a](no.png)", "no.png")
        self.assert_dead("<img alt=\"x\"\n src=\"no.png\">", "no.png")
        self.assert_dead("[a]: no.md", "no.md")
        self.assert_dead("[a](../../)", "leads to no file of the repository")

    def test_code_and_comments_hold_no_links(self):
        self.assert_alive("`[](no.md)` ``a ` [b](no.md)`` <!-- [c](no.md)\n[d](no.md) -->\n\n```text\n[e](no.md)\n```\n"
                          "[^1]: a footnote")
        self.assert_dead("a ` alone [a](no.md)\n\nanother `", "no.md")

    def test_headings(self):
        self.write("include/README.md", "# The index\n")
        self.assert_alive("# One `frame` at a time\n[a](#one-frame-at-a-time) [b](../include/README.md#the-index)\n"
                          "[c](../include#the-index) <a id=\"mark\"></a>[d](#mark)\n")
        self.assert_dead("# One\n[a](#two)".replace("# One\n", ""), "docs/a.md has no heading '#two'")
        self.assert_dead("[a](../include/README.md#two)", "include/README.md has no heading '#two'")
        self.assert_dead("[a](../include/#two)", "include/README.md has no heading '#two'")
        self.assert_dead("[a](#fenced)\n\n```sh\n# fenced\n```", "has no heading '#fenced'")

    def test_the_slug_of_a_heading(self):
        for heading, slug in (
                ("Why clients mask", "why-clients-mask"),
                ("What's new? (RFC 6455 §5.2)", "whats-new-rfc-6455-52"),
                ("`push(fd, …)` & co.", "pushfd---co"),
                ("A – b — c", "a--b--c"),
                ("连接成功：第 1 课", "连接成功第-1-课"),
                ("Ünïcode, И кириллица", "ünïcode-и-кириллица"),
                ("snake_case and _stress_ and **bold**", "snake_case-and-stress-and-bold"),
                ("`_private_`", "_private_"),
                ("The `std::vector<int>` type", "the-stdvectorint-type"),
                ("[A link](a.md) and <b>html</b>", "a-link-and-html"),
                ("C++20 &amp; CMake", "c20--cmake"),
                ("हिन्दी", "हिन्दी"),
                ("🎉 party", "-party")):
            with self.subTest(heading):
                self.assertEqual(sync_text.slug(heading), slug)

    def test_equal_headings_are_counted(self):
        lines = ["# Check", "## Check", "# Check-1", "# Check ##", "#no heading"]
        self.assertEqual(sync_text.anchors(lines), {"check", "check-1", "check-1-1", "check-2"})


if __name__ == "__main__":
    unittest.main()
