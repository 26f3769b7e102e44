"""Counts the instructions of a program, with valgrind's tool callgrind. No clock: the same program counts the same."""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

PROGRAMS = pathlib.Path(os.environ.get("DUPLEX_BUILD", pathlib.Path(__file__).resolve().parents[2] / "build")) / "tests/bench"
SKIPPED = 77  # what ctest is told to take for "not run"

# One memcpy for every x86-64: valgrind counts the fast string instructions of newer ones by the byte.
ONE_MEMCPY = "glibc.cpu.hwcaps=-AVX,-AVX2,-AVX_Fast_Unaligned_Load,-AVX512VL,-ERMS,-FSRM"


def skip(why):
    print(f"skipped: {why}")
    sys.exit(SKIPPED)


def need_valgrind():
    if not shutil.which("valgrind"):
        skip("valgrind counts the instructions, and it is not here")


def count(program, *arguments, function=None):
    """All instructions of one run, or those from the entry of a function to its return; and what the program prints."""
    with tempfile.TemporaryDirectory() as folder:
        options = ["--tool=callgrind", f"--callgrind-out-file={folder}/out"]
        if function:
            options.append(f"--toggle-collect={function}(*")
        command = ["valgrind", *options, str(PROGRAMS / program), *map(str, arguments)]
        result = subprocess.run(command, capture_output=True, text=True, check=False,
                                env=os.environ | {"GLIBC_TUNABLES": ONE_MEMCPY})
        if result.returncode:
            sys.exit(result.stderr)
        return int(re.search(r"Collected : (\d+)", result.stderr)[1]), result.stdout
