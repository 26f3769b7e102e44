#!/usr/bin/env python3
"""Ties what is promised to the line that keeps it and the test that proves it.

    docs/traceability.py            writes docs/rfc6455.md and docs/hostile.md from the .txt beside each
    docs/traceability.py --check    writes nothing; one line per finding, exit status 1 if there is any

In the .txt, a line that begins with one of these words is an entry; all other lines are text of the page:

    columns A | B | C       the heads of a table; the last one is of the tests, the one before it of the code,
                            where the page has one
    * WHAT | MORE           a row, with the cells that are written by hand
      code PATH: TEXT       the line of code that keeps it: the one of PATH that holds TEXT
      test PATH: TEXT       a test that proves it: the TEST_CASE of PATH whose name begins with TEXT; for another
                            file, the line that holds TEXT
      test PATH             the same for a whole file, such as a transcript
      none: WHY             there is no such line, and why

A code path is a header of include/duplex, `server/close` is tests/server/close_test.cpp, `a/b.wire` is a transcript
of chapters/; any other path is from the top of the repository.
"""

import os
import re
import sys
from pathlib import Path

PAGES = ["rfc6455", "hostile"]
NOTE = "<!-- Written by docs/traceability.py from {name}.txt: change that file instead. -->"

# What a refusal says in the code, with its section and, where it is not 6455, its RFC.
VIOLATION = re.compile(r'\{"([\d.]+)",\s*"([^"]+)"(?:,\s*([\w:]+))?(?:,\s*(\d+))?\}')
TEST_CASE = re.compile(r'TEST_CASE\(\s*"((?:[^"\\]|\\.)*)"')
TAG = re.compile(r"\(RFC 6455 §([4-7](?:\.\d+)*)")
ADJACENT_LITERALS = re.compile(r'"\s*\n\s*"')
EXAMPLES = "5.7"  # the section of the RFC that shows bytes and demands nothing


class Row:
    def __init__(self, number, cells):
        self.number = number
        self.cells = cells
        self.code = []   # pairs of a path and the text to look for
        self.tests = []
        self.none = None


class Page:
    def __init__(self, path):
        self.parts = []  # text, or a list of heads, or a row; in order
        row = None
        for number, line in enumerate(path.read_text().splitlines(), 1):
            word, _, rest = line.strip().partition(" ")
            if line.startswith("* "):
                row = Row(number, [cell.strip() for cell in rest.split(" | ")])
                self.parts.append(row)
            elif line.startswith("columns "):
                self.parts.append([head.strip() for head in rest.split(" | ")])
            elif line.startswith("  ") and row and word in ("code", "test"):
                where, _, text = rest.partition(": ")
                (row.code if word == "code" else row.tests).append((where, text))
            elif line.startswith("  ") and row and word == "none:":
                row.none = rest
            else:
                row = None
                self.parts.append(line)

    def rows(self):
        return [part for part in self.parts if isinstance(part, Row)]


class Tree:
    """The repository, its files read once."""

    def __init__(self, root):
        self.root = root
        self.texts = {}

    def text(self, path):
        if path not in self.texts:
            self.texts[path] = (self.root / path).read_text() if (self.root / path).is_file() else None
        return self.texts[path]

    def code(self, where, text):
        """The path, and the line that holds `text`; raises ValueError unless there is exactly one."""
        path = f"include/duplex/{where}"
        lines = [line.strip() for line in (self.text(path) or "").splitlines() if text in line]
        if not text or len(lines) != 1:
            raise ValueError(f"{len(lines)} lines of {path} hold `{text}`")
        return path, lines[0]

    def test(self, where, text):
        """The path and the name of a test; raises ValueError unless there is exactly one."""
        if where.endswith(".wire"):
            path = f"chapters/{where}"
        elif "." not in where:
            path = f"tests/{where}_test.cpp"
        else:
            path = where
        content = self.text(path)
        if content is None:
            raise ValueError(f"there is no {path}")
        if not text:
            return path, ""
        if path.endswith("_test.cpp"):
            names = [name for name in self.test_cases(path) if name.startswith(text)]
            what = "tests of {} have a name that begins with `{}`"
        else:
            names = [text] * sum(text in line for line in content.splitlines())
            what = "lines of {} hold `{}`"
        if len(names) != 1:
            raise ValueError(f"{len(names)} {what.format(path, text)}")
        return path, names[0]

    def test_cases(self, path):
        joined = ADJACENT_LITERALS.sub("", self.text(path))
        return [name.replace('\\"', '"') for name in TEST_CASE.findall(joined)]


def linked(path, label):
    return f"[{label}]({os.path.relpath(path, 'docs')})"


def in_cell(text):
    return text.replace("|", "\\|")


def cell_of(tree, references, find, findings, place):
    lines = []
    for where, text in references:
        try:
            path, found = find(where, text)
        except ValueError as error:
            findings.append(f"{place}: {error}")
            continue
        link = linked(path, path.removeprefix("include/duplex/").removeprefix("tests/").removeprefix("chapters/"))
        quoted = f"`{in_cell(found)}`" if find == tree.code else in_cell(found)
        lines.append(f"{link}: {quoted}" if found else link)
    return "<br>".join(lines)


def render(tree, name, findings):
    """The page as Markdown."""
    source = f"docs/{name}.txt"
    page = Page(tree.root / source)
    lines, has_code = [NOTE.format(name=name), ""], False
    for part in page.parts:
        if isinstance(part, str):
            lines.append(part)
        elif isinstance(part, list):
            has_code = part[-2].startswith("Kept")
            lines += ["| " + " | ".join(part) + " |", "| --- " * len(part) + "|"]
        else:
            place = f"{source}:{part.number}"
            cells = [in_cell(cell) for cell in part.cells]
            if has_code:
                cells.append(cell_of(tree, part.code, tree.code, findings, place))
            cells.append(cell_of(tree, part.tests, tree.test, findings, place))
            if part.none:
                cells = [cell or part.none for cell in cells]
            if not all(cells):
                findings.append(f"{place}: a cell of this row is empty")
            lines.append("| " + " | ".join(cells) + " |")
    return page, "\n".join(lines) + "\n"


def unclaimed(tree, page):
    """What the code and the tests say about RFC 6455 §4 to §7 and no row of the table names."""
    claimed = "\n".join(tree.code(*each)[1] for row in page.rows() for each in row.code)
    for path in sorted((tree.root / "include/duplex").glob("*.hpp")):
        text = ADJACENT_LITERALS.sub("", path.read_text())
        for section, sentence, _, rfc in VIOLATION.findall(text):
            if section[0] in "4567" and rfc in ("", "6455") and f'"{sentence}"' not in claimed:
                yield f"include/duplex/{path.name}: no row of docs/rfc6455.txt names `{sentence}`"
    claimed = {tree.test(*each) for row in page.rows() for each in row.tests}
    for path in sorted(tree.root.glob("tests/*/*_test.cpp")):
        path = str(path.relative_to(tree.root))
        for name in tree.test_cases(path):
            tag = TAG.search(name)
            if tag and tag[1] != EXAMPLES and (path, name) not in claimed:
                yield f"{path}: no row of docs/rfc6455.txt names the test `{name}`"


def main(root, check):
    tree, findings = Tree(root), []
    for name in PAGES:
        found_before = len(findings)
        page, text = render(tree, name, findings)
        if name == "rfc6455" and len(findings) == found_before:
            findings += unclaimed(tree, page)
        target = root / f"docs/{name}.md"
        if not check:
            target.write_text(text)
        elif not target.is_file() or target.read_text() != text:
            findings.append(f"docs/{name}.md is not what docs/{name}.txt, the code and the tests say; "
                            "run docs/traceability.py")
    return findings


if __name__ == "__main__":
    found = main(Path(__file__).resolve().parents[1], sys.argv[1:] == ["--check"])
    print("\n".join(found), end="\n" if found else "")
    sys.exit(1 if found else 0)
