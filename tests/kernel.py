#!/usr/bin/env python3
"""What a session survives in the real Rust kernel, and what it leaves behind.

    PYTHON tests/kernel.py

PYTHON is the one of an environment that `fluxprobe notebook --environment FOLDER --no-open` made. An error must be a
sentence, a panic must lose nothing, an awaited value must show itself, a killed program must be started again; after an
interrupt and after the kernel's end no program may be left, since it could still call and pay.
"""

import os
import pathlib
import queue
import signal
import sys
import threading
import time

from jupyter_client.manager import KernelManager

ROOT = pathlib.Path(__file__).resolve().parent.parent
ENVIRONMENT = pathlib.Path(sys.prefix).parent
WAIT = 1500
SOON = 10


class Cell:
    """A cell that was executed: how it ended, what it printed, what it showed."""

    def __init__(self, client, source):
        self.printed, self.shown = "", {}
        self.client = client
        reply = client.execute_interactive(source, timeout=WAIT, output_hook=self.take)
        self.status = reply["content"]["status"]

    def says(self, words):
        """Whether it prints these words. What it prints to stderr may come after its end."""
        until = time.monotonic() + SOON
        while words not in self.printed and time.monotonic() < until:
            try:
                self.take(self.client.get_iopub_msg(timeout=0.1))
            except queue.Empty:
                pass
        return words in self.printed

    def take(self, message):
        kind, content = message["msg_type"], message["content"]
        if kind == "stream":
            self.printed += content["text"]
        elif kind == "error":
            self.printed += "\n".join(content["traceback"])
        elif "data" in content:
            self.shown = content["data"]

    def __str__(self):
        return f"{self.status}, printed {self.printed[:400]!r}, showed {list(self.shown)}"


def main():
    os.environ["JUPYTER_PATH"] = str(ENVIRONMENT / "jupyter")
    os.environ.pop("CARGO_INCREMENTAL", None)
    manager = KernelManager(kernel_name="rust")
    manager.start_kernel(cwd=str(ROOT / "notebooks"))
    client = manager.client()
    client.start_channels()
    wrong = []

    def hold(what, is_so, seen):
        print(f"{'ok  ' if is_so else 'FAIL'} {what}", flush=True)
        if not is_so:
            wrong.append(what)
            print(f"     {seen}")

    def run(source):
        return Cell(client, source)

    try:
        client.wait_for_ready(timeout=WAIT)
        opened = run('use fluxprobe::notebook::*;\nlet session = Session::world("phase-1.5")?;\nlet estate = session.discover()?;')
        hold("a session opens", opened.status == "ok" and len(programs(manager)) == 1, opened)

        refused = run('session.run("Z")?')
        hold("an error is a sentence", refused.says('there is no scenario "Z": there are A, B'), refused)

        panicked = run('panic!("oh no");')
        kept = run("estate.targets.len()")
        lives = run('session.run("A")?.matrix()')
        is_whole = kept.shown.get("text/plain") == "2" and "<table" in lives.shown.get("text/html", "")
        hold("a panic in a cell loses nothing", panicked.says("oh no") and is_whole, f"{panicked}; {kept}; {lives}")

        awaited = run('let awaited = session.later().run("A").await?;')
        shown = run("awaited.matrix()")
        hold("an awaited value shows itself", "<table" in shown.shown.get("text/html", ""), f"{awaited}; {shown}")

        for pid in programs(manager):
            os.kill(pid, signal.SIGKILL)
        # The first call after it may still meet its end.
        met, again = run('session.run("A")?;'), run('session.run("A")?.matrix()')
        hold("a killed program is started again", "<table" in again.shown.get("text/html", ""), f"{met}; {again}")

        left = programs(manager)
        threading.Timer(1, manager.interrupt_kernel).start()
        interrupted = run("std::thread::sleep(std::time::Duration::from_secs(60));")
        hold("an interrupt ends the cell and the program", interrupted.status == "error" and left and gone(left), interrupted)

        anew = run('let session = Session::world("healthy")?;\nsession.run("A")?.matrix()')
        hold("a session opens after an interrupt", "<table" in anew.shown.get("text/html", ""), anew)
        left = programs(manager)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    hold("the kernel's end ends the program", left and gone(left), left)
    print(f"{len(wrong)} problems")
    return 1 if wrong else 0


def programs(manager):
    """The fluxprobe programs below the kernel."""
    found, pids = [], [manager.provisioner.pid]
    while pids:
        pid = pids.pop()
        try:
            if "pipe" in pathlib.Path(f"/proc/{pid}/cmdline").read_text().split("\0"):
                found.append(pid)
            for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
                pids += [int(child) for child in (task / "children").read_text().split()]
        except FileNotFoundError:
            continue
    return found


def gone(pids):
    """Whether all of them have ended, or do so soon."""
    until = time.monotonic() + SOON
    while any(lives(pid) for pid in pids):
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


def lives(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


if __name__ == "__main__":
    sys.exit(main())
