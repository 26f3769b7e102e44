#!/usr/bin/env python3
"""Measures the server of lesson 13 with one thread and with more. The script `measure` builds what it needs.

    measure.py [--threads N,…] [--peers N,…] [--work ROUNDS] [--think MS] [--rounds N] [--seconds S]
               [--markdown FILE] [--svg FILE]
    measure.py --short      few messages of little work: shows that everything works, measures nothing

Two measurements. In the first there are more and more peers, until the server has more to do than it can: that is the
table to read a knee from, and the plot. In the second it always has more to do than it can: what do more threads bring?

DUPLEX_BUILD names the build folder. Standard library only.
"""

import argparse
import os
import pathlib
import statistics
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.dont_write_bytecode = True  # leaves nothing behind in the tree
sys.path.append(str(ROOT / "tests/bench"))
from bench import BUILD, PROGRAMS, quotient, run_load, spread, table  # noqa: E402
from plot import Curves, draw  # noqa: E402


def numbers(text):
    return [int(number) for number in text.split(",")]


def default_threads():
    """1, 2, 4 … and as many as there are cores."""
    cores = len(os.sched_getaffinity(0))
    return sorted({min(2 ** power, cores) for power in range(cores.bit_length() + 1)})


def default_peers(threads):
    """From one peer to about twice as many as keep the most threads busy, with a work of 1 ms and a pause of 10."""
    return sorted({1, 2, *range(2 * threads, 24 * threads + 1, 2 * threads)})


# ---- run

def load(threads, work, arguments):
    """Puts a load on the server once. Returns what was measured, and what follows from it."""
    measured = run_load([str(PROGRAMS / "load"), "echo", *arguments.split(), "--work", str(work), "--",
                         str(BUILD / "chapters/13-many-cores"), "0", "--threads", str(threads), "--work", str(work)])
    for who in ("server", "load"):
        measured[f"{who}_cores"] = measured[f"{who}_cpu_seconds"] / measured["wall_seconds"]
    return measured


def measure(loads, options):
    """Each load with each number of threads, in turn, in each round. Returns lists of what was measured, by load and
    threads; `loads` holds the work and the arguments by name."""
    results = {(name, threads): [] for name in loads for threads in options.threads}
    for number in range(options.rounds):
        for (name, threads), measured in results.items():
            print(f"round {number + 1} of {options.rounds}: {name}; threads: {threads}", file=sys.stderr)
            work, arguments = loads[name]
            measured.append(load(threads, work, f"{arguments} {options.timing}"))
    return results


def more_and_more_peers(options):
    return {f"{peers} peers": (options.work, f"--connections {peers} --think {options.think}") for peers in options.peers}


def more_than_enough(options):
    return {f"{options.work} rounds of SHA-1": (options.work, f"--connections {8 * max(options.threads)}"),
            "echo, 1 × 1, 20 B": (0, "--connections 1"),
            "echo, 100 × 1, 20 B": (0, "--connections 100"),
            "echo, 100 × 16, 20 B": (0, "--connections 100 --depth 16"),
            "echo, 50 × 1, 16 KiB": (0, "--connections 50 --size 16384 --binary")}


# ---- tell

def values(measured, field, scale=1.0):
    return [one[field] * scale for one in measured]


def median(measured, field, form):
    return format(statistics.median(values(measured, field)), form)


def name_of(threads):
    return f"{threads} thread{'s' if threads > 1 else ''}"


def knee_table(results):
    rows = []
    for (_, threads), measured in sorted(results.items(), key=lambda result: result[0][1]):
        per_thread = statistics.median(values(measured, "per_wall_second")) / threads
        rows.append([str(threads), str(measured[0]["connections"]),
                     spread(values(measured, "per_wall_second"), ",.0f"), f"{per_thread:,.0f}",
                     spread(values(measured, "per_server_cpu_second"), ",.0f"),
                     *(median(measured, field, ".2f") for field in ("server_cores", "load_cores", "sleeps_per_message")),
                     *(spread(values(measured, field, 1e-3), ".1f") for field in ("p50_us", "p99_us"))])
    return table(["threads", "peers", "per second", "per second and thread", "per second of server CPU",
                  "cores: server", "cores: load", "sleeps per message", "p50 ms", "p99 ms"], rows)


def thread_table(results, threads_in_turn):
    rows = []
    for (name, threads), measured in results.items():
        row = [name, str(threads)]
        for field in ("per_wall_second", "per_server_cpu_second"):
            first = values(results[name, threads_in_turn[0]], field)
            ratios = [quotient(one, other) for one, other in zip(values(measured, field), first)]  # of the same round
            row += [spread(values(measured, field), ",.0f"), spread(ratios, ".2f")]
        rows.append(row + [median(measured, field, ".2f")
                           for field in ("server_cores", "load_cores", "sleeps_per_message")])
    to_first = f"÷ {name_of(threads_in_turn[0])}"
    return table(["load", "threads", "per second", to_first, "per second of server CPU", to_first, "cores: server",
                  "cores: load", "sleeps per message"], rows)


def plot(results):
    def curves(title, unit, field, scale):
        each = {name_of(threads): {} for _, threads in results}
        for (_, threads), measured in results.items():
            each[name_of(threads)][measured[0]["connections"]] = values(measured, field, scale)
        return Curves(title, unit, "peers", each)

    return draw([curves("Messages per second", "of the clock on the wall", "per_wall_second", 1),
                 curves("Half of the answers come within", "p50, in milliseconds", "p50_us", 1e-3),
                 curves("99 of 100 answers come within", "p99, in milliseconds", "p99_us", 1e-3)],
                [name_of(threads) for threads in sorted({threads for _, threads in results})],
                "Curves over the number of peers; the table holds the same figures")


# ---- the command line

def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--threads", type=numbers, default=default_threads())
    parser.add_argument("--peers", type=numbers)
    parser.add_argument("--work", type=int, default=3000)
    parser.add_argument("--think", type=float, default=10)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=1)
    parser.add_argument("--markdown", type=pathlib.Path)
    parser.add_argument("--svg", type=pathlib.Path)
    parser.add_argument("--short", action="store_true")
    options = parser.parse_args()
    options.timing = f"--seconds {options.seconds}"
    options.peers = options.peers or default_peers(max(options.threads))
    if options.short:
        options.threads, options.peers, options.work, options.think = [1, 2], [1, 3], 20, 1
        options.rounds, options.timing = 1, "--messages 40"

    knee = measure(more_and_more_peers(options), options)
    enough = measure(more_than_enough(options), options)
    text = knee_table(knee) + "\n" + thread_table(enough, options.threads)
    print(text, end="")
    if options.markdown:
        options.markdown.write_text(text)
    if options.svg:
        options.svg.write_text(plot(knee))


if __name__ == "__main__":
    main()
