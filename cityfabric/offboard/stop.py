"""Stops what runs in a tenant, and starts it again: workloads are scaled to zero, and how many there were is noted on them."""

import time
from collections.abc import Iterable
from typing import Any, Final

from lightkube import Client
from lightkube.core.resource import NamespacedResource
from lightkube.resources.apps_v1 import Deployment, StatefulSet
from lightkube.resources.batch_v1 import CronJob, Job
from lightkube.resources.core_v1 import Pod
from lightkube.types import PatchType

from cityfabric.errors import EngineError
from infra.model import labels

_PATIENCE: Final = 120  # seconds until pods that were told to end have ended; they may ask for 30 themselves
_PAUSE: Final = 0.5
_RUNNING: Final = "running"
_OVER: Final = {"Succeeded", "Failed"}
_SCALED: Final[tuple[type[NamespacedResource], ...]] = (Deployment, StatefulSet)
_SUSPENDED: Final[tuple[type[NamespacedResource], ...]] = (CronJob, Job)


def stop(api: Client, namespace: str) -> list[str]:
    """Stop everything in a namespace; what is stopped already stays so.

    Args:
        api: The cluster.
        namespace: The namespace.

    Returns:
        What was stopped, in words; pods that nothing would start again are deleted.

    Raises:
        EngineError: Something still runs.
    """
    told = []
    for one in _workloads(api, namespace, _SCALED):
        if one.spec.replicas:
            told.append(f"{_named(one)}: {one.spec.replicas} replicas scaled to zero")
            _patch(api, one, str(one.spec.replicas), {"replicas": 0})
    for one in _workloads(api, namespace, _SUSPENDED):
        if not one.spec.suspend and not getattr(one.status, "completionTime", None):
            told.append(f"{_named(one)}: suspended")
            _patch(api, one, _RUNNING, {"suspend": True})
    for pod in _pods(api, namespace):
        if not pod.metadata.ownerReferences and not pod.metadata.deletionTimestamp:
            told.append(f"{_named(pod)}: deleted; nothing of its own would start it again")
            api.delete(Pod, pod.metadata.name, namespace=namespace)
    _await_none(api, namespace)
    return told


def start(api: Client, namespace: str) -> list[str]:
    """Give back what `stop` took, and return it in words."""
    told = []
    for one in _workloads(api, namespace, (*_SCALED, *_SUSPENDED)):
        before = (one.metadata.annotations or {}).get(labels.STOPPED)
        if before:
            told.append(f"{_named(one)}: {'goes on' if before == _RUNNING else f'{before} replicas'}")
            _patch(api, one, None, {"suspend": False} if before == _RUNNING else {"replicas": int(before)})
    return told


def _workloads(api: Client, namespace: str, kinds: Iterable[type[NamespacedResource]]) -> Iterable[Any]:
    """Yield the workloads of these kinds that no other workload made."""
    for kind in kinds:
        found: Iterable[Any] = api.list(kind, namespace=namespace)
        yield from (one for one in found if not one.metadata.ownerReferences)


def _patch(api: Client, one: Any, note: str | None, spec: dict[str, Any]) -> None:  # noqa: ANN401 - of several kinds
    body = {"metadata": {"annotations": {labels.STOPPED: note}}, "spec": spec}
    api.patch(type(one), one.metadata.name, body, namespace=one.metadata.namespace, patch_type=PatchType.MERGE)


def _pods(api: Client, namespace: str) -> list[Any]:
    found = api.list(Pod, namespace=namespace)
    return [pod for pod in found if pod.metadata and not (pod.status and pod.status.phase in _OVER)]


def _await_none(api: Client, namespace: str) -> None:
    until = time.monotonic() + _PATIENCE
    while left := _pods(api, namespace):
        if time.monotonic() > until:
            names = ", ".join(_named(pod) for pod in left)
            raise EngineError(f"{namespace}: still running after {_PATIENCE} s: {names}", "end them, and run the command again")
        time.sleep(_PAUSE)


def _named(one: Any) -> str:  # noqa: ANN401 - of several kinds
    return f"{one.metadata.namespace}/{type(one).__name__.lower()}/{one.metadata.name}"
