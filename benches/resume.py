#!/usr/bin/env python3
"""Kills runs at random moments, resumes them, and prints how many came to the verdicts of a run that nobody killed.

usage: benches/resume.py [RUNS] [WORLD]      (after cargo build --release; 60 runs on the healthy world by default)

Every process of the machine's cores but one is kept busy meanwhile. A case whose paid call was under way when the run was
killed says so and is an error: nobody knows whether it was billed. Half of the runs are resumed with --pay-again, which
buys such calls anew, and there no verdict may differ; in the others those cases are counted apart.
FLUXPROBE names another program than target/release/fluxprobe.
"""

import collections
import json
import os
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROGRAM = os.environ.get("FLUXPROBE", ROOT / "target/release/fluxprobe")
RUNS = int(sys.argv[1]) if len(sys.argv) > 1 else 60
WORLD = sys.argv[2] if len(sys.argv) > 2 else "healthy"
RUN = [PROGRAM, "run", "--world", WORLD, "--yes", "--format", "json"]
LOST = "possibly spent: the run was killed"


def verdicts(text):
    """Every case with its verdict and reason, by what names it."""
    names = ("scenario", "account", "deployment", "route")
    return {tuple(case[name] for name in names): (case["verdict"], case["why"]) for case in json.loads(text)["cases"]}


def killed(command, after):
    """A run that is killed after so many seconds; gives whether it had not ended by itself."""
    run = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        run.wait(after)
        return False
    except subprocess.TimeoutExpired:
        run.send_signal(signal.SIGKILL)
        run.wait()
        return True


def main():
    chance = random.Random(4711)
    began = time.monotonic()
    usual = verdicts(subprocess.run(RUN, capture_output=True).stdout)
    whole = time.monotonic() - began
    print(f"a whole run: {len(usual)} cases in {whole:.1f} s")
    spin = [sys.executable, "-c", "while True: pass"]
    busy = [subprocess.Popen(spin) for _ in range(os.cpu_count() or 1)]
    counts = collections.Counter()
    try:
        for number in range(RUNS):
            pays_again = number % 2 == 1
            with tempfile.TemporaryDirectory() as folder:
                journal = os.path.join(folder, "run.jsonl")
                again = ["--pay-again"] if pays_again else []
                command = [*RUN, "--journal", journal, "--resume", *again]
                for _ in range(chance.randint(1, 3)):
                    counts["kills"] += killed(command, chance.uniform(0.05, whole))
                ended = subprocess.run(command, capture_output=True, text=True)
                found = verdicts(ended.stdout)
            changed = {
                name: found.get(name)
                for name, (verdict, _) in usual.items()
                if found.get(name, ("missing", ""))[0] != verdict
            }
            lost = {name for name, what in changed.items() if what and LOST in what[1] and not pays_again}
            counts["lost"] += len(lost)
            wrong = {name: what for name, what in changed.items() if name not in lost}
            counts["differ" if wrong else "same"] += 1
            for name, what in wrong.items():
                print(f"run {number}: {name} is {what}, usually {usual[name]}")
    finally:
        for process in busy:
            process.kill()
            process.wait()
    print(
        f"{counts['same']} of {RUNS} runs came to the same verdicts after {counts['kills']} kills;"
        f" {counts['lost']} cases had a paid call under way when they were killed"
    )
    return 0 if counts["same"] == RUNS else 1


if __name__ == "__main__":
    sys.exit(main())
