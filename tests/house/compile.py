"""Lets a compiler check the source, without making object files.

    compile.py headers <compiler> <flag>...     each header of include/duplex, alone and included twice
    compile.py programs <compiler> <flag>...    each source that the build in $DUPLEX_BUILD compiles

Runs in the root of the project, with as many compilers at a time as there are cores.
"""

import concurrent.futures
import json
import os
import pathlib
import subprocess
import sys


def check(compiler, flags, name, text=None):
    """Returns what the compiler says to a file, or to `text`; nothing when it has no objection."""
    source = ["-"] if text else [name]
    result = subprocess.run(
        [compiler, "-fsyntax-only", *flags, "-x", "c++", *source],
        input=text, capture_output=True, text=True, check=False)
    return f"{name}:\n{result.stderr}" if result.returncode else ""


def headers():
    """Pairs of a header's name and a source that includes it and nothing before it."""
    for path in sorted(pathlib.Path("include/duplex").glob("*.hpp")):
        line = f"#include <duplex/{path.name}>\n"
        yield path.name, line + line


def programs():
    """Pairs of a source file of ours and None: the compiler reads the file itself."""
    build = pathlib.Path(os.environ["DUPLEX_BUILD"])
    root = pathlib.Path.cwd().resolve()
    commands = json.loads((build / "compile_commands.json").read_text())
    for path in sorted({pathlib.Path(command["file"]).resolve() for command in commands}):
        if build.resolve() not in path.parents:
            yield str(path.relative_to(root)), None


def main():
    kind, compiler, *flags = sys.argv[1:]
    sources = list({"headers": headers, "programs": programs}[kind]())
    if not sources:
        sys.exit(f"no {kind} were found: is this the root of the project, and is it configured?")
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        objections = [text for text in pool.map(lambda source: check(compiler, flags, *source), sources) if text]
    print("\n".join(objections), end="")
    print(f"{len(sources) - len(objections)} of {len(sources)} {kind} compile with {compiler}")
    sys.exit(1 if objections else 0)


if __name__ == "__main__":
    main()
