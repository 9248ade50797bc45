"""kubectl, for what a client library cannot do as well: every kind that a cluster has, and the bytes of a command in a pod."""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cityfabric import engine
from cityfabric.engine import Tools
from cityfabric.errors import EngineError
from cityfabric.settings import Settings


@dataclass(frozen=True, slots=True)
class Kubectl:
    """kubectl on the cluster of an instance."""

    settings: Settings
    tools: Tools

    def said(self, *arguments: str) -> str:
        """Return what a command prints.

        Raises:
            EngineError: It failed.
        """
        return self._run(arguments, None)

    def listed(self, *arguments: str) -> list[dict[str, Any]]:
        """Return the objects that a command lists."""
        found: list[dict[str, Any]] = json.loads(self.said(*arguments, "--output=json"))["items"]
        return found

    def apply(self, document: dict[str, Any]) -> None:
        """Create an object."""
        self._run(("create", "--filename=-"), json.dumps(document))

    def into(self, file: Path, *arguments: str) -> None:
        """Write what a command prints into a file, whose folder is there.

        Raises:
            EngineError: It failed, so the file is not whole.
        """
        with file.open("wb") as sink:
            answer = subprocess.run(
                ["kubectl", *arguments],
                env=self._shell(),
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.PIPE,
                check=False,
            )
        _refuse(arguments, answer.returncode, answer.stderr.decode("utf-8", "replace"))

    def _run(self, arguments: tuple[str, ...], text: str | None) -> str:
        answer = subprocess.run(
            ["kubectl", *arguments], env=self._shell(), input=text or "", capture_output=True, text=True, check=False
        )
        _refuse(arguments, answer.returncode, answer.stderr)
        return answer.stdout

    def _shell(self) -> dict[str, str]:
        return engine.environment(self.settings, self.tools)


def _refuse(arguments: tuple[str, ...], code: int, said: str) -> None:
    if code:
        command = " ".join(("kubectl", *arguments[:4]))
        raise EngineError(f"{command} ended with exit code {code}: {said.strip()}", "mend that, and run the command again")
