"""Runs one fuzz target: fuzz.py PROGRAM SECONDS, or fuzz.py --keep PROGRAM

The target begins with its seeds and with what earlier runs have found, which lies beside the program and makes
the next run go on where the last one ended. An input that breaks a law is printed and kept beside it too.
--keep merges what was found into as few inputs as cover as much, and adds the short ones to corpus/.
"""

import hashlib
import pathlib
import re
import subprocess
import sys

import seeds

# Long enough to reach every limit of the target; shorter is faster.
LONGEST = {"head": 9000, "handshake": 2000, "frame": 64, "utf8": 200, "trace": 200, "receiver": 24000,
           "connection": 2000}
DICTIONARY = {"head": "http.dict", "handshake": "http.dict", "connection": "http.dict",
              "utf8": "text.dict", "trace": "text.dict"}


def run(program, *arguments):
    target = program.name
    options = [f"-max_len={LONGEST[target]}", "-timeout=25", f"-artifact_prefix={program}.broken-"]
    if target in DICTIONARY:
        options.append(f"-dict={pathlib.Path(__file__).with_name(DICTIONARY[target])}")
    result = subprocess.run([program, *options, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                            text=True, errors="replace", check=False)
    if "libFuzzer: run interrupted" in result.stderr:
        sys.exit(f"{target}: interrupted")
    if result.returncode:
        print(result.stderr[-10000:])
        sys.exit(f"{target}: a law does not hold, or memory is misused; the input is in {program}.broken-*")
    return result.stderr


def fuzz(program, seconds):
    begin, found = program.with_suffix(".seeds"), program.with_suffix(".found")
    begin.mkdir(exist_ok=True)
    found.mkdir(exist_ok=True)
    for data in seeds.inputs(program.name, LONGEST[program.name]):
        (begin / hashlib.sha1(data).hexdigest()).write_bytes(data)
    report = run(program, f"-max_total_time={seconds}", "-print_final_stats=1", found, begin)
    executions = re.search(r"number_of_executed_units: +(\d+)", report)[1]
    covered = re.findall(r"cov: (\d+)", report)[-1]
    print(f"{program.name}: {executions} executions cover {covered} edges; {len(list(begin.iterdir()))} seeds, "
          f"{len(list(found.iterdir()))} inputs found")


def keep(program):
    merged = program.with_suffix(".merged")
    merged.mkdir(exist_ok=True)
    for path in merged.iterdir():
        path.unlink()
    run(program, "-merge=1", merged, program.with_suffix(".found"))
    seeds.keep(program.name, [path.read_bytes() for path in merged.iterdir()])


if __name__ == "__main__":
    if sys.argv[1] == "--keep":
        keep(pathlib.Path(sys.argv[2]).resolve())
    else:
        fuzz(pathlib.Path(sys.argv[1]).resolve(), int(sys.argv[2]))
