"""Puts objects back as they were declared."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from httpx2 import HTTPError
from lightkube import Client
from lightkube.core.exceptions import ApiError

from cityfabric.drift.compare import Ref
from cityfabric.drift.find import Drift
from cityfabric.drift.live import resource
from infra.model import labels

_NOT_FOUND: Final = 404
_CONFLICT: Final = 409
_ATTEMPTS: Final = 10


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
            _mend(api, drift.ref, drift.declared)
        except (ApiError, HTTPError) as error:
            failed.append((drift, str(error)))
    return failed


def _mend(api: Client, ref: Ref, declared: Mapping[str, Any]) -> None:
    """Put one object back as often as somebody changes it in the same moment, such as the provider of a run that was killed."""
    for attempt in range(_ATTEMPTS):
        try:
            _put(api, ref, declared)
        except ApiError as error:
            if error.status.code != _CONFLICT or attempt + 1 == _ATTEMPTS:
                raise
        else:
            return


def _put(api: Client, ref: Ref, declared: Mapping[str, Any]) -> None:
    kind = resource((ref.api_version, ref.kind, bool(ref.namespace)))
    scope: dict[str, Any] = {"namespace": ref.namespace} if ref.namespace else {}
    live = _read(api, kind, ref, scope)
    if live is not None and live.get("roleRef") == declared.get("roleRef"):
        api.replace(kind.from_dict(_whole(declared, live)), field_manager=labels.MANAGER)
        return
    if live is not None:
        api.delete(kind, ref.name, **scope)  # the role that a binding names can only be chosen when it is made
    api.create(kind.from_dict(dict(declared)), field_manager=labels.MANAGER)


def _read(api: Client, kind: Any, ref: Ref, scope: Mapping[str, Any]) -> dict[str, Any] | None:  # noqa: ANN401 - a class
    try:
        found = api.get(kind, ref.name, **scope)
    except ApiError as error:
        if error.status.code == _NOT_FOUND:
            return None
        raise
    return dict(found) | {"metadata": found.metadata.to_dict()}


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
