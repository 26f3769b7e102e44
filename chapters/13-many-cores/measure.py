#!/usr/bin/env python3
"""Measures the server of lesson 13 with one thread and with more; ./chapters/13-many-cores/measure builds what it needs.

    measure.py [--threads N,…] [--peers N,…] [--work ROUNDS] [--think MS] [--rounds N] [--seconds S]
               [--markdown FILE] [--svg FILE]
    measure.py --short      few messages of little work: shows that everything works, measures nothing

Two measurements. In the first the peers come one after the other until the server has more than it can do: that is the
table to read a knee from, and the plot. In the second it always has more than it can do: what do more threads bring?

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
from bench import BUILD, PROGRAMS, run_load, spread, table  # noqa: E402
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


def measure(turns, rounds):
    """Each of `turns` in each round: a name, and a function that measures. Returns lists of what was measured."""
    results = {name: [] for name in turns}
    for number in range(rounds):
        for name, turn in turns.items():
            print(f"round {number + 1} of {rounds}: {name}", file=sys.stderr)
            results[name].append(turn())
    return results


def come_one_after_the_other(options):
    """By threads and peers."""
    return measure({(threads, peers): lambda threads=threads, peers=peers: load(
        threads, options.work, f"--connections {peers} --think {options.think} {options.timing}")
                    for peers in options.peers for threads in options.threads}, options.rounds)


def always_more(options):
    """By load and threads."""
    loads = {f"{options.work} rounds of SHA-1": (options.work, f"--connections {8 * max(options.threads)}"),
             "echo, 100 × 1, 20 B": (0, "--connections 100"),
             "echo, 100 × 16, 20 B": (0, "--connections 100 --depth 16"),
             "echo, 50 × 1, 16 KiB": (0, "--connections 50 --size 16384 --binary")}
    return measure({(name, threads): lambda threads=threads, work=work, arguments=arguments: load(
        threads, work, f"{arguments} {options.timing}")
                    for name, (work, arguments) in loads.items() for threads in options.threads}, options.rounds)


# ---- tell

def values(measured, field, scale=1.0):
    return [one[field] * scale for one in measured]


def knee_table(results):
    rows = []
    for (threads, peers), measured in sorted(results.items()):
        per_second = values(measured, "per_wall_second")
        rows.append([str(threads), str(peers), spread(per_second, ",.0f"),
                     format(statistics.median(per_second) / threads, ",.0f"),
                     spread(values(measured, "per_server_cpu_second"), ",.0f"),
                     *(format(statistics.median(values(measured, field)), ".2f")
                       for field in ("server_cores", "load_cores", "sleeps_per_message")),
                     *(spread(values(measured, field, 1e-3), ".1f") for field in ("p50_us", "p99_us"))])
    return table(["threads", "peers", "per second", "per second and thread", "per second of server CPU",
                  "cores: server", "cores: load", "sleeps per message", "p50 ms", "p99 ms"], rows)


def thread_table(results):
    rows = []
    for (name, threads), measured in results.items():
        first = results[name, min(threads for _, threads in results)]
        row = [name, str(threads)]
        for field in ("per_wall_second", "per_server_cpu_second"):
            ratio = [one / other for one, other in zip(values(measured, field), values(first, field))]
            row += [spread(values(measured, field), ",.0f"), spread(ratio, ".2f")]
        rows.append(row + [format(statistics.median(values(measured, field)), ".2f")
                           for field in ("server_cores", "load_cores")])
    return table(["load", "threads", "per second", "÷ fewest threads", "per second of server CPU", "÷ fewest threads",
                  "cores: server", "cores: load"], rows)


def plot(results):
    names = {threads: f"{threads} thread{'s' if threads > 1 else ''}" for threads in sorted({key[0] for key in results})}

    def curves(title, unit, field, scale):
        return Curves(title, unit, "peers", {name: {peers: values(measured, field, scale)
                                                    for (threads, peers), measured in results.items()
                                                    if names[threads] == name} for name in names.values()})

    return draw([curves("Messages per second", "of the clock on the wall", "per_wall_second", 1),
                 curves("Half of the answers come within", "p50, in milliseconds", "p50_us", 1e-3),
                 curves("99 of 100 answers come within", "p99, in milliseconds", "p99_us", 1e-3)],
                list(names.values()), "Curves over the number of peers; the table holds the same figures")


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

    knee = come_one_after_the_other(options)
    text = knee_table(knee) + "\n" + thread_table(always_more(options))
    print(text, end="")
    if options.markdown:
        options.markdown.write_text(text)
    if options.svg:
        options.svg.write_text(plot(knee))


if __name__ == "__main__":
    main()
