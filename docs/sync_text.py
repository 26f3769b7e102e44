"""For sync.py: text files as lines, and the structure of Markdown: fences, blocks, headings, links.

Lines are numbered from 0 here, as list indices; only messages count from 1.
"""

import html
import re
import unicodedata
from pathlib import Path
from typing import NamedTuple

# Each kind of block: an example of the words behind it, and how many there may be.
KINDS = {"quote": ("PATH#REGION", (1,)), "wire": ("PATH", (1,)),
         "diff": ("03 04", (2,)), "run": ("04 demo", (1, 2))}

FENCE = re.compile(r"[\s>]*(`{3,}|~{3,})\s*([^`]*)$")
MARKER = re.compile(r"(\s*)<!--\s*(/?)(\w+)(?:\s+(.*?))?\s*-->\s*$")
HEADING = re.compile(r" {0,3}#{1,6}[ \t]+(.*?)(?:[ \t]+#+)?[ \t]*$")
# Comments and inline code hold no links. Inline code does not reach over a blank line.
NOT_PROSE = re.compile(r"<!--.*?-->|(?<!`)(`+)(?!`)(?:(?!\n\s*\n).)+?(?<!`)\1(?!`)", re.DOTALL)
# [text](target), [text]: target, <a href="target"> and the like
LINK = re.compile(r"""\]\(\s*<?((?:[^()\s<>]|\([^()\s]*\))+)>?(?:\s+["'][^)]*)?\s*\)"""
                  r"""|^[ ]{0,3}\[[^\]^][^\]]*\]:\s*<?([^\s>]+)"""
                  r"""|<(?:a|img|source)\b[^>]*?\b(?:href|src|srcset)="([^"]*)\"""", re.MULTILINE)


class Problem(Exception):
    """What is wrong and how to mend it, in one sentence."""


class Fence(NamedTuple):
    """A fenced code block. One that never ends has the number of lines as its last line."""
    first: int
    last: int
    language: str


class Block(NamedTuple):
    """What stands between two markers; `first` and `last` are the lines of the markers."""
    kind: str
    arguments: list[str]
    first: int
    last: int
    indent: str


def read_lines(path: Path) -> list[str]:
    """The lines of a text file without their ends. (`splitlines` would also cut at form feeds.)"""
    try:
        return path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n").split("\n")
    except UnicodeDecodeError:
        raise Problem(f"{path.name} is not UTF-8; save it as UTF-8") from None


def find_fences(lines: list[str]) -> list[Fence]:
    fences, opening, open_ticks = [], None, ""
    for number, line in enumerate(lines):
        match = FENCE.match(line)
        if not match:
            continue
        ticks, info = match.groups()
        if opening is None:
            opening, open_ticks = Fence(number, len(lines), (info.split() or [""])[0]), ticks
        elif ticks.startswith(open_ticks) and not info.strip():
            fences.append(opening._replace(last=number))
            opening = None
    return fences + [opening] if opening else fences


def without_fences(lines: list[str], fences: list[Fence]) -> list[str]:
    """The same lines, with those of every fence blank."""
    rest = list(lines)
    for fence in fences:
        for number in range(fence.first, min(fence.last + 1, len(lines))):
            rest[number] = ""
    return rest


def find_blocks(lines: list[str], fences: list[Fence]) -> tuple[list[Block], list[tuple[int, str]]]:
    """The blocks, and (line, problem) for each marker without its partner. Within a fence a marker is text."""
    blocks, problems, opening = [], [], None

    def not_closed(block):
        problems.append((block.first, f"'{block.kind}' is not closed; write <!-- /{block.kind} --> below it"))

    for number, line in enumerate(without_fences(lines, fences)):
        match = MARKER.match(line)
        if not match:
            continue
        indent, slash, kind, arguments = match.groups()
        if kind not in KINDS:
            if slash:
                problems.append((number, f"unknown block '{kind}'; write one of {', '.join(KINDS)}"))
        elif not slash:
            if opening:
                not_closed(opening)
            opening = Block(kind, (arguments or "").split(), number, number, indent)
        elif opening and opening.kind == kind:
            blocks.append(opening._replace(last=number))
            opening = None
        else:
            problems.append((number, f"'/{kind}' closes nothing; write <!-- {kind} … --> above or take it out"))
    if opening:
        not_closed(opening)
    return blocks, problems


def slug(heading: str) -> str:
    """The anchor that GitHub makes from the text of a heading."""
    heading = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", heading)  # a link counts as its text
    parts = re.split(r"(`[^`]*`)", heading)                       # code keeps its underscores and brackets
    for index in range(0, len(parts), 2):
        parts[index] = re.sub(r"(?<!\w)(_+)(\S.*?)\1(?!\w)", r"\2", re.sub(r"<[^>]*>", "", parts[index]))

    def is_kept(character):
        category = unicodedata.category(character)
        return character in " -" or category[0] in "LM" or category in ("Nd", "Nl", "Pc")
    return "".join(filter(is_kept, html.unescape("".join(parts)).strip().lower())).replace(" ", "-")


def anchors(lines: list[str]) -> set[str]:
    """What a link to this Markdown may name behind its '#'."""
    found, uses = set(), {}
    for line in without_fences(lines, find_fences(lines)):
        found.update(re.findall(r"""<a\b[^>]*\b(?:id|name)="([^"]+)\"""", line))
        if match := HEADING.match(line):
            name = base = slug(match[1])
            while name in uses:
                uses[base] += 1
                name = f"{base}-{uses[base]}"
            uses[name] = 0
            found.add(name)
    return found


def links(lines: list[str], fences: list[Fence]) -> list[tuple[int, str]]:
    """(line, target) of each link and image."""
    text = "\n".join(without_fences(lines, fences))
    text = NOT_PROSE.sub(lambda match: "\n" * match[0].count("\n"), text)
    return [(text.count("\n", 0, match.start()), html.unescape(match[match.lastindex]))
            for match in LINK.finditer(text)]
