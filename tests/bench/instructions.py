#!/usr/bin/env python3
"""Fails when a message costs more instructions than it did, by more than 5 %. No clock: callgrind counts.

    instructions.py             compare with instructions.txt
    instructions.py --update    write instructions.txt anew, after a change that is worth its price

The numbers belong to one compiler, one C library and one Asio, named in the file; with any others there is
nothing to compare, and the case is skipped. DUPLEX_BUILD names the build folder.
"""

import os
import pathlib
import subprocess
import sys

sys.dont_write_bytecode = True  # leaves nothing behind in the tree
from callgrind import PROGRAMS, count, need_valgrind, skip  # noqa: E402

KEPT = pathlib.Path(__file__).with_name("instructions.txt")
CONVERSATIONS = ("receiver", "connection", "pipelined", "large")
ALLOWED = 1.05

HEAD = """\
# Instructions per message in the conversations of instructions.cpp, counted by callgrind.
# tests/bench/instructions.py compares; with --update it writes this file anew.
"""


def tools():
    """What the numbers depend on besides our code."""
    result = subprocess.run([str(PROGRAMS / "instructions"), "tools", "0"], capture_output=True, text=True, check=True)
    return f"{os.uname().machine}, {result.stdout.strip()}"


def per_message(conversation):
    few, many = (160, 480) if conversation == "large" else (1600, 4800)
    dearer, _ = count("instructions", conversation, many)
    cheaper, _ = count("instructions", conversation, few)
    return (dearer - cheaper) / (many - few)


def kept():
    """The tools and the numbers of instructions.txt."""
    lines = [line for line in KEPT.read_text().splitlines() if line and not line.startswith("#")]
    return lines[0].removeprefix("with: "), {name: int(number) for name, number in map(str.split, lines[1:])}


def main():
    update = "--update" in sys.argv[1:]
    need_valgrind()
    if not update and tools() != kept()[0]:
        skip(f"the numbers are those of {kept()[0]}; here is {tools()}")
    now = {name: round(per_message(name)) for name in CONVERSATIONS}
    if update:
        KEPT.write_text(HEAD + f"with: {tools()}\n" + "".join(f"{name} {number}\n" for name, number in now.items()))
        return
    before = kept()[1]
    for name, number in now.items():
        print(f"{name}: {number} instructions per message; it was {before[name]}")
    dearer = [name for name, number in now.items() if number > before[name] * ALLOWED]
    if dearer:
        sys.exit(f"a message costs over 5 % more than it did: {', '.join(dearer)}. If that is worth it: "
                 "tests/bench/instructions.py --update")


if __name__ == "__main__":
    main()
