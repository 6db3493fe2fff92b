#!/usr/bin/env python3
"""Drives the Rust kernel as Jupyter does and prints what it costs to get from its start to the first matrix: the cells
of the first notebook up to there.

    PYTHON benches/notebook.py [--warm-only] [--keep FOLDER]

PYTHON is the one of an environment that `fluxprobe notebook --environment FOLDER --no-open` made. The kernel and its
configuration are taken from there, but it compiles in a folder of its own, empty at first: that is the cold start; the
next start in the same folder is the warm one. Wall clock, and beside it the processor time of everything that the kernel
started. Bounds hold for two idle cores; the load average of the machine is printed with the figures.
`--keep FOLDER` compiles in FOLDER and leaves it there; with `--warm-only` it is taken as it is.
"""

import json
import os
import pathlib
import shutil
import sys
import tempfile
import time

from jupyter_client.manager import KernelManager

ROOT = pathlib.Path(__file__).resolve().parent.parent
ENVIRONMENT = pathlib.Path(sys.prefix).parent
TICK = os.sysconf("SC_CLK_TCK")

FIRST = ROOT / "notebooks/01-first-probe.ipynb"
LATER = 'session.run("B")?'
ALL = 'session.run("")?.matrix()'


def main(arguments):
    kept = arguments[arguments.index("--keep") + 1] if "--keep" in arguments else None
    folder = pathlib.Path(kept or tempfile.mkdtemp(prefix="fluxprobe-notebook-")).absolute()
    rows = []
    try:
        prepare(folder)
        starts = [("warm", 15)] if "--warm-only" in arguments else [("cold", 120), ("warm", 15)]
        for name, bound in starts:
            first, later, every = start(folder)
            rows.append((f"{name}: kernel start to the first matrix", first, bound))
            rows.append((f"{name}: a later cell that runs one letter", later, 4))
            rows.append((f"{name}: a cell that runs all 24 cases", every, float("inf")))
    finally:
        if not kept:
            shutil.rmtree(folder)
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    print(f"{os.cpu_count()} cores, load average {load}")
    for what, (wall, cpu), bound in rows:
        limit = "" if bound == float("inf") else f"within {bound} s: {'yes' if wall <= bound else 'NO'}"
        print(f"{what:44} {wall:6.1f} s  {cpu:6.1f} s of processor  {limit}")
    return 0 if all(wall <= bound for _, (wall, _), bound in rows) else 1


def prepare(folder):
    """An environment that compiles by itself: the kernel of ours, its configuration, nothing compiled."""
    (folder / "jupyter/kernels/rust").mkdir(parents=True, exist_ok=True)
    for name in ("kernel.sh", "evcxr", "cells/.cargo"):
        source, target = ENVIRONMENT / name, folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, dirs_exist_ok=True)
        else:
            shutil.copy2(source, target)
    if not (folder / "bin").exists():
        (folder / "bin").symlink_to(ENVIRONMENT / "bin")
    kernel = json.loads((ENVIRONMENT / "jupyter/kernels/rust/kernel.json").read_text())
    kernel["argv"][0] = str(folder / "kernel.sh")
    (folder / "jupyter/kernels/rust/kernel.json").write_text(json.dumps(kernel))
    (folder / "jupyter/kernels/rust/version.txt").write_text("1")


def start(folder):
    """Wall and processor seconds of the first matrix, a later cell, and a whole run, of a kernel that is started for it."""
    os.environ["JUPYTER_PATH"] = str(folder / "jupyter")
    os.environ.pop("CARGO_INCREMENTAL", None)
    began = time.monotonic()
    manager = KernelManager(kernel_name="rust")
    manager.start_kernel(cwd=str(ROOT / "notebooks"))
    client = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=1500)
        said("kernel ready", began)
        for cell in first_cells():
            execute(client, cell)
            said(cell.splitlines()[-1], began)
        first = (time.monotonic() - began, spent(manager))
        return first, timed(client, manager, LATER), timed(client, manager, ALL)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def first_cells():
    """Cells of the first notebook, up to the one that shows a matrix."""
    cells = json.loads(FIRST.read_text())["cells"]
    sources = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    last = next(number for number, source in enumerate(sources) if "matrix()" in source)
    return sources[: last + 1]


def timed(client, manager, cell):
    began, before = time.monotonic(), spent(manager)
    execute(client, cell)
    return time.monotonic() - began, spent(manager) - before


def said(what, began):
    print(f"  {time.monotonic() - began:6.1f} s  {what}", file=sys.stderr, flush=True)


def execute(client, cell):
    """Runs a cell; one whose last line is an expression must show a table."""
    is_shown = cell.endswith(";")

    def take(message):
        nonlocal is_shown
        kind, content = message["msg_type"], message["content"]
        if kind == "error":
            sys.exit("\n".join(content["traceback"]))
        is_shown |= "<table" in content.get("data", {}).get("text/html", "")

    reply = client.execute_interactive(cell, timeout=1500, output_hook=take)
    if reply["content"]["status"] != "ok" or not is_shown:
        sys.exit(f"{cell!r} ended with {reply['content']['status']} and showed no table")


def spent(manager):
    """Processor seconds of the kernel, of what it waited for, and of what it has running."""
    pids, ticks = [manager.provisioner.pid], 0
    while pids:
        pid = pids.pop()
        try:
            fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            tasks = pathlib.Path(f"/proc/{pid}/task").iterdir()
            pids += [int(child) for task in tasks for child in (task / "children").read_text().split()]
        except FileNotFoundError:
            continue
        ticks += sum(int(field) for field in fields[11:15])
    return ticks / TICK


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
