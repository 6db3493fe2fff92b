#!/usr/bin/env python3
"""Runs the same plan on the healthy world many times and prints how many runs gave the same verdicts.

usage: benches/identical.py [RUNS]      (after cargo build --release; 200 runs by default)
"""

import collections
import concurrent.futures
import json
import pathlib
import subprocess
import sys

PROGRAM = pathlib.Path(__file__).resolve().parent.parent / "target/release/fluxprobe"
RUNS = int(sys.argv[1]) if len(sys.argv) > 1 else 200


def verdicts(_):
    """One run: every case with its verdict, and the exit code."""
    ended = subprocess.run([PROGRAM, "run", "--world", "healthy", "--format", "json"], capture_output=True)
    run = json.loads(ended.stdout)
    keys = ("scenario", "account", "deployment", "route", "verdict")
    return ended.returncode, tuple(tuple(case[key] for key in keys) for case in run["cases"])


with concurrent.futures.ThreadPoolExecutor(2) as pool:
    seen = collections.Counter(pool.map(verdicts, range(RUNS)))

(most, same), *others = seen.most_common()
print(f"{same} of {RUNS} runs gave the same {len(most[1])} verdicts, exit code {most[0]}")
for (code, cases), count in others:
    changed = [case for case, usual in zip(cases, most[1]) if case != usual]
    print(f"{count} differ: exit code {code}, {changed}")
sys.exit(0 if same == RUNS else 1)
