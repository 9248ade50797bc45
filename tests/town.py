"""A whole city on a cluster of its own, for tests: runs the console script, plain Pulumi and kubectl against one instance."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
PROBE = "platform/probe:1"
REGISTRY = "registry.tiny.example"
_TIMEOUT = 280  # seconds for one command


@dataclass
class Town:
    """A city, by default `tiny`, on the sandbox instance of that name, and the console script of `bin`."""

    instance: str
    root: Path = ROOT
    extra: dict[str, str] = field(default_factory=dict)
    city: str = "tiny"
    bin: Path = BIN
    _shell: dict[str, str] = field(default_factory=dict)

    def environment(self) -> dict[str, str]:
        """Return the environment of a user's shell."""
        dropped = ("PULUMI_", "CITYFABRIC_INSTANCE", "CITYFABRIC_CITY", "KUBECONFIG")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
        return kept | {"CITYFABRIC_INSTANCE": self.instance, "CITYFABRIC_CITY": self.city} | self.extra

    def cityfabric(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the console script."""
        return self._run([str(self.bin / "cityfabric"), *arguments], self.environment())

    def shell(self) -> dict[str, str]:
        """Return the environment of a shell after eval "$(cityfabric env)"."""
        if not self._shell:
            found = json.loads(good(self.cityfabric("env", "--json")).stdout)
            self._shell = {name: value for name, value in (self.environment() | found).items() if value is not None}
        return self._shell

    def pulumi(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run plain Pulumi from the project's root."""
        return self._run(["pulumi", *arguments, "--non-interactive"], self.shell())

    def kubectl(self, *arguments: str, document: Mapping[str, Any] | None = None) -> subprocess.CompletedProcess[str]:
        """Run plain kubectl; `document` is given to it on standard input."""
        text = json.dumps(document) if document else None
        return self._run(["kubectl", *arguments], self.shell(), text)

    def get(self, *arguments: str) -> list[dict[str, Any]]:
        """Return the objects that `kubectl get` lists."""
        found: dict[str, Any] = json.loads(good(self.kubectl("get", *arguments, "-o", "json")).stdout)
        items: list[dict[str, Any]] = found.get("items", [found])
        return items

    def _run(
        self, command: list[str], environment: Mapping[str, str], text: str | None = None
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            cwd=self.root,
            env=dict(environment),
            input=text if text is not None else "",
            capture_output=True,
            text=True,
            check=False,
            timeout=_TIMEOUT,
        )

    def stack(self, part: str) -> str:
        """Return the name of a stack."""
        return f"{self.instance}.{self.city}.{part}"


class Quiet:
    """Takes no note of progress."""

    def begin(self, step: str, usual_seconds: int) -> None:
        """Take no note."""

    def advance(self, step: str, detail: str) -> None:
        """Take no note."""

    def end(self, step: str, detail: str) -> None:
        """Take no note."""


def good(answer: subprocess.CompletedProcess[str]) -> subprocess.CompletedProcess[str]:
    """Return a command's answer after it was seen to end well."""
    assert answer.returncode == 0, f"{answer.args}: exit {answer.returncode}\n{answer.stdout}\n{answer.stderr}"
    return answer


def pod(
    name: str, *arguments: str, marks: Mapping[str, str] | None = None, cpu: str = "50m", limit: str = "", containers: int = 1
) -> dict[str, Any]:
    """Return a pod of the probe image that the profile `restricted` lets in."""
    container = {
        "image": f"{REGISTRY}/{PROBE}",
        "imagePullPolicy": "Never",
        "args": list(arguments),
        "resources": {"requests": {"cpu": cpu, "memory": "16Mi"}, "limits": {"cpu": limit or cpu, "memory": "32Mi"}},
        "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
    }
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "labels": dict(marks or {})},
        "spec": {
            "automountServiceAccountToken": False,
            "securityContext": {"runAsNonRoot": True, "runAsUser": 65534, "seccompProfile": {"type": "RuntimeDefault"}},
            "terminationGracePeriodSeconds": 0,
            "containers": [{"name": f"probe{number}", **container} for number in range(containers)],
        },
    }
