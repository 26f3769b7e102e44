"""Each rule of includes.py finds its offender, and only that."""

import pathlib
import tempfile
import unittest

import includes

TABLE = """\
# name  lesson  may include
violation 1
http      1  violation
frame     4  violation
trace     4  frame
loop      6  asio
server    6  loop trace http
deflate   11 frame zlib
"""


class Includes(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        self.write("tests/support/headers.txt", TABLE)

    def write(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def header(self, name, lesson, *lines):
        self.write(f"include/duplex/{name}.hpp", "\n".join([f"// {name}.hpp  Lesson {lesson}", *lines, ""]))

    def expect(self, *findings):
        found = includes.check(self.root)
        self.assertEqual(len(found), len(findings), found)
        for text, expected in zip(found, findings):
            self.assertIn(expected, text)

    def test_allowed_includes_have_no_finding(self):
        self.header("frame", 4, "#include <string_view>", "#include <duplex/violation.hpp>")
        self.header("loop", 6, "#include <asio.hpp>", "#include <sys/socket.h>", "std::chrono::steady_clock::now();")
        self.header("server", 6, "#include <asio/ip/tcp.hpp>", "#include <duplex/frame.hpp>")
        self.header("deflate", 11, "#include <zlib.h>")
        self.write("chapters/04-framing/main.cpp", "#include <duplex/http.hpp>\n#include <sys/socket.h>\n")
        self.write("chapters/04-framing/starter/duplex/frame.hpp", "// Lesson 4\n#include <cstdint>\n")
        self.expect()

    def test_what_an_allowed_header_may_include_is_allowed_too(self):
        self.header("trace", 4, "#include <duplex/violation.hpp>")
        self.expect()

    def test_a_later_or_unrelated_header(self):
        self.header("frame", 4, "#include <string>", "#include <duplex/http.hpp>")
        self.expect("include/duplex/frame.hpp:3: frame may not include http")

    def test_a_quoted_include(self):
        self.header("frame", 4, '#include "violation.hpp"')
        self.expect('include/duplex/frame.hpp:2: "violation.hpp" would find')

    def test_asio_and_the_system_in_a_header_without_them(self):
        self.header("frame", 4, "#include <asio/buffer.hpp>", "#include <unistd.h>", "#include <zlib.h>")
        self.expect("not <asio/buffer.hpp>", "not <unistd.h>", "not <zlib.h>")

    def test_another_library_than_the_allowed_one(self):
        self.header("deflate", 11, "#include <openssl/ssl.h>")
        self.expect("not <openssl/ssl.h>")

    def test_a_clock_in_a_header_without_asio(self):
        self.header("frame", 4, "// steady_clock in a comment", "auto now = std::chrono::steady_clock::now();")
        self.expect("include/duplex/frame.hpp:3: frame must not read a clock")

    def test_a_header_without_a_row(self):
        self.header("surprise", 4)
        self.expect("surprise.hpp:1: this header has no row")

    def test_the_wrong_lesson_in_the_first_line(self):
        self.header("frame", 5)
        self.expect("frame.hpp:1: the first line should say Lesson 4")

    def test_a_program_ahead_of_its_lesson(self):
        self.write("chapters/03-handshake/main.cpp", "\n#include <duplex/frame.hpp>\n")
        self.expect("chapters/03-handshake/main.cpp:2: lesson 3 may not include frame, which lesson 4")

    def test_a_program_that_quotes_a_header_or_names_none(self):
        self.write("chapters/04-framing/main.cpp",
                   '#include "../../include/duplex/frame.hpp"\n#include <duplex/fram.hpp>\n')
        self.expect("main.cpp:1: write <duplex/frame.hpp>", "main.cpp:2: there is no duplex/fram.hpp")

    def test_a_starter_in_the_wrong_lesson(self):
        self.write("chapters/03-handshake/starter/duplex/frame.hpp", "// Lesson 4\n")
        self.expect("frame belongs to lesson 4, not 3")

    def test_a_starter_of_an_earlier_lesson_s_header(self):
        self.write("chapters/09-hostile-peers/starter/duplex/frame.hpp", "// Lesson 4\n")
        self.expect()


if __name__ == "__main__":
    unittest.main()
