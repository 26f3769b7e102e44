#!/usr/bin/env python3
"""Keeps every quoted line of the Markdown equal to the code it quotes.

    docs/sync.py            rewrite the blocks below in every Markdown file, then check
    docs/sync.py --check    change nothing; one line per finding, exit status 1 if there is any

A block stands between two comments, each on a line of its own:

    <!-- quote PATH#REGION -->   the lines from "// #region REGION" to "// #endregion REGION" of PATH
    <!-- quote PATH -->          the whole file
    <!-- wire PATH -->           a transcript, whole
    <!-- diff 03 04 -->          what changed from one chapter's main.cpp to the next
    <!-- run 04 NAME -->         chapters/04-*/NAME.sh (demo.sh without NAME) and what it prints

and ends with <!-- /quote -->, <!-- /wire --> and so on. docs/README.md says how to write each.
"""

import argparse
import contextlib
import difflib
import os
import re
import sys
import textwrap
from pathlib import Path
from urllib.parse import unquote

sys.dont_write_bytecode = True  # leaves nothing behind in the tree
from sync_run import capture  # noqa: E402
from sync_text import (KINDS, Block, Fence, Problem, anchors, find_blocks, find_fences,  # noqa: E402
                       links, read_lines, without_fences)

LANGUAGES = {".cpp": "cpp", ".hpp": "cpp", ".html": "html", ".css": "css", ".js": "js", ".mjs": "js",
             ".py": "python", ".sh": "sh", ".cmake": "cmake", ".json": "json", ".md": "markdown"}
TYPED_LANGUAGES = ("sh", "text", "diff")  # what a lesson may hold that is in no file
LONG_DIFF = 60                            # lines; a longer one is folded away

NOT_OURS = re.compile(r"\.|(build(-.*)?|attempt|node_modules)$")  # folders without a text of ours
TYPED = re.compile(r"\s*<!--\s*typed:\s*\S.*-->\s*$")
REGION = re.compile(r"\s*(?://|#|/\*|<!--)\s*#(region|endregion)\b\s*([\w-]*)\s*(?:\*/|-->)?\s*$")
TYPE_OR_DEF = re.compile(r"\s*(?:[\w<>,=:]+\s+)*(class|struct|enum|def|function)\s+(\w+)")
# In C++: a return type, then a name and "(". A call has no type in front of it.
FUNCTION = re.compile(r"\s*(?:(?!(?:return|throw|new|delete|else|if|case|co_\w+)\b)[\w:<>,&*\[\]]+\s+[&*]*)+"
                      r"((?:\w+::)*~?\w+|operator\S+?)\s*\(")
NO_OPENER = re.compile(r"\s*(?:$|#|//|/\*|\*|[{})]|(?:public|protected|private):)")


class NotBuilt(Exception):
    """The program that a run block needs has not been built."""


# ---- regions and the code in them -------------------------------------------------------------------------

def find_regions(path: Path, lines: list[str]) -> dict[str, tuple[int, int]]:
    """The lines of the two markers of each region. Regions may lie inside one another."""
    regions, opened = {}, {}
    for number, line in enumerate(lines):
        if not (match := REGION.match(line)):
            continue
        word, name = match.groups()
        where = f"{path.name}:{number + 1}"
        if not name:
            raise Problem(f"{where}: a #{word} without a name; give it one")
        if word == "region":
            if name in opened or name in regions:
                raise Problem(f"{where}: the region '{name}' exists twice; rename one")
            opened[name] = number
        elif name in opened:
            regions[name] = opened.pop(name), number
        else:
            raise Problem(f"{where}: #endregion {name} ends no region; write #region {name} above it")
    for name, number in opened.items():
        raise Problem(f"{path.name}:{number + 1}: the region '{name}' has no end; write #endregion {name}")
    return regions


def indentation(line: str) -> int:
    return len(line) - len(line.lstrip())


def enclosing_name(lines: list[str], first: int, is_cpp: bool) -> str:
    """The function or class around the region that opens at line `first`; "" at the top level of the file.

    Walks up to lines that are indented less and less: that is where each scope opens.
    """
    names, call = [], ""
    limit = next((indentation(line) for line in lines[first + 1:] if line.strip()), 0)
    for line in reversed(lines[:first]):
        if NO_OPENER.match(line) or indentation(line) >= limit:
            continue
        limit = indentation(line)
        if match := TYPE_OR_DEF.match(line):
            call = "()" if not names and match[1] in ("def", "function") else call
            names.insert(0, match[2])
        elif is_cpp and (match := FUNCTION.match(line)):
            call = "()"
            names.insert(0, match[1])
    return ("::" if is_cpp else ".").join(names) + call


def language(path: Path, lines: list[str]) -> str:
    if path.name == "CMakeLists.txt":
        return "cmake"
    if not path.suffix and re.match(r"#!.*\b(ba)?sh\b", lines[0]):
        return "sh"
    return LANGUAGES.get(path.suffix, "text")


def code_block(language: str, lines: list[str]) -> list[str]:
    """A fence around `lines`, longer than any fence within."""
    longest = max((len(ticks) for line in lines for ticks in re.findall(r"`+", line)), default=0)
    ticks = "`" * max(3, longest + 1)
    return [ticks + language, *lines, ticks]


def trimmed(lines: list[str]) -> list[str]:
    """Without region markers, without the common indentation, without blank lines around it."""
    text = "\n".join(line for line in lines if not REGION.match(line))
    return textwrap.dedent(text).strip("\n").split("\n")


def changes(old: list[str], new: list[str]) -> list[str]:
    """The hunks of a diff of the code alone: lines that only hold a comment or a region marker are left out."""
    def code(lines):
        return [(number, line) for number, line in enumerate(lines, 1) if not line.lstrip().startswith("//")]
    old_code, new_code = code(old), code(new)
    matcher = difflib.SequenceMatcher(a=[line for _, line in old_code], b=[line for _, line in new_code],
                                      autojunk=False)
    result = []
    for group in matcher.get_grouped_opcodes(2):
        # The line numbers of the files, which a reader has open, not of the code without its comments.
        result.append(f"@@ -{old_code[group[0][1]][0]} +{new_code[group[0][3]][0]} @@")
        for tag, old_first, old_last, new_first, new_last in group:
            if tag == "equal":
                result += [" " + line for _, line in old_code[old_first:old_last]]
            else:
                result += ["-" + line for _, line in old_code[old_first:old_last]]
                result += ["+" + line for _, line in new_code[new_first:new_last]]
    return result


# ---- what belongs into a block ----------------------------------------------------------------------------

class Repository:
    def __init__(self, root: Path, build: Path):
        self.root, self.build = root.resolve(), build.resolve()
        self.sessions = {}  # by script: a program runs once, however often its output is asked for

    def markdown(self) -> list[Path]:
        found = []
        for folder, folders, files in os.walk(self.root):
            folders[:] = [name for name in folders if not NOT_OURS.match(name)]
            found += [Path(folder, name) for name in files if name.endswith(".md")]
        return sorted(found)

    def name(self, path: Path) -> str:
        return path.relative_to(self.root).as_posix()

    def link(self, document: Path, target: Path) -> str:
        return f"[{self.name(target)}]({os.path.relpath(target, document.parent)})"

    def file(self, name: str) -> Path:
        path = (self.root / name).resolve()
        if not path.is_relative_to(self.root):
            raise Problem(f"{name} lies outside the repository; quote a file inside")
        if not path.is_file():
            raise Problem(f"there is no file {name}; mend the path (it counts from the top of the repository)")
        return path

    def chapter(self, number: str) -> Path:
        folders = list(self.root.glob(f"chapters/{number}-*")) if re.fullmatch(r"\d\d", number) else []
        if len(folders) != 1:
            raise Problem(f"there is no one chapter '{number}'; write its two digits, as in 04")
        return folders[0]

    def render(self, document: Path, block: Block) -> list[str]:
        """The lines that belong between the two markers of `block`."""
        example, counts = KINDS[block.kind]
        if len(block.arguments) not in counts:
            raise Problem(f"'{block.kind}' needs other words; write <!-- {block.kind} {example} -->")
        renderers = {"quote": self.quote, "wire": self.wire, "diff": self.diff, "run": self.run}
        lines = renderers[block.kind](document, *block.arguments)
        return [block.indent + line if line else line for line in lines]

    def quote(self, document: Path, source: str) -> list[str]:
        name, _, region = source.partition("#")
        path = self.file(name)
        lines = read_lines(path)
        regions = find_regions(path, lines)
        quoted, around = lines, ""
        if region:
            if region not in regions:
                raise Problem(f"{name} has no region '{region}'; it has: {', '.join(sorted(regions)) or 'none'}")
            first, last = regions[region]
            quoted = lines[first + 1:last]
            around = enclosing_name(lines, first, language(path, lines) == "cpp")
        caption = self.link(document, path) + (f", in `{around}`" if around else "")
        return [caption + ":", "", *code_block(language(path, lines), trimmed(quoted))]

    def wire(self, document: Path, name: str) -> list[str]:
        path = self.file(name)
        if path.suffix != ".wire":
            raise Problem(f"{name} is no transcript; write <!-- quote {name} -->")
        return [self.link(document, path) + ":", "", *code_block("text", trimmed(read_lines(path)))]

    def diff(self, document: Path, old: str, new: str) -> list[str]:
        paths = [self.file(self.name(self.chapter(number) / "main.cpp")) for number in (old, new)]
        hunks = changes(*map(read_lines, paths))
        if not hunks:
            raise Problem(f"the programs of {old} and {new} are the same; take the block out")
        result = code_block("diff", [f"--- {self.name(paths[0])}", f"+++ {self.name(paths[1])}", *hunks])
        if len(hunks) > LONG_DIFF:
            added, removed = (sum(line[0] == sign for line in hunks) for sign in "+-")
            summary = f"<summary>{added} lines came, {removed} went</summary>"
            result = ["<details>", summary, "", *result, "", "</details>"]
        links = " to ".join(self.link(document, path) for path in paths)
        return [f"From {links}, comments left out:", "", *result]

    def run(self, document: Path, number: str, name: str = "demo") -> list[str]:
        chapter = self.chapter(number)
        program, script = self.build / "chapters" / chapter.name, self.file(f"{self.name(chapter)}/{name}.sh")
        command = f"./chapters/run {int(number)}"
        if not program.is_file():
            raise NotBuilt(f"not run, because {chapter.name} is not built; start it with {command} once")
        if script not in self.sessions:
            self.sessions[script] = capture(program, script, self.root, self.build)
        session = self.sessions[script]
        result = [f"While `{command}` runs, typed in a second terminal ({self.link(document, script)}):", "",
                  *code_block("sh", session.typed)]
        for caption, lines in (("It prints:", session.printed), (f"And `{command}` prints:", session.served)):
            result += ["", caption, "", *code_block("text", lines)] if lines else []
        return result


def rewrite(repository: Repository) -> list[str]:
    """Puts into each block what belongs there. What cannot be rendered stays; `check` reports it."""
    changed = []
    for path in repository.markdown():
        try:
            before = read_lines(path)
        except Problem:
            continue
        lines = list(before)
        for block in reversed(find_blocks(lines, find_fences(lines))[0]):  # from the end: numbers above stay true
            with contextlib.suppress(Problem, NotBuilt):
                lines[block.first + 1:block.last] = repository.render(path, block)
        if lines != before:
            newline = "\r\n" if b"\r\n" in path.read_bytes() else "\n"
            path.write_bytes(newline.join(lines).encode())
            changed.append(repository.name(path))
    return changed


# ---- checking: each function returns (line, what is wrong and how to mend it) -------------------------------

Findings = list[tuple[int, str]]


def check_blocks(repository: Repository, path: Path, lines: list[str],
                 blocks: list[Block]) -> tuple[Findings, Findings]:
    """The findings, and notes about blocks that could not be checked."""
    findings, notes = [], []
    for block in blocks:
        try:
            if lines[block.first + 1:block.last] != repository.render(path, block):
                findings.append((block.first, "stale; run docs/sync.py"))
        except Problem as problem:
            findings.append((block.first, str(problem)))
        except NotBuilt as reason:
            # An output that was captured earlier may stand unchecked. An empty block tells a reader nothing.
            is_empty = block.last == block.first + 1
            (findings if is_empty else notes).append((block.first, str(reason)))
    return findings, notes


def check_links(repository: Repository, path: Path, lines: list[str], fences: list[Fence]) -> Findings:
    findings = []
    for number, link in links(lines, fences):
        if re.match(r"[a-zA-Z][\w+.-]*:|//", link):
            continue  # another site
        name, anchor = (unquote(part) for part in link.partition("#")[::2])
        folder = repository.root if name.startswith("/") else path.parent
        target = (folder / name.lstrip("/")).resolve() if name else path
        if not target.is_relative_to(repository.root) or not target.exists():
            findings.append((number, f"the link '{link}' leads to no file of the repository; mend its path"))
            continue
        if anchor and target.is_dir():
            target = target / "README.md"
        if anchor and target.suffix == ".md" and not (target.exists() and anchor in anchors(read_lines(target))):
            findings.append((number, f"{repository.name(target)} has no heading '#{anchor}'; mend the link"))
    return findings


def check_code(lines: list[str], fences: list[Fence], blocks: list[Block]) -> Findings:
    """A lesson holds no code that is not quoted: what is typed by hand is the first to be wrong."""
    findings = []
    for fence in fences:
        is_quoted = any(block.first < fence.first < block.last for block in blocks)
        is_typed = fence.language in TYPED_LANGUAGES and fence.first > 0 and TYPED.match(lines[fence.first - 1])
        if not is_quoted and not is_typed:
            findings.append((fence.first, "a code block outside any marker; quote a file, or (only for "
                             f"{', '.join(TYPED_LANGUAGES)}) write <!-- typed: why --> on the line above"))
    in_list = after_blank = False
    for number, line in enumerate(without_fences(lines, fences)):
        if re.match(r"\S", line):
            in_list = bool(re.match(r"([-*+]|\d+[.)])\s", line))
        elif re.match(r"(    |\t)\s*\S", line) and after_blank and not in_list:
            findings.append((number, "code by indentation; put it in a file and quote that"))
        after_blank = not line.strip()
    return findings


def check_document(repository: Repository, path: Path) -> tuple[Findings, Findings]:
    lines = read_lines(path)
    fences = find_fences(lines)
    blocks, findings = find_blocks(lines, fences)
    endless = [fence for fence in fences if fence.last == len(lines)]
    findings += [(fence.first, "this code block never ends; close it") for fence in endless]
    stale, notes = check_blocks(repository, path, lines, blocks)
    findings += stale + check_links(repository, path, lines, fences)
    if path.match("chapters/*/README.md"):
        findings += check_code(lines, fences, blocks)
    return findings, notes


def main(arguments: list[str], root: Path) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="change nothing; say what is not as it should be")
    options = parser.parse_args(arguments)
    repository = Repository(root, root / os.environ.get("DUPLEX_BUILD", "build"))
    if not options.check:
        for name in rewrite(repository):
            print(f"rewrote {name}")
    status = 0
    for path in repository.markdown():
        try:
            findings, notes = check_document(repository, path)
        except Problem as problem:  # of the file as a whole
            findings, notes = [(0, str(problem))], []
        for number, what in sorted(findings + notes):
            print(f"{repository.name(path)}:{number + 1}: {what}")
        status = 1 if findings else status
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], Path(__file__).resolve().parent.parent))
