"""Checks who includes whom against the table in tests/support/headers.txt: includes.py <root of the project>

A header includes only what its row allows, as <duplex/name.hpp>; without Asio in reach it includes the C++
standard library only and reads no clock. A chapter's program includes headers of its own lesson and earlier ones.
"""

import pathlib
import re
import sys

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
LIBRARIES = {"asio": "", "zlib": "zlib.h", "openssl": "openssl/"}  # what their includes begin with


class Header:
    def __init__(self, lesson, allowed):
        self.lesson = lesson
        self.allowed = allowed


def read_table(path):
    table = {}
    for line in path.read_text().splitlines():
        if line and not line.startswith("#"):
            name, lesson, *allowed = line.split()
            reach = set(allowed)
            for other in allowed:
                if other not in LIBRARIES:
                    reach |= table[other].allowed
            table[name] = Header(int(lesson), reach)
    return table


def includes(path):
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if found := INCLUDE.match(line):
            yield number, found[1] == '"', found[2]


def own_header(include):
    """frame for duplex/frame.hpp, else nothing."""
    found = re.fullmatch(r"(?:.*/)?duplex/(\w+)\.hpp", include)
    return found[1] if found else None


def is_standard(include):
    return "/" not in include and "." not in include


def check_header(path, table):
    """Yields the line and the text of each finding."""
    if path.stem not in table:
        yield 1, "this header has no row in tests/support/headers.txt"
        return
    header = table[path.stem]
    if not re.search(rf"Lesson {header.lesson}\b", path.read_text().partition("\n")[0]):
        yield 1, f"the first line should say Lesson {header.lesson}"
    for number, quoted, include in includes(path):
        name = own_header(include)
        if quoted:
            yield number, f'"{include}" would find the file beside this one first; write <duplex/…>'
        elif name and name not in header.allowed:
            yield number, f"{path.stem} may not include {name}"
        elif not name and not is_standard(include):
            if not any(library in header.allowed and include.startswith(start) for library, start in LIBRARIES.items()):
                yield number, f"{path.stem} knows the C++ standard library only, not <{include}>"
    if "asio" not in header.allowed:
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if re.search(r"\w_clock\b", line.partition("//")[0]):
                yield number, f"{path.stem} must not read a clock; take the time as an argument"


def check_program(path, lesson, table):
    for number, quoted, include in includes(path):
        name = own_header(include)
        if name and quoted:
            yield number, f'write <duplex/{name}.hpp>, so that an attempt can stand in for it'
        elif name and name not in table:
            yield number, f"there is no duplex/{name}.hpp"
        elif name and table[name].lesson > lesson:
            yield number, f"lesson {lesson} may not include {name}, which lesson {table[name].lesson} introduces"


def check_starter(path, lesson, table):
    # A later lesson may leave other functions of it open than the lesson that introduces it.
    if path.stem in table and table[path.stem].lesson > lesson:
        yield 1, f"{path.stem} belongs to lesson {table[path.stem].lesson}, not {lesson}"
    yield from check_header(path, table)


def check(root):
    """Returns the findings of the whole tree, each as `file:line: text`."""
    table = read_table(root / "tests/support/headers.txt")
    findings = []

    def add(path, found):
        findings.extend(f"{path.relative_to(root)}:{line}: {text}" for line, text in found)

    for path in sorted(root.glob("include/duplex/*.hpp")):
        add(path, check_header(path, table))
    for chapter in sorted(root.glob("chapters/[0-9][0-9]-*")):
        lesson = int(chapter.name[:2])
        for path in sorted(chapter.glob("*.cpp")):
            add(path, check_program(path, lesson, table))
        for path in sorted(chapter.glob("starter/duplex/*.hpp")):
            add(path, check_starter(path, lesson, table))
    return findings


if __name__ == "__main__":
    found = check(pathlib.Path(sys.argv[1]))
    print("\n".join(found), end="\n" if found else "")
    sys.exit(1 if found else 0)
