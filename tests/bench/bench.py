#!/usr/bin/env python3
"""Runs each scenario against each server, in turn, and writes a table and a plot of ratios.

    bench.py [--rounds N] [--seconds S] [--only SCENARIO,...] [--peers PEER,...] [--markdown FILE] [--svg FILE]
    bench.py --system-calls     system calls per message, counted by strace, of the echo scenarios
    bench.py --allocations      pieces of heap per message, of the echo scenarios; not of ws, which has a heap of its own
    bench.py --short            each scenario once and small: shows that the harness works, measures nothing

DUPLEX_BUILD names the build folder. Standard library only.
"""

import argparse
import json
import math
import os
import pathlib
import resource
import statistics
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True  # leaves nothing behind in the tree
from plot import Panel, draw  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("DUPLEX_BUILD", ROOT / "build"))
PROGRAMS = BUILD / "tests/bench"
HEAP_COUNTER = PROGRAMS / "libheap-counter.so"

# A server's name, and its command. Two of them know no WebSocket: they can do nothing but echo.
RAW = ("raw-epoll", "raw-asio")
COMMANDS = {name: [str(PROGRAMS / "peers" / name)]
            for name in ("raw-epoll", "duplex", "raw-asio", "beast", "websocketpp", "lws")}
COMMANDS["ws"] = ["node", str(ROOT / "tests/bench/peers/ws.mjs")]

# A scenario's name, and what the load generator is told; the time comes with it.
ECHO = {
    "1 × 1, 20 B": "echo --connections 1",
    "100 × 1, 20 B": "echo --connections 100",
    "100 × 16, 20 B": "echo --connections 100 --depth 16",
    "1000 × 1, 128 B": "echo --connections 1000 --size 128",
    "50 × 1, 16 KiB": "echo --connections 50 --size 16384 --binary",
    "4 × 1, 1 MiB": "echo --connections 4 --size 1048576 --binary",
}
OTHERS = {
    "handshakes": "handshakes --connections 50",
    "1 → 500, 128 B": "broadcast --connections 500 --size 128",
    "1 → 5,000, 128 B": "broadcast --connections 5000 --size 128",
}


def most_peers():
    """How many connections this machine allows: by the descriptors of a process, and by the ports of a client."""
    descriptors = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    first, last = map(int, pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split())
    return (min(descriptors, last - first) - 500) // 1000 * 1000  # some are needed for other things


IDLE = {f"{count:,} idle": f"idle --connections {count}" for count in sorted({1000, 10_000, most_peers()})
        if count <= most_peers()}
SCENARIOS = ECHO | OTHERS | IDLE

SPEED = "per_server_cpu_second"
MEMORY = {"resident_per_peer": "resident", "heap_per_peer": "heap"}  # bytes, and their name in the table


# ---- run

def takes_part(peer, scenario):
    return peer not in RAW or SCENARIOS[scenario].split()[0] in ("echo", "idle")


def pinned(core, command):
    """The command, on a core of its own where there is more than one."""
    cores = sorted(os.sched_getaffinity(0))
    return command if len(cores) < 2 else ["taskset", "-c", str(cores[core]), *command]


def run_load(command):
    """Runs the load generator. Returns what it measured."""
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode:
        sys.exit(f"{' '.join(command)}\n{result.stderr}")
    return json.loads(result.stdout)


def load(peer, arguments, wrap=()):
    """Puts a load on one of the servers."""
    kind = arguments.split()[0]
    if kind == "idle" and peer != "ws":  # JavaScript has a heap of its own
        arguments += f" --heap {HEAP_COUNTER}"
    server = [*COMMANDS[peer], *(["--broadcast"] if kind == "broadcast" else [])]
    command = [*pinned(1, [str(PROGRAMS / "load"), *arguments.split()]), *(["--raw"] if peer in RAW else []),
               "--", *pinned(0, [*wrap, *server])]
    return run_load(command)


def measure(peers, scenarios, rounds, seconds):
    """Returns what was measured: by scenario, by peer, a list with an entry for each round."""
    results = {scenario: {peer: [] for peer in peers if takes_part(peer, scenario)} for scenario in scenarios}
    for number in range(rounds):
        for scenario, of_peer in results.items():
            timing = "" if scenario in IDLE else f" --seconds {seconds}"
            for peer, measured in of_peer.items():
                print(f"round {number + 1} of {rounds}: {scenario}: {peer}", file=sys.stderr)
                measured.append(load(peer, SCENARIOS[scenario] + timing))
    return results


# ---- tell

def ratios(of_peer, base, field):
    """By peer: its figure divided by that of `base` in the same round, for each round."""
    return {peer: [quotient(one[field], other[field]) for one, other in zip(measured, of_peer[base])]
            for peer, measured in of_peer.items()}


def quotient(one, other):
    """One figure divided by another; nothing that can be told when a turn was too short for the clock."""
    return one / other if other else math.nan


def spread(values, form):
    """The median, and how far the values reach."""
    text = format(statistics.median(values), form)
    return text if len(values) < 2 else f"{text} ({min(values):{form}}–{max(values):{form}})"


def table(head, rows):
    lines = [head, ["---"] + ["---:"] * (len(head) - 1), *rows]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


def markdown(results, peers):
    """Ratios of speed to the raw echo and to Beast, memory, and our own figures."""
    rows = []
    for scenario, of_peer in results.items():
        for base in ("raw-epoll", "beast"):
            if scenario not in IDLE and base in of_peer:
                ratio = ratios(of_peer, base, SPEED)
                rows.append([f"{scenario} ÷ {base}"] +
                            [spread(ratio[peer], ".2f") if peer in ratio else "–" for peer in peers])
        for field, name in MEMORY.items() if scenario in IDLE else ():
            rows.append([f"{scenario}: {name} bytes per peer"] +
                        [spread([one[field] for one in of_peer[peer]], ",.0f")
                         if peer in of_peer and field in of_peer[peer][0] else "–" for peer in peers])
    text = table(["", *peers], rows)

    own = [[scenario] + [spread([one[field] for one in of_peer["duplex"]], form)
                         for field, form in ((SPEED, ",.0f"), ("per_wall_second", ",.0f"), ("p50_us", ".0f"),
                                             ("p90_us", ".0f"), ("p99_us", ".0f"), ("p99.9_us", ".0f"))]
           for scenario, of_peer in results.items() if scenario not in IDLE and "duplex" in of_peer]
    if own:
        text += "\n" + table(["duplex", "per server CPU second", "per second", "p50 µs", "p90 µs", "p99 µs",
                              "p99.9 µs"], own)
    return text


def panels(results, peers):
    """What the plot shows: a panel for each base of comparison, and one for memory."""
    def panel(title, unit, scenarios, values, reference=None):
        groups = {scenario: {peer: values(scenario)[peer] for peer in peers if peer in values(scenario)}
                  for scenario in scenarios if scenario in results}
        return Panel(title, unit, groups, reference)

    def against(base):
        return lambda scenario: ratios(results[scenario], base, SPEED)

    def memory(scenario):
        return {peer: [one["resident_per_peer"] / 1024 for one in measured] for peer, measured in results[scenario].items()}

    all_panels = []
    if "raw-epoll" in peers:
        all_panels.append(panel("Echo: messages per second of server CPU", "raw epoll echo = 1", ECHO,
                                against("raw-epoll"), 1))
    if "beast" in peers:
        all_panels.append(panel("Handshakes and broadcasts per second of server CPU", "Boost.Beast = 1", OTHERS,
                                against("beast"), 1))
    all_panels.append(panel("Resident memory for each idle peer", "KiB", IDLE, memory))
    return [each for each in all_panels if each.groups]


# ---- count

def allocations(peers, seconds):
    """A table: how often each server asks for memory in the echo scenarios, after the warm-up, for each message."""
    rows = [[scenario] + [format(load(peer, f"{arguments} --seconds {seconds} --heap {HEAP_COUNTER}")
                                 ["allocations_per_message"], ".3f") for peer in peers]
            for scenario, arguments in ECHO.items()]
    return table(["allocations per message", *peers], rows)


def calls_of(peer, scenario, messages):
    """How often the server makes each system call in a conversation of so many messages, from start to end."""
    with tempfile.TemporaryDirectory() as folder:
        report = pathlib.Path(folder, "calls")
        # -D: strace steps aside, so that the server itself is the load generator's child.
        load(peer, f"{SCENARIOS[scenario]} --messages {messages}", ["strace", "-D", "-f", "-qq", "-o", str(report)])
        counts = {}
        for line in report.read_text().splitlines():
            name = line.split(maxsplit=1)[1].partition("(")[0]
            if name.replace("_", "").isalnum() and "unfinished" not in line:
                counts[name] = counts.get(name, 0) + 1
    return counts


def system_calls(peers):
    """A table. The difference between a long and a short conversation is what messages cost; the rest is the start."""
    rows = []
    for scenario in ECHO:
        short = 60 if "MiB" in scenario else 3000
        for peer in peers:
            few, many = calls_of(peer, scenario, short), calls_of(peer, scenario, 3 * short)
            each = {name: (many[name] - few.get(name, 0)) / (2 * short) for name in many}
            each = {name: count for name, count in each.items() if count >= 0.005}
            parts = ", ".join(f"{name} {count:.2f}" for name, count in sorted(each.items(), key=lambda item: -item[1]))
            rows.append([scenario, peer, f"{sum(each.values()):.2f}", parts])
    return table(["", "server", "calls per message", "of these"], rows)


# ---- the command line

def short():
    """Every scenario against our server, the echoes against the raw one too; the load generator checks the answers."""
    small = {"echo": "echo --connections 3 --depth 2 --messages 300 --size 20000",
             "text": "echo --connections 1 --messages 100 --size 8",
             "large": "echo --connections 2 --messages 4 --size 1048576 --binary",
             "handshakes": "handshakes --connections 4 --messages 40",
             "broadcast": "broadcast --connections 20 --messages 200",
             "idle": "idle --connections 20 --settle 0"}
    for name, arguments in small.items():
        for peer in ("duplex", "raw-epoll"):
            if peer in RAW and arguments.split()[0] not in ("echo", "idle"):
                continue
            measured = load(peer, arguments)
            wanted = int(arguments.split("--messages ")[1].split()[0]) if "--messages" in arguments else 0
            if measured.get("messages", 0) < wanted:
                sys.exit(f"{name}: {wanted} messages were wanted, and this came back: {measured}")
            print(f"{name} against {peer}: every byte came back")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=2)
    parser.add_argument("--only", help="scenarios, by their place in the list, from 1: 1,3")
    parser.add_argument("--peers", default=",".join(COMMANDS))
    parser.add_argument("--markdown", type=pathlib.Path)
    parser.add_argument("--svg", type=pathlib.Path)
    parser.add_argument("--system-calls", action="store_true")
    parser.add_argument("--allocations", action="store_true")
    parser.add_argument("--short", action="store_true")
    options = parser.parse_args()
    peers = options.peers.split(",")

    if options.short:
        return short()
    if options.system_calls:
        return print(system_calls(peers))
    if options.allocations:
        return print(allocations([peer for peer in peers if peer != "ws"], options.seconds))
    scenarios = list(SCENARIOS)
    if options.only:
        scenarios = [scenarios[int(place) - 1] for place in options.only.split(",")]
    results = measure(peers, scenarios, options.rounds, options.seconds)
    text = markdown(results, peers)
    print(text)
    if options.markdown:
        options.markdown.write_text(text)
    if options.svg:
        options.svg.write_text(draw(panels(results, peers), peers))


if __name__ == "__main__":
    main()
