"""Measures a command: how long it took, and the most memory that each program in it had at once."""

import os
import subprocess
import threading
import time
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil

_EVERY: Final = 0.1  # seconds between two looks at the memory


@dataclass(frozen=True)
class Run:
    """One run of a command."""

    seconds: float
    memory: Mapping[str, int]
    """Most resident memory in MiB, by program; of several processes of one program at once the sum."""


def run(command: list[str], folder: Path, shell: Mapping[str, str], good: tuple[int, ...] = (0,)) -> Run:
    """Run a command and measure it.

    Raises:
        RuntimeError: It ended otherwise than expected.
    """
    begun = time.monotonic()
    with subprocess.Popen(
        command, cwd=folder, env=dict(shell), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        peak: dict[str, int] = defaultdict(int)
        over = threading.Event()
        watcher = threading.Thread(target=_watch, args=(process.pid, peak, over))
        watcher.start()
        _, said = process.communicate()
        seconds = time.monotonic() - begun
        over.set()
        watcher.join()
    if process.returncode not in good:
        raise RuntimeError(f"{command} ended with {process.returncode}: {said[-2000:]}")
    return Run(round(seconds, 2), {name: size >> 20 for name, size in sorted(peak.items())})


def _watch(leader: int, peak: dict[str, int], over: threading.Event) -> None:
    while not over.wait(_EVERY):
        now: dict[str, int] = defaultdict(int)
        for process in psutil.process_iter():
            try:
                if os.getsid(process.pid) == leader:
                    now[process.name()] += process.memory_info().rss
            except (ProcessLookupError, psutil.NoSuchProcess):  # it ended meanwhile
                continue
        for name, size in now.items():
            peak[name] = max(peak[name], size)
