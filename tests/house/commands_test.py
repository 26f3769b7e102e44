"""chapters/run and tests/run, in a small copy of the project, on machines made of stand-in programs.

A stand-in writes its name and arguments to `calls`; so these tests see what the scripts would have run, and
install and build nothing.
"""

import os
import pathlib
import pty
import shutil
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
TOOLS = "sh cat chmod cp cmp dirname basename env getconf grep id ls mkdir mktemp printf rm sed".split()


class Commands(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        for name in ("chapters/run", "tests/run", "tests/support/setup.sh", "tests/support/headers.txt"):
            self.write(name, (ROOT / name).read_text(), executable=True)
        self.write("chapters/03-handshake/main.cpp")
        self.write("chapters/04-framing/main.cpp")
        self.write("chapters/04-framing/starter/duplex/frame.hpp", "// TODO\n")
        self.write("chapters/04-framing/hello.wire", "open /\n")
        self.write("chapters/08-tutorial-server/main.cpp")
        self.calls = self.root / "calls"
        (self.root / "bin").mkdir()
        for tool in TOOLS:
            (self.root / "bin" / tool).symlink_to(shutil.which(tool))

    def write(self, name, text="", executable=False):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)  # it may be a link to a tool of this machine, which must stay as it is
        path.write_text(text)
        if executable:
            path.chmod(0o755)

    def stand_in(self, name, then=""):
        self.write(f"bin/{name}", f'#!/bin/sh\necho "{name} $*" >>"{self.calls}"\n{then}\n', executable=True)

    def machine_that_can_build(self):
        for name in ("g++", "make"):
            self.stand_in(name)
        # Configuring leaves a cache; building leaves the programs, which say how they were started.
        program = '#!/bin/sh\\necho "$0 $*"\\n'
        programs = "build/chapters/04-framing build/chapters/08-tutorial-server build/tests/wire"
        self.stand_in("cmake", f"""case $1 in
            -S) mkdir -p build; : >build/Makefile; : >build/CMakeCache.txt ;;
            --build) echo '[ 50%] Building CXX object'
                mkdir -p build/chapters build/tests
                for program in {programs}; do printf '{program}' >$program; chmod +x $program; done ;;
        esac""")
        self.stand_in("ctest")

    def run_command(self, command, *arguments, cwd=None, stdin=subprocess.DEVNULL):
        return subprocess.run(
            [self.root / command, *arguments], cwd=cwd or self.root, stdin=stdin, capture_output=True, text=True,
            check=False, env={"PATH": str(self.root / "bin")})

    def called(self):
        return self.calls.read_text() if self.calls.exists() else ""

    def test_a_stand_in_takes_the_place_of_a_link_and_leaves_alone_what_it_led_to(self):
        tool = self.root / "tool"
        tool.write_text("the machine's own")
        (self.root / "bin/tool").symlink_to(tool)
        self.stand_in("tool")
        self.assertEqual(tool.read_text(), "the machine's own")

    # ---- what to run

    def test_without_a_lesson_the_tutorial_server_starts(self):
        self.machine_that_can_build()
        result = self.run_command("chapters/run")
        self.assertEqual(result.stdout, "build/chapters/08-tutorial-server \n")
        self.assertEqual(result.stderr, "configuring build\nbuilding 08-tutorial-server\n")

    def test_arguments_reach_the_program_from_any_folder(self):
        self.machine_that_can_build()
        result = self.run_command("chapters/run", "04", "0", "web", cwd="/")
        self.assertEqual(result.stdout, "build/chapters/04-framing 0 web\n")

    def test_an_unknown_lesson_lists_the_lessons(self):
        for command in ("chapters/run", "tests/run"):
            for lesson in ("9504", "5", "x", "4.0"):
                result = self.run_command(command, lesson)
                self.assertEqual(result.returncode, 2)
                self.assertIn(f"there is no lesson {lesson}. The lessons are:\n  03-handshake\n", result.stderr)
        self.assertEqual(self.called(), "")

    def test_wrong_arguments_print_the_usage(self):
        for arguments in (["--mine"], ["4", "--yours"], ["4", "--"]):
            result = self.run_command("tests/run", *arguments)
            self.assertEqual(result.returncode, 2)
            self.assertTrue(result.stderr.startswith("usage: ./tests/run"), result.stderr)
        self.assertEqual(self.run_command("chapters/run", "--port").returncode, 2)

    def test_transcripts_are_played_where_the_user_stands(self):
        self.machine_that_can_build()
        (self.root / "elsewhere").mkdir()
        result = self.run_command("tests/run", "4", "--", "./my-server", "{port}", cwd=self.root / "elsewhere")
        self.assertEqual(
            result.stdout,
            f"{self.root}/build/tests/wire {self.root}/chapters/04-framing/hello.wire -- ./my-server {{port}}\n")
        result = self.run_command("tests/run", "3", "--", "./my-server")
        self.assertIn("03-handshake has no transcripts", result.stderr)

    def test_a_failed_build_shows_the_compiler_and_starts_nothing(self):
        self.machine_that_can_build()
        self.stand_in("cmake", 'case $1 in -S) mkdir build; : >build/Makefile ;; *) echo "main.cpp:1: error"; exit 1 ;; esac')
        result = self.run_command("chapters/run", "4")
        self.assertEqual(result.returncode, 1)
        self.assertIn("main.cpp:1: error", result.stderr)
        self.assertEqual(result.stdout, "")

    # ---- what to install

    def test_without_apt_the_packages_are_named(self):
        result = self.run_command("chapters/run")
        self.assertEqual(result.returncode, 1)
        self.assertIn("missing: g++ cmake make libasio-dev (Debian's names)", result.stderr)

    def test_with_apt_only_what_is_missing_is_installed(self):
        self.machine_that_can_build()
        (self.root / "bin/make").unlink()
        made = f"{self.root}/bin/make"
        self.stand_in("id", "echo 0")
        self.stand_in("apt-get", f'case $* in *install*) : >{made}; chmod +x {made} ;; esac')
        result = self.run_command("chapters/run", "4")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("installing with apt-get: make\n", result.stderr)
        self.assertIn("apt-get install -y --no-install-recommends make\n", self.called())

    def test_a_lesson_needs_what_its_scripts_need_and_no_more(self):
        self.write("tests/interop/a_test.py", "# lesson: 4\n")
        self.write("tests/interop/b_test.mjs", "// lesson: 4\n")
        self.write("tests/browser/c_test.mjs", "// lesson: 8\n")
        self.write("tests/browser/d_test.mjs", "// lesson: 14\n")
        missing = self.run_command("tests/run", "4").stderr
        self.assertRegex(missing, r"missing: g\+\+ cmake make libasio-dev catch2.* nodejs npm")
        self.assertEqual(missing.count("nodejs"), 1)
        self.assertNotIn("chromium", missing)
        self.assertIn("chromium", self.run_command("tests/run", "8").stderr)
        self.assertNotIn("nodejs", self.run_command("tests/run", "3").stderr)

    def test_who_is_not_root_goes_through_sudo_or_is_told(self):
        self.machine_that_can_build()
        (self.root / "bin/make").unlink()
        self.stand_in("id", "echo 1000")
        self.stand_in("apt-get")
        result = self.run_command("chapters/run", "4")
        self.assertIn("missing: make. Please run as root: apt-get install make", result.stderr)
        self.stand_in("sudo", "exit 1")
        result = self.run_command("chapters/run", "4")
        self.assertIn("sudo apt-get update", self.called())
        self.assertEqual(result.returncode, 1)

    def test_a_failed_installation_shows_what_apt_said(self):
        self.stand_in("id", "echo 0")
        self.stand_in("apt-get", "echo E: no such package; exit 100")
        result = self.run_command("chapters/run", "4")
        self.assertEqual(result.returncode, 1)
        self.assertIn("E: no such package", result.stderr)

    # ---- writing it yourself

    def test_write_copies_the_starter(self):
        result = self.run_command("chapters/run", "4", "--write")
        self.assertEqual((self.root / "attempt/duplex/frame.hpp").read_text(), "// TODO\n")
        self.assertIn("./tests/run 4 --mine", result.stderr)
        self.assertEqual(self.called(), "")

    def test_write_without_a_terminal_never_overwrites(self):
        self.write("attempt/duplex/frame.hpp", "mine\n")
        result = self.run_command("chapters/run", "4", "--write")
        self.assertEqual(result.returncode, 1)
        self.assertIn("attempt/duplex/frame.hpp exists", result.stderr)
        self.assertEqual((self.root / "attempt/duplex/frame.hpp").read_text(), "mine\n")

    def test_write_asks_on_the_terminal(self):
        for answer, left in (("n", "mine\n"), ("", "mine\n"), ("y", "// TODO\n")):
            self.write("attempt/duplex/frame.hpp", "mine\n")
            ours, theirs = pty.openpty()
            os.write(ours, f"{answer}\n".encode())
            result = self.run_command("chapters/run", "4", "--write", stdin=theirs)
            os.close(ours)
            os.close(theirs)
            self.assertIn("Overwrite it? [y/N]", result.stderr)
            self.assertEqual((self.root / "attempt/duplex/frame.hpp").read_text(), left)

    def test_write_says_when_a_lesson_has_nothing_to_write(self):
        result = self.run_command("chapters/run", "3", "--write")
        self.assertIn("lesson 3 has no header to write", result.stderr)

    def test_mine_without_an_attempt_says_how_to_begin(self):
        self.machine_that_can_build()
        result = self.run_command("tests/run", "4", "--mine")
        self.assertEqual(result.returncode, 1)
        self.assertIn("to begin: ./chapters/run 4 --write", result.stderr)

    def test_mine_takes_only_the_headers_of_the_lesson(self):
        self.machine_that_can_build()
        self.write("attempt/duplex/frame.hpp")
        self.write("attempt/duplex/http.hpp")
        overlay = self.root / "build/mine/overlay/duplex"
        self.run_command("tests/run", "4", "--mine")
        self.assertEqual([path.name for path in overlay.iterdir()], ["frame.hpp"])
        self.assertEqual((overlay / "frame.hpp").read_text(), f'#include "{self.root}/attempt/duplex/frame.hpp"\n')
        self.run_command("tests/run", "4", "--mine=all")
        self.assertEqual({path.name for path in overlay.iterdir()}, {"frame.hpp", "http.hpp"})
        self.run_command("tests/run", "4", "--mine")
        self.assertEqual([path.name for path in overlay.iterdir()], ["frame.hpp"])


if __name__ == "__main__":
    unittest.main()
