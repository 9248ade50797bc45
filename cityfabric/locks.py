"""Pulumi's locks on stacks: one of a process that is no more is cleared, one of a living process is respected."""

import json
import socket
import subprocess
from collections.abc import Mapping
from pathlib import Path

import psutil

from cityfabric.errors import EngineError
from cityfabric.settings import Settings


def clear_stale(settings: Settings, environment: Mapping[str, str], stack: str) -> None:
    """Clear the stack's lock if the process that took it, on this machine, was killed.

    Only the state in the instance's own folder is looked at; another backend has its own ways.

    Raises:
        EngineError: The lock is held by a living process, or of another machine, or could not be cleared.
    """
    folder = settings.backend / ".pulumi" / "locks" / "organization" / settings.project / stack
    holders = [holder for path in sorted(folder.glob("*.json")) if (holder := _holder(path))]
    for machine, pid in holders:
        if machine != socket.gethostname() or _is_pulumi(pid):
            message = f"the stack {stack} is locked: process {pid} on {machine} works on it"
            raise EngineError(message, f"wait for it, or, if it is no more: pulumi cancel --stack {stack}")
    if holders:
        command = ["pulumi", "cancel", "--yes", "--stack", stack, "--non-interactive"]
        answer = subprocess.run(command, cwd=settings.root, env=environment, capture_output=True, text=True, check=False)
        if answer.returncode:
            raise EngineError(f"the stale lock of {stack} was not cleared: {answer.stderr.strip()}", "see the message above")


def _holder(path: Path) -> tuple[str, int] | None:
    try:
        found = json.loads(path.read_text("utf-8"))
        return str(found["hostname"]), int(found["pid"])
    except FileNotFoundError:
        return None  # released meanwhile
    except (ValueError, KeyError, TypeError) as error:
        raise EngineError(
            f"{path} is no lock of Pulumi's: {error}", f"look at the file, then: pulumi cancel --stack {path.parent.name}"
        ) from error


def _is_pulumi(pid: int) -> bool:
    try:
        process = psutil.Process(pid)
        # A killed process whose parent was killed too keeps its name until somebody collects it.
        return process.name() == "pulumi" and process.status() not in {psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD}
    except psutil.Error:
        return False
