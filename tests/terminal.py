"""A terminal in a project of one city, and a made-up cluster: what the tests of the console script share."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn, Self

import pytest
from lightkube.models.core_v1 import NamespaceStatus, ResourceQuotaStatus
from lightkube.models.meta_v1 import ObjectMeta
from lightkube.resources.core_v1 import Namespace, ResourceQuota

from cityfabric import platform
from cityfabric.engine import Tools
from infra.model import labels
from sandbox.cluster import lifecycle
from sandbox.cluster.lifecycle import Status

HARD = {"pods": "10", "requests.cpu": "2500m", "requests.memory": "4Gi", "services.nodeports": "0"}
USED = {"pods": "3", "requests.cpu": "500m", "requests.memory": "1536Mi", "services.nodeports": "0"}


Run = Callable[..., "Answer"]


@dataclass(frozen=True)
class Answer:
    """How a command ended and what it printed."""

    code: int
    out: str
    err: str


def built(*_: object, **__: object) -> NoReturn:
    pytest.fail("something was built")


class Cluster:
    """Stands in for the client: holds made-up objects and notes what was asked for."""

    def __init__(self, *objects: Namespace | ResourceQuota) -> None:
        self.objects = objects
        self.asked: list[dict[str, str]] = []

    def __enter__(self) -> Self:
        """Give itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close nothing."""

    def list(self, kind: type, *, labels: dict[str, str], namespace: str | None = None) -> Iterator[object]:
        """Return what is of that kind."""
        assert (namespace == "*") == (kind is ResourceQuota)
        self.asked.append(labels)
        return (each for each in self.objects if isinstance(each, kind))


def namespace(name: str, phase: str | None = "Active", **marks: str) -> Namespace:
    found = {getattr(labels, key.upper()): value for key, value in marks.items()}
    return Namespace(metadata=ObjectMeta(name=name, labels=found), status=NamespaceStatus(phase=phase))


def quota(namespace: str) -> ResourceQuota:
    return ResourceQuota(metadata=ObjectMeta(name="quota", namespace=namespace), status=ResourceQuotaStatus(used=USED, hard=HARD))


def give_tools(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "tools", lambda _: Tools(Path("/tools/bin"), Path("/tools/home")))


def bring_up(monkeypatch: pytest.MonkeyPatch, project: Path, *, ready: bool = True) -> None:
    """Let the sandbox be there."""
    give_tools(monkeypatch)
    monkeypatch.setattr("os.geteuid", lambda: 0)
    folder = project.parent / "states" / "sandbox"
    folder.mkdir(parents=True)
    (folder / "kubeconfig").touch()
    states = {"etcd": "RUNNING", "kubelet": "RUNNING" if ready else "BACKOFF"}
    found = Status("sandbox", states, ready, folder / "kubeconfig", folder / "logs")
    monkeypatch.setattr(lifecycle, "status", lambda *_: found)
