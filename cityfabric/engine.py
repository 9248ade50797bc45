"""Runs the genuine Pulumi engine: its environment, the stacks' configuration, and one operation on one stack."""

import json
import os
import secrets
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from cityfabric.errors import EngineError
from cityfabric.locks import clear_stale
from cityfabric.settings import PROJECT, Settings

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
    if settings.sandbox or "PULUMI_BACKEND_URL" not in os.environ:
        found["PULUMI_BACKEND_URL"] = settings.backend.as_uri()
    if settings.sandbox or not {"PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE"} & set(os.environ):
        found["PULUMI_CONFIG_PASSPHRASE_FILE"] = str(settings.state / "passphrase")
    return found


def _path_without(folder: Path) -> str:
    return ":".join(part for part in os.environ.get("PATH", os.defpath).split(":") if part != str(folder))


def prepare(settings: Settings, cluster: str, districts: list[str]) -> None:
    """Make the state's folder, the passphrase, and the configuration of the city's stack and of each district's.

    Args:
        settings: The instance.
        cluster: Identity of the cluster; recorded once per stack, and never changed here.
        districts: Names of the districts.
    """
    settings.backend.mkdir(parents=True, exist_ok=True, mode=0o700)
    passphrase = settings.state / "passphrase"
    if not passphrase.exists():
        passphrase.touch(mode=0o600)
        passphrase.write_text(secrets.token_urlsafe(32), "utf-8")
    common = {"city": settings.city, "cluster": cluster}
    _configure(settings, settings.stack(), {"kind": "city", **common})
    for district in districts:
        _configure(settings, settings.stack(district), {"kind": "district", "district": district, **common})


def _configure(settings: Settings, stack: str, values: dict[str, str]) -> None:
    path = settings.stack_configs / f"Pulumi.{stack}.yaml"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        document = {"config": {f"{PROJECT}:{name}": value for name, value in values.items()}}
        path.write_text(yaml.safe_dump(document, sort_keys=True), "utf-8")


def remove_configs(settings: Settings) -> None:
    """Remove the stacks' configuration of a sandbox instance that is no more."""
    for path in settings.stack_configs.glob(f"Pulumi.{settings.instance}.*.yaml"):
        path.unlink()


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
    environment = os.environ | variables(settings, tools)
    _make_stack(settings, environment, stack)
    clear_stale(settings, environment, stack)
    command = ["pulumi", operation, "--stack", stack, "--json", "--non-interactive"]
    if operation != "preview":
        command += ["--yes", "--skip-preview"]
    changes: dict[str, int] = {}
    errors: list[str] = []
    with (
        tempfile.TemporaryFile("w+", encoding="utf-8") as said,
        subprocess.Popen(
            command,
            cwd=settings.root,
            env=environment | {"PULUMI_ENABLE_STREAMING_JSON_PREVIEW": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=said,
            text=True,
        ) as process,
    ):
        for line in process.stdout or ():
            event = _event(line)
            on_event(event)
            changes |= event.get("summaryEvent", {}).get("resourceChanges", {})
            errors += _errors(event)
        code = process.wait()
        said.seek(0)
        words = said.read().splitlines()
    if code and not errors:
        errors = words[-_LINES_OF_AN_ERROR:] or [f"pulumi ended with exit code {code}"]
    return Outcome(stack, changes, tuple(errors))


def _event(line: str) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _errors(event: dict[str, Any]) -> list[str]:
    diagnostic = event.get("diagnosticEvent", {})
    return [diagnostic["message"].strip()] if diagnostic.get("severity") == "error" else []


def _make_stack(settings: Settings, environment: dict[str, str], stack: str) -> None:
    if (settings.backend / ".pulumi" / "stacks" / PROJECT / f"{stack}.json").exists():
        return
    command = ["pulumi", "stack", "select", "--create", stack, "--non-interactive"]
    answer = subprocess.run(command, cwd=settings.root, env=environment, capture_output=True, text=True, check=False)
    if answer.returncode:
        raise EngineError(f"the stack {stack} could not be made: {answer.stderr.strip()}", "see the message above")
