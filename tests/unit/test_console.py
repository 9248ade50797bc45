"""What is printed where there is no terminal."""

import os
import subprocess
import sys

from tests.desk import ROOT

CODE = """
from rich.table import Table
from cityfabric.console import out
drawn = Table(box=None)
drawn.add_column(no_wrap=True)
drawn.add_column(no_wrap=True)
drawn.add_row("x" * 70, "y" * 60)
out.print(drawn, width=200, crop=False)
"""


def test_without_a_terminal_lines_are_long_and_names_are_whole() -> None:
    bare = {name: value for name, value in os.environ.items() if name not in {"COLUMNS", "TERM"}}
    done = subprocess.run([sys.executable, "-c", CODE], cwd=ROOT, env=bare, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["x" * 70, "y" * 60]
