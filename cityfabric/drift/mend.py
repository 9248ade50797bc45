"""Puts objects back as they were declared."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from httpx2 import HTTPError
from lightkube import Client
from lightkube.core.exceptions import ApiError

from cityfabric.drift.compare import Ref
from cityfabric.drift.find import Drift, State
from cityfabric.drift.live import resource
from infra.model import labels

_NOT_FOUND: Final = 404


def mend(api: Client, found: Iterable[Drift]) -> list[tuple[Drift, str]]:
    """Put back all that can be, namespaces first.

    Returns:
        What could not be put back, each with the reason.
    """
    failed = []
    for drift in sorted(found, key=lambda one: (one.ref.kind != "Namespace", one.ref)):
        if not drift.mendable or drift.declared is None:
            continue
        try:
            _mend(api, drift, drift.declared)
        except (ApiError, HTTPError) as error:
            failed.append((drift, str(error)))
    return failed


def _mend(api: Client, drift: Drift, declared: Mapping[str, Any]) -> None:
    ref = drift.ref
    kind = resource((ref.api_version, ref.kind, bool(ref.namespace)))
    if drift.state is State.CHANGED and drift.live is not None:
        if not any(change.field.startswith("roleRef") for change in drift.changes):
            api.replace(kind.from_dict(_whole(declared, drift.live)), field_manager=labels.MANAGER)
            return
        _delete(api, kind, ref)  # the role that a binding names can only be chosen when it is made
    api.create(kind.from_dict(dict(declared)), field_manager=labels.MANAGER)


def _whole(declared: Mapping[str, Any], live: Mapping[str, Any]) -> dict[str, Any]:
    """Return the declared object with what identifies the live one, so that a change meanwhile is not overwritten unseen."""
    kept = {
        key: live["metadata"][key]
        for key in ("resourceVersion", "uid", "finalizers", "ownerReferences")
        if key in live["metadata"]
    }
    document = dict(declared) | {"metadata": dict(declared["metadata"]) | kept}
    if declared["kind"] == "Namespace" and "spec" in live:
        document["spec"] = live["spec"]  # its finalizers, which the API server wants kept
    return document


def _delete(api: Client, kind: Any, ref: Ref) -> None:  # noqa: ANN401 - a generic resource's class
    scope: dict[str, Any] = {"namespace": ref.namespace} if ref.namespace else {}
    try:
        api.delete(kind, ref.name, **scope)
    except ApiError as error:
        if error.status.code != _NOT_FOUND:
            raise
