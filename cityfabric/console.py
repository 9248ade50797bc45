"""What people see: progress of long steps, problems, and errors. Data goes to standard output, all else to standard error."""

import json
import sys
import threading
import time
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Final, Self

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from cityfabric.errors import DataError, UserError
from infra.model.problem import Problem

_SECONDS_BETWEEN_LINES: Final = 60

# Without a terminal there is nothing to break lines for; left alone, rich takes 80 characters and cuts names.
out = Console(width=None if sys.stdout.isatty() else 200)
err = Console(stderr=True)


def say(text: str) -> None:
    """Tell one step."""
    err.print(f"[bold]·[/] {escape(text)}", highlight=False, soft_wrap=True)


def print_data(data: Any) -> None:  # noqa: ANN401 - anything that JSON can hold
    """Print data for a program."""
    sys.stdout.write(json.dumps(data, indent=2, ensure_ascii=False) + "\n")


def show_problems(folder: str, problems: Sequence[Problem]) -> None:
    """Show every problem on a line that an editor can jump to."""
    for problem in problems:
        err.print(f"{folder}/{problem}", style="red", highlight=False, markup=False, soft_wrap=True)


def show_error(error: UserError) -> None:
    """Show an error and how to mend it."""
    if isinstance(error, DataError):
        show_problems(error.folder, error.problems)
    err.print(f"[bold red]error:[/] {escape(str(error))}", highlight=False, soft_wrap=True)
    err.print(f"[bold]mend:[/]  {escape(error.mend)}", highlight=False, soft_wrap=True)


class Steps:
    """Draws steps that run side by side: what, how far, how long so far and usually.

    On a terminal it is a live table; elsewhere each step is a line when it begins, one a minute, and one when it ends.
    """

    def __init__(self) -> None:
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description:<28}"),
            BarColumn(bar_width=20),
            TimeElapsedColumn(),
            TextColumn("of {task.fields[usual]}"),
            TextColumn("{task.fields[detail]}"),
            console=err,
            disable=not err.is_terminal,
        )
        self._tasks: dict[str, TaskID] = {}
        self._told: dict[str, float] = {}
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        """Begin to draw."""
        self._progress.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Stop drawing."""
        self._progress.stop()

    def begin(self, step: str, usual_seconds: int) -> None:
        """Take note that a step that usually takes so long has begun."""
        usual = f"usually {_duration(usual_seconds)}"
        with self._lock:
            self._tasks[step] = self._progress.add_task(step, total=None, usual=usual, detail="")
            self._told[step] = time.monotonic()
            self._line(f"{step}: begun, {usual}")

    def advance(self, step: str, detail: str, completed: int | None = None, total: int | None = None) -> None:
        """Take note of how far a step is."""
        with self._lock:
            self._progress.update(self._tasks[step], detail=detail, completed=completed, total=total)
            if time.monotonic() - self._told[step] > _SECONDS_BETWEEN_LINES:
                self._told[step] = time.monotonic()
                self._line(f"{step}: {detail}")

    def end(self, step: str, detail: str) -> None:
        """Take note that a step has ended."""
        with self._lock:
            self._progress.update(self._tasks[step], total=1, completed=1, detail=detail)
            self._line(f"{step}: {detail}")

    def _line(self, text: str) -> None:
        if not err.is_terminal:
            say(text)


def _duration(seconds: int) -> str:
    return f"{seconds} s" if seconds < 120 else f"{round(seconds / 60)} min"  # noqa: PLR2004 - two minutes
