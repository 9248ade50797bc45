"""What was declared: the objects that the last run of each stack applied, as Pulumi's state has them."""

import json
import subprocess
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from cityfabric import engine
from cityfabric.configs import state_file
from cityfabric.drift.compare import Ref, reference
from cityfabric.engine import Tools
from cityfabric.errors import EngineError
from cityfabric.settings import Settings

_ABREAST: Final = 4
_OBJECTS: Final = "kubernetes:"
_SECRET: Final = "4dabf18193072939515e22adb298388d"  # noqa: S105 - Pulumi's mark of a value that it encrypts


@dataclass(frozen=True, slots=True)
class Declared:
    """An object that a stack applied."""

    stack: str
    document: Mapping[str, Any]
    version: tuple[str, str] = ("", "")
    """As the run left it, for the API server: see version_of."""

    @property
    def sealed(self) -> bool:
        """Say whether what it says is encrypted here."""
        data = self.document.get("data")
        return isinstance(data, dict) and _SECRET in data


def version_of(document: Mapping[str, Any]) -> tuple[str, str]:
    """Return the UID and version of an object: as long as both are the same, nobody has changed anything in it."""
    metadata = document.get("metadata") or {}
    return str(metadata.get("uid") or ""), str(metadata.get("resourceVersion") or "")


def stacks(settings: Settings, tools: Tools) -> list[str]:
    """Return the names of the city's stacks on this instance that exist.

    Raises:
        EngineError: Pulumi does not say.
    """
    prefix = settings.stack().rpartition(".")[0]
    if engine.keeps_state(settings):  # each command of Pulumi's takes half a second before it begins
        found = [file.stem for file in state_file(settings, prefix).parent.glob("*.json")]
    else:
        command = ["pulumi", "stack", "ls", "--json", "--non-interactive"]
        found = [str(one["name"]) for one in json.loads(_said(settings, tools, command))]
    return sorted(name for name in found if name.rpartition(".")[0] == prefix)


def declared(settings: Settings, tools: Tools, names: Iterable[str], *, unsealed: bool = False) -> dict[Ref, Declared]:
    """Return every object of these stacks; what Pulumi encrypts in its state is decrypted if `unsealed`, which takes longer.

    Raises:
        EngineError: Pulumi does not give a stack's state.
    """
    state = partial(_unsealed if unsealed else _state, settings, tools)
    with ThreadPoolExecutor(_ABREAST) as pool:
        states = zip(listed := list(names), pool.map(state, listed), strict=True)
        return {
            reference(inputs): Declared(stack, inputs, version_of(resource.get("outputs") or {}))
            for stack, found in states
            for resource in found.get("resources") or ()
            if resource["type"].startswith(_OBJECTS) and "metadata" in (inputs := plain(resource.get("inputs") or {}))
        }


def _state(settings: Settings, tools: Tools, stack: str) -> Any:  # noqa: ANN401 - JSON
    if engine.keeps_state(settings):
        whole = json.loads(state_file(settings, stack).read_text("utf-8"))["checkpoint"]
        return whole.get("latest") or {}
    exported = json.loads(_said(settings, tools, ["pulumi", "stack", "export", "--stack", stack]))
    return exported["deployment"] or {}


def _unsealed(settings: Settings, tools: Tools, stack: str) -> Any:  # noqa: ANN401 - JSON
    exported = json.loads(_said(settings, tools, ["pulumi", "stack", "export", "--show-secrets", "--stack", stack]))
    return exported["deployment"] or {}


def plain(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """Return a value of a state without Pulumi's wrapping of what was decrypted."""
    if isinstance(value, dict):
        return json.loads(value["plaintext"]) if _is_plain(value) else {key: plain(inner) for key, inner in value.items()}
    return [plain(inner) for inner in value] if isinstance(value, list) else value


def _is_plain(value: Mapping[str, Any]) -> bool:
    return _SECRET in value and "plaintext" in value


def _said(settings: Settings, tools: Tools, command: list[str]) -> str:
    answer = subprocess.run(
        command, cwd=settings.root, env=engine.environment(settings, tools), capture_output=True, text=True, check=False
    )
    if answer.returncode:
        raise EngineError(f"{' '.join(command[:3])} failed: {answer.stderr.strip()}", "run: cityfabric up")
    return answer.stdout
