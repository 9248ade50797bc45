"""Runs the genuine Pulumi engine: its environment, and one operation on one stack."""

import json
import os
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cityfabric.configs import state_file
from cityfabric.errors import EngineError
from cityfabric.locks import clear_stale
from cityfabric.settings import Settings

_LINES_OF_AN_ERROR: Final = 30


@dataclass(frozen=True, slots=True)
class Tools:
    """Where the engine is."""

    bin: Path
    """Folder of the programs, put first on PATH."""
    pulumi_home: Path
    """PULUMI_HOME, with the provider's plugin."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an operation on a stack ended."""

    stack: str
    changes: dict[str, int]
    """Resources by what was done: create, update, delete, same ..."""
    errors: tuple[str, ...]
    """What the engine and the program reported; empty when all went well."""

    @property
    def changed(self) -> int:
        """Number of resources that were, or would be, changed."""
        return sum(count for kind, count in self.changes.items() if kind != "same")


def variables(settings: Settings, tools: Tools) -> dict[str, str]:
    """Return the environment variables with which plain Pulumi and kubectl work on the instance."""
    found = {
        "PATH": f"{tools.bin}:{settings.root / '.venv' / 'bin'}:{_path_without(tools.bin)}",
        "KUBECONFIG": str(settings.kubeconfig),
        "PULUMI_HOME": str(tools.pulumi_home),
        "PULUMI_SKIP_UPDATE_CHECK": "1",
        # The state is written once, at the end: writing it after each resource took most of the time (docs/adr/0011).
        "PULUMI_EXPERIMENTAL": "1",
        "PULUMI_SKIP_CHECKPOINTS": "1",
        "CITYFABRIC_INSTANCE": settings.instance,
        "CITYFABRIC_CITY": settings.city,
    }
    if keeps_state(settings):
        found["PULUMI_BACKEND_URL"] = settings.backend.as_uri()
    if settings.sandbox or not {"PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE"} & set(os.environ):
        found["PULUMI_CONFIG_PASSPHRASE_FILE"] = str(settings.state / "passphrase")
    return found


def keeps_state(settings: Settings) -> bool:
    """Say whether Pulumi's state is in the instance's own folder, and not where the user's backend is."""
    return settings.sandbox or "PULUMI_BACKEND_URL" not in os.environ


def unset(settings: Settings) -> tuple[str, ...]:
    """Return the environment variables that would get in the way of those of the instance."""
    # Pulumi prefers a passphrase in the environment to one in a file.
    return ("PULUMI_CONFIG_PASSPHRASE",) if settings.sandbox else ()


def environment(settings: Settings, tools: Tools) -> dict[str, str]:
    """Return the whole environment in which Pulumi runs on the instance."""
    inherited = {name: value for name, value in os.environ.items() if name not in unset(settings)}
    return inherited | variables(settings, tools)


def _path_without(folder: Path) -> str:
    return ":".join(part for part in os.environ.get("PATH", os.defpath).split(":") if part != str(folder))


def run(
    settings: Settings, tools: Tools, stack: str, operation: str, on_event: Callable[[dict[str, Any]], None] = lambda _: None
) -> Outcome:
    """Run `pulumi OPERATION` on a stack, which is made first if it is not there.

    Args:
        settings: The instance.
        tools: The engine.
        stack: Name of the stack.
        operation: up, preview, refresh or destroy.
        on_event: Called with each of the engine's events.

    Returns:
        How it ended; an engine's failure is in its errors.

    Raises:
        EngineError: The stack could not be made, or somebody else works on it.
    """
    shell = environment(settings, tools)
    _make_stack(settings, shell, stack)
    clear_stale(settings, shell, stack)
    command = ["pulumi", operation, "--stack", stack, "--json", "--non-interactive"]
    if operation != "preview":
        command += ["--yes", "--skip-preview"]
    changes: dict[str, int] = {}
    errors: list[str] = []

    def note(event: dict[str, Any]) -> None:
        on_event(event)
        changes.update(event.get("summaryEvent", {}).get("resourceChanges", {}))
        errors.extend(_errors(event))

    with _private_folder(settings) as folder:
        shell |= {"PULUMI_ENABLE_STREAMING_JSON_PREVIEW": "1", "TMPDIR": folder}
        code, words = _stream(command, settings.root, shell, note)
    if code and not errors:
        errors = words[-_LINES_OF_AN_ERROR:] or [f"pulumi ended with exit code {code}"]
    return Outcome(stack, changes, tuple(errors))


def _private_folder(settings: Settings) -> tempfile.TemporaryDirectory[str]:
    """Return a folder for one run's temporary files: the provider leaves a kubeconfig with a key among them."""
    folder = settings.state / "tmp"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return tempfile.TemporaryDirectory(dir=folder)


def _stream(
    command: list[str], folder: Path, shell: Mapping[str, str], on_event: Callable[[dict[str, Any]], None]
) -> tuple[int, list[str]]:
    """Run a command that prints events, and return its exit code and what it said on standard error."""
    with (
        tempfile.TemporaryFile("w+", encoding="utf-8") as said,
        subprocess.Popen(
            command, cwd=folder, env=shell, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=said, text=True
        ) as process,
    ):
        for line in process.stdout or ():
            on_event(_event(line))
        code = process.wait()
        said.seek(0)
        return code, said.read().splitlines()


def _event(line: str) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _errors(event: dict[str, Any]) -> list[str]:
    diagnostic = event.get("diagnosticEvent", {})
    return [diagnostic["message"].strip()] if diagnostic.get("severity") == "error" else []


def _make_stack(settings: Settings, shell: Mapping[str, str], stack: str) -> None:
    if state_file(settings, stack).exists():
        return
    command = ["pulumi", "stack", "select", "--create", stack, "--non-interactive"]
    answer = subprocess.run(command, cwd=settings.root, env=shell, capture_output=True, text=True, check=False)
    if answer.returncode:
        raise EngineError(f"the stack {stack} could not be made: {answer.stderr.strip()}", "see the message above")
