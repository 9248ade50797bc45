"""Finds drift: each object that is not as declared, what differs, and who did it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from lightkube import Client

from cityfabric.drift import audit, live
from cityfabric.drift.audit import Deed
from cityfabric.drift.compare import Change, Ref, changes
from cityfabric.drift.declared import Declared, version_of
from infra.model import labels
from infra.model.holder import is_over

Unseal = Callable[[list[str]], Mapping[Ref, Declared]]
_SYSTEM: Final = ("default", "kube-node-lease", "kube-public", "kube-system")


class State(StrEnum):
    """How an object is not as declared."""

    CHANGED = "changed"
    DELETED = "deleted"
    ADDED = "added"
    """An object in a tenant or zone that opens or closes something, and that nobody declared."""
    FOREIGN = "foreign"
    """A namespace that no stack declares."""


@dataclass(frozen=True, slots=True)
class Drift:
    """One object that is not as declared."""

    ref: Ref
    state: State
    stack: str
    """The stack that declares it; empty where none does."""
    changes: tuple[Change, ...]
    deed: Deed
    declared: Mapping[str, Any] | None = None
    live: Mapping[str, Any] | None = None
    within: bool = False
    """Whether it went with its namespace: it is put back with that, and not told by itself."""

    @property
    def mendable(self) -> bool:
        """Say whether the next `up` puts it back; what somebody added is reported and left alone."""
        return self.state in {State.CHANGED, State.DELETED}


def find(api: Client, wanted: Mapping[Ref, Declared], logs: Iterable[Path], city: str, unseal: Unseal) -> list[Drift]:
    """Return all that is not as declared, in the order of stacks and objects.

    Args:
        api: The cluster.
        wanted: What the stacks declared.
        logs: The files of the audit log, the oldest first; none: the objects' own memory is used.
        city: Name of the city; what belongs to another one is not looked at.
        unseal: Gives what some stacks declared, with what is encrypted in their states.
    """
    there = live.read(api, wanted)
    found = [*_of_stacks(_readable(wanted, there, unseal), there), *_of_nobody(wanted, there, city)]
    files = list(logs)
    known = audit.deeds(files, (drift.ref for drift in found)) if found else {}
    explained = [_explained(drift, known.get(drift.ref) or audit.remembered(drift.live)) for drift in found]
    return sorted(explained, key=lambda drift: (drift.stack, drift.ref))


def _readable(wanted: Mapping[Ref, Declared], there: Mapping[Ref, Mapping[str, Any]], unseal: Unseal) -> dict[Ref, Declared]:
    """Return what is declared with what Secrets say, decrypted only where a stack's Secret is not just as a run left it."""
    sealed = {ref: one for ref, one in wanted.items() if one.sealed}
    touched = {one.stack for ref, one in sealed.items() if ref not in there or version_of(there[ref]) != one.version}
    opened = unseal(sorted(touched)) if touched else {}
    untouched = {
        ref: replace(one, document={**one.document, "data": there[ref].get("data")})
        for ref, one in sealed.items()
        if one.stack not in touched
    }
    return {**wanted, **untouched, **{ref: one for ref, one in opened.items() if ref in sealed}}


def _of_stacks(wanted: Mapping[Ref, Declared], there: Mapping[Ref, Mapping[str, Any]]) -> Iterable[Drift]:
    nobody = Deed("", "", "", "")
    for ref, one in wanted.items():
        if ref not in there:
            if _has_lapsed(one.document):
                continue
            within = bool(ref.namespace) and _namespace(ref.namespace) not in there
            yield Drift(ref, State.DELETED, one.stack, (), nobody, one.document, within=within)
        elif found := changes(one.document, there[ref]):
            yield Drift(ref, State.CHANGED, one.stack, tuple(found), nobody, one.document, there[ref])


def _of_nobody(wanted: Mapping[Ref, Declared], there: Mapping[Ref, Mapping[str, Any]], city: str) -> Iterable[Drift]:
    nobody = Deed("", "", "", "")
    ours = {ref.name for ref in wanted if ref.kind == "Namespace"}
    guarded = {kind for _, kind, _ in live.GUARDED}
    for ref, document in there.items():
        if ref in wanted or ref.kind not in guarded:
            continue
        if ref.kind == "Namespace" and ref.name not in _SYSTEM and _city(document) in {None, city}:
            yield Drift(ref, State.FOREIGN, "", (), nobody, None, document)
        elif ref.namespace in ours:
            yield Drift(ref, State.ADDED, "", (), nobody, None, document)


def _has_lapsed(document: Mapping[str, Any]) -> bool:
    """Say whether it is a binding that was declared until a moment that is over: it is gone as it was meant to be."""
    metadata = document["metadata"]
    marked = (metadata.get("labels") or {}).get(labels.TEMPORARY) == labels.LAPSES
    return marked and is_over((metadata.get("annotations") or {}).get(labels.EXPIRES, ""), datetime.now(UTC))


def _city(document: Mapping[str, Any]) -> str | None:
    return (document["metadata"].get("labels") or {}).get(labels.CITY)


def _namespace(name: str) -> Ref:
    return Ref("v1", "Namespace", "", name)


def _explained(drift: Drift, deed: Deed) -> Drift:
    return replace(drift, deed=deed)
