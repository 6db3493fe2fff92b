"""Draw the README's picture: coloured terminal text on stdin becomes an SVG on stdout. Needs `pip install rich`.

    COLUMNS=100 fluxprobe run --world phase-1.5 --color always | python3 docs/picture.py > docs/run.svg
"""

import io
import re
import sys

from rich.console import Console
from rich.text import Text

WIDTH = 100
# What the picture shows ends where the details of each failure begin.
END = "Failures ("

page = sys.stdin.read().split(END)[0]
page = re.sub(r"(\x1b\[[0-9;]*m)+$", "", page).rstrip()
console = Console(record=True, width=WIDTH, file=io.StringIO(), highlight=False)
console.print("[bold green]$[/] fluxprobe run --world phase-1.5")
console.print(Text.from_ansi(page))
svg = console.export_svg(title="fluxprobe")
# Fonts of the reader's machine, so that the picture asks nothing of the network.
svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.S)
svg = svg.replace("Fira Code, monospace", "ui-monospace, Menlo, Consolas, monospace")
print(svg)
