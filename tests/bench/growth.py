#!/usr/bin/env python3
"""Fails when the server's work grows faster than what it is asked for. No clock: callgrind counts instructions.

Each conversation of growth.cpp is counted with two sizes, few peers and many, a short message and a long one. Its unit
of work, such as one message, may cost at most 10 % more with the larger size. The conversations are in memory, and
what that memory costs differs a little from size to size; a loop over all connections would make it many times as much.

Compilers do not matter: both counts are of the same program. DUPLEX_BUILD names the build folder.
"""

import sys

sys.dont_write_bytecode = True  # leaves nothing behind in the tree
from callgrind import count, need_valgrind  # noqa: E402

ALLOWED = 1.10

# A conversation, what a unit of it is, what there are more of, and how many.
CONVERSATIONS = (
    ("turns", "an echo, the peers speaking in turn", "peers", 1, 10_000),
    ("together", "an echo, the peers speaking all at once", "peers", 1, 10_000),
    ("push", "a push by id, from a handler", "peers", 10, 10_000),
    ("hand-over", "a push by id, from another thread", "peers", 10, 10_000),
    ("broadcast", "a broadcast, for each receiver", "peers", 100, 5_000),
    ("head", "1 KiB of a request line without a space", "KiB", 8, 256),
    ("frame", "1 KiB of a message in one frame", "KiB", 256, 4_096),
    ("fragments", "1 KiB of a message in fragments of one byte", "KiB", 64, 1_024),
)


def per_unit(conversation, size):
    instructions, units = count("growth", conversation, size, function="bench::metered")
    return instructions / int(units)


def main():
    need_valgrind()
    print("| instructions for | sizes | with the first | with the second | ratio |\n| --- | --- | ---: | ---: | ---: |")
    grown = []
    for conversation, unit, what, few, many in CONVERSATIONS:
        before, after = per_unit(conversation, few), per_unit(conversation, many)
        print(f"| {unit} | {few:,} and {many:,} {what} | {before:,.0f} | {after:,.0f} | {after / before:.2f} |", flush=True)
        if after > before * ALLOWED:
            grown.append(unit)
    if grown:
        sys.exit(f"over {ALLOWED - 1:.0%} dearer with many than with few: {'; '.join(grown)}")


if __name__ == "__main__":
    main()
