"""Compares declared objects with live ones. Pure functions on plain data."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from infra.model import labels

# Of these kinds the API server adds nothing but what stands in _ADDED: whatever else is live was put there by somebody.
WHOLE: Final = frozenset(
    {
        "ClusterRole",
        "ClusterRoleBinding",
        "LimitRange",
        "Namespace",
        "NetworkPolicy",
        "PriorityClass",
        "ResourceQuota",
        "RoleBinding",
        "Secret",
        "Service",
        "ServiceAccount",
    }
)
_ADDED: Final = frozenset(
    {
        "metadata.labels.kubernetes.io/metadata.name",
        "spec.clusterIP",
        "spec.clusterIPs",
        "spec.internalTrafficPolicy",
        "spec.ipFamilies",
        "spec.ipFamilyPolicy",
        "status",
    }
)
# What a Secret says is compared and never told: by hand somebody may have written a real secret there.
_UNTOLD: Final = ("data.", "stringData.")
UNTOLD: Final = "(not shown)"
# Annotations of others mean nothing to the platform, labels may: policies select by them.
_OURS: Final = (f"{labels.PREFIX}/", "pulumi.com/")
_METADATA: Final = ("labels", "annotations")


class Ref(NamedTuple):
    """Which object."""

    api_version: str
    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        """Return it as people write it."""
        return f"{self.kind} {self.namespace}/{self.name}" if self.namespace else f"{self.kind} {self.name}"


@dataclass(frozen=True, slots=True)
class Change:
    """A field that is not as declared; None where there is none."""

    field: str
    declared: Any
    live: Any


def reference(document: Mapping[str, Any]) -> Ref:
    """Return which object a document is."""
    metadata = document["metadata"]
    return Ref(document["apiVersion"], document["kind"], metadata.get("namespace") or "", metadata["name"])


def changes(declared: Mapping[str, Any], live: Mapping[str, Any]) -> list[Change]:
    """Return every field of an object that is not as declared, in order."""
    whole = declared["kind"] in WHOLE
    found = sorted(_changes("", _content(declared), _content(live), whole=whole), key=lambda change: change.field)
    return [_untold(change) for change in found] if declared["kind"] == "Secret" else found


def _untold(change: Change) -> Change:
    if not f"{change.field}.".startswith(_UNTOLD):
        return change
    return Change(change.field, *(None if value is None else UNTOLD for value in (change.declared, change.live)))


def removal(declared: Mapping[str, Any], live: Mapping[str, Any]) -> dict[str, Any]:
    """Return the merge patch (RFC 7386) that removes what is live beside the declared fields; empty where nothing is."""
    return _removal("", _content(declared), _content(live)) if declared["kind"] in WHOLE else {}


def _removal(path: str, declared: Mapping[str, Any], live: Mapping[str, Any]) -> dict[str, Any]:
    patch: dict[str, Any] = {}
    for key, value in live.items():
        at = f"{path}.{key}" if path else key
        inner = declared.get(key)
        if key not in declared:
            patch |= {key: None} if _counts(path, at, key) and value is not None else {}
        elif isinstance(inner, Mapping) and isinstance(value, Mapping) and (deeper := _removal(at, inner, value)):
            patch[key] = deeper
    return patch


def _content(document: Mapping[str, Any]) -> dict[str, Any]:
    metadata = document["metadata"]
    # The one thing in a Namespace's spec is its finalizers: how it is deleted, not what it is.
    left_out = {"apiVersion", "kind", "metadata", *(("spec",) if document["kind"] == "Namespace" else ())}
    content = {key: value for key, value in document.items() if key not in left_out}
    return content | {"metadata": {key: metadata[key] for key in _METADATA if metadata.get(key)}}


def _changes(path: str, declared: Any, live: Any, *, whole: bool) -> Iterator[Change]:  # noqa: ANN401 - any JSON
    if isinstance(declared, Mapping) and isinstance(live, Mapping):
        yield from _within(path, declared, live, whole=whole)
    elif isinstance(declared, list) and isinstance(live, list) and not whole and len(declared) == len(live):
        for number, (one, other) in enumerate(zip(declared, live, strict=True)):
            yield from _changes(f"{path}[{number}]", one, other, whole=whole)
    elif declared != live:
        yield Change(path, declared, live)


def _within(path: str, declared: Mapping[str, Any], live: Mapping[str, Any], *, whole: bool) -> Iterator[Change]:
    for key in sorted({*declared, *live}):
        at = f"{path}.{key}" if path else key
        if key in declared:
            yield from _changes(at, declared[key], live.get(key), whole=whole)
        elif whole and _counts(path, at, key) and live[key] is not None:
            yield Change(at, None, live[key])


def _counts(path: str, at: str, key: str) -> bool:
    return at not in _ADDED and (path != "metadata.annotations" or key.startswith(_OURS))
