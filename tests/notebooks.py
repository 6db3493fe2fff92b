#!/usr/bin/env python3
"""Executes every notebook with a real Jupyter client and the real Rust kernel, and holds it to its stored outputs.

    PYTHON tests/notebooks.py [--update] [--time] [NAME...]

PYTHON is the one of an environment that `fluxprobe notebook --environment FOLDER --no-open` made, and the kernel is taken
from there. A cell that fails, a verdict, cause or kind of change that differs from the stored one, a secret or a path of a
machine in a stored output, or a table that a browser does not show fails the test. `--update` stores what came instead of comparing.
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

import nbformat
from nbclient import NotebookClient
from nbconvert import HTMLExporter

ROOT = pathlib.Path(__file__).resolve().parent.parent
FOLDER = ROOT / "notebooks"
ENVIRONMENT = pathlib.Path(sys.prefix).parent

VERDICT = re.compile(
    r'class="badge (pass|fail|error|skip|flaky)"(?:[^>]*>[^<]*<span[^>]*>[^<]*</span>[^<]*</span> ([^<\[]+) \[\d+/\d+\])?'
)
CHANGE = re.compile(r'data-change="([^"]+)"')
CAUSE = re.compile(r"<p class=\"meta\"><code>([a-z0-9_-]+)</code>")
SECRET = re.compile(
    r"JQQJ99|eyJ[\w-]{10,}\.[\w-]{10,}|\bsk-\w{20,}|"
    r"(?i:key|secret|token|password)[\"'\s:=]{1,4}[0-9a-f]{32}\b"
)
PATH = re.compile(r"(?<![\w.])/(?:home|root|work|tmp|Users|var)/[\w.-]+|[A-Z]:\\\\Users")
# What the kernel says while it compiles, and what a session says while it works.
CHATTER = re.compile(r"^(\s*(Compiling|Downloading|Downloaded|Updating|Locking|Adding) .*|… \d+ of \d+ .*)?$")


def main(arguments):
    is_update = "--update" in arguments
    names = [name for name in arguments if not name.startswith("--")]
    books = sorted(FOLDER.glob("*.ipynb"))
    books = [book for book in books if not names or book.stem in names]
    os.environ["JUPYTER_PATH"] = str(ENVIRONMENT / "jupyter")
    os.environ.pop("CARGO_INCREMENTAL", None)
    wrong = []
    for book in books:
        stored = nbformat.read(book, as_version=4)
        began = time.monotonic()
        made, problems = execute(book)
        took = time.monotonic() - began
        if is_update and not problems:
            nbformat.write(made, book)
            stored = made
        problems += leaks(stored)
        problems += differences(stored, made)
        problems += unseen(made)
        print(f"{'FAIL' if problems else 'ok  '} {book.name} {took:6.1f} s", flush=True)
        for problem in problems:
            print(f"     {problem}")
        wrong += problems
    print(f"{len(books)} notebooks, {len(wrong)} problems")
    return 1 if wrong or not books else 0


def execute(book):
    """The notebook with fresh outputs, and what went wrong in its cells."""
    notebook = nbformat.read(book, as_version=4)
    client = NotebookClient(
        notebook, timeout=1500, startup_timeout=1500, kernel_name="rust", allow_errors=True,
        resources={"metadata": {"path": str(FOLDER)}}, record_timing=False,
    )
    with client.setup_kernel():
        for number, cell in enumerate(notebook.cells):
            if cell.cell_type == "code":
                began = time.monotonic()
                client.execute_cell(cell, number)
                if "--time" in sys.argv:
                    print(f"     {time.monotonic() - began:6.1f} s  {cell.source.splitlines()[-1][:80]}", flush=True)
    problems = []
    count = 0
    for number, cell in enumerate(notebook.cells):
        if cell.cell_type != "code":
            continue
        # The kernel counts what its prelude ran as well.
        count += 1
        cell.execution_count = count
        kept = []
        for output in cell.outputs:
            if output.output_type == "error":
                problems.append(f"cell {number} failed: {plain(' '.join(output.traceback))[:600]}")
            elif output.output_type == "stream":
                lines = [line for line in output.text.splitlines() if not CHATTER.match(line)]
                # The kernel prints what `?` meets to stderr and calls the cell a success.
                if lines and output.name == "stderr":
                    problems.append(f"cell {number} complains: {' '.join(lines)[:600]}")
                output.text = "".join(f"{line}\n" for line in lines)
                if not lines:
                    continue
            if "execution_count" in output:
                output.execution_count = count
            kept.append(output)
        cell.outputs = kept
        cell.metadata.pop("execution", None)
        if is_rich(cell.source) and not shown(cell):
            problems.append(f"cell {number} shows nothing")
    notebook.metadata = nbformat.read(book, as_version=4).metadata
    return notebook, problems


def is_rich(source):
    last = source.strip().splitlines()[-1]
    return not last.endswith((";", "}"))


def shown(cell):
    return [output for output in cell.outputs if "data" in output]


def html_of(cell):
    return "".join(output.data.get("text/html", "") for output in shown(cell))


def verdicts_of(cell):
    html = html_of(cell)
    verdicts = []
    for verdict, repeated in VERDICT.findall(html):
        # A step that repeats until something comes does so as often as it takes.
        if not repeated or verdicts[-1:] != [f"{verdict} {repeated}"]:
            verdicts.append(f"{verdict} {repeated}".strip())
    return verdicts + CAUSE.findall(html) + CHANGE.findall(html)


def differences(stored, made):
    """Cells whose verdicts, causes or kinds of change are not the stored ones."""
    problems = []
    pairs = zip(stored.cells, made.cells)
    for number, (before, after) in enumerate(pairs):
        if before.cell_type == "code" and verdicts_of(before) != verdicts_of(after):
            problems.append(f"cell {number}: stored {verdicts_of(before)[:40]}, now {verdicts_of(after)[:40]}")
    return problems


def leaks(notebook):
    """Secrets and paths of a machine in outputs."""
    problems = []
    for number, cell in enumerate(notebook.cells):
        text = re.sub(r"base64,[A-Za-z0-9+/=]+", "", json.dumps(cell.get("outputs", [])))
        for kind, pattern in (("a secret", SECRET), ("a path of a machine", PATH)):
            found = pattern.search(text)
            if found:
                problems.append(f"cell {number} stores {kind} at {text[max(0, found.start() - 30):found.start()]!r}")
    return problems


LOOK = """<script>
addEventListener("error", event => { document.documentElement.dataset.error = event.message });
addEventListener("load", () => {
  const seen = element => { const box = element.getBoundingClientRect(); return box.width > 8 && box.height > 8 };
  const inside = [...document.querySelectorAll(".fluxprobe")];
  const folds = inside.flatMap(one => [...one.querySelectorAll("details")]);
  folds.forEach(fold => { fold.open = true });
  const count = name => inside.flatMap(one => [...one.querySelectorAll(name)]);
  const pictures = count("img");
  document.documentElement.dataset.seen = JSON.stringify({
    frames: inside.filter(seen).length,
    tables: count("table").length, hidden_tables: count("table").filter(table => !seen(table)).length,
    pictures: pictures.length, hidden_pictures: pictures.filter(one => !(one.complete && one.naturalWidth > 8 && seen(one))).length,
  });
});
</script>"""


def unseen(notebook):
    """What headless Chromium does not show of the page that Jupyter makes of it."""
    page, _ = HTMLExporter().from_notebook_node(notebook)
    # What the page would fetch from elsewhere is no concern of ours.
    page = re.sub(r"<script[^>]*src=\"https?:[^>]*></script>", "", page)
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "page.html"
        file.write_text(page.replace("<head>", "<head>" + LOOK, 1))
        command = [
            "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
            "--disable-background-networking", "--no-first-run", f"--user-data-dir={folder}/profile",
            "--virtual-time-budget=4000", "--timeout=20000", "--dump-dom", f"file://{file}",
        ]
        dom = subprocess.run(command, capture_output=True, text=True, timeout=120).stdout
    found = re.search(r'data-seen="([^"]*)"', dom[:20000])
    if not found:
        return ["chromium did not show the page"]
    seen = json.loads(found.group(1).replace("&quot;", '"'))
    error = re.search(r'<html[^>]*data-error="([^"]*)"', dom[:20000])
    problems = []
    wanted = sum("class=\"fluxprobe\"" in html_of(cell) for cell in notebook.cells if cell.cell_type == "code")
    if seen["frames"] != wanted or not seen["tables"] or seen["hidden_tables"] or seen["hidden_pictures"]:
        problems.append(f"of {wanted} outputs chromium shows {seen}")
    if error and "Jupyter" not in error.group(1) and "require" not in error.group(1) and "MathJax" not in error.group(1):
        problems.append(f"a script failed: {error.group(1)}")
    return problems


def plain(text):
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
