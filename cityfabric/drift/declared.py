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


@dataclass(frozen=True, slots=True)
class Declared:
    """An object that a stack applied."""

    stack: str
    document: Mapping[str, Any]


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


def declared(settings: Settings, tools: Tools, names: Iterable[str]) -> dict[Ref, Declared]:
    """Return every object of these stacks.

    Raises:
        EngineError: Pulumi does not give a stack's state.
    """
    with ThreadPoolExecutor(_ABREAST) as pool:
        states = zip(listed := list(names), pool.map(partial(_state, settings, tools), listed), strict=True)
        return {
            reference(inputs): Declared(stack, inputs)
            for stack, state in states
            for resource in state.get("resources") or ()
            if resource["type"].startswith(_OBJECTS) and "metadata" in (inputs := resource.get("inputs") or {})
        }


def _state(settings: Settings, tools: Tools, stack: str) -> Any:  # noqa: ANN401 - JSON
    if engine.keeps_state(settings):
        whole = json.loads(state_file(settings, stack).read_text("utf-8"))["checkpoint"]
        return whole.get("latest") or {}
    exported = json.loads(_said(settings, tools, ["pulumi", "stack", "export", "--stack", stack]))
    return exported["deployment"] or {}


def _said(settings: Settings, tools: Tools, command: list[str]) -> str:
    answer = subprocess.run(
        command, cwd=settings.root, env=engine.environment(settings, tools), capture_output=True, text=True, check=False
    )
    if answer.returncode:
        raise EngineError(f"{' '.join(command[:3])} failed: {answer.stderr.strip()}", "run: cityfabric up")
    return answer.stdout
