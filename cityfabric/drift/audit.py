"""Who changed an object: the API server's audit log, and where there is none, what the object itself remembers."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cityfabric.drift.compare import Ref
from cityfabric.drift.live import plural
from infra.model import labels

_WRITES: Final = ('"verb":"create"', '"verb":"update"', '"verb":"patch"', '"verb":"delete"', '"verb":"deletecollection"')
_REFUSED: Final = 300  # HTTP
_FOLLOWS: Final = frozenset({"status", "finalize"})  # subresources by which the cluster carries out what somebody asked for
UNKNOWN: Final = "unknown: no audit log was read"


@dataclass(frozen=True, slots=True)
class Deed:
    """One change of an object."""

    who: str
    verb: str
    when: str
    """RFC 3339, as the API server wrote it."""
    where: str
    """Address that the request came from, and with which program."""

    def __str__(self) -> str:
        """Return it in words."""
        return f"{self.who}, {self.verb}, {self.when}, from {self.where}" if self.where else f"{self.who}, {self.when}"


def logs(folder: Path) -> list[Path]:
    """Return the files of an audit log, the oldest first: the API server renames a full one by the time."""
    return sorted(folder.glob("audit-*.log")) + [path for path in (folder / "audit.log",) if path.exists()]


def deeds(files: Iterable[Path], refs: Iterable[Ref]) -> dict[Ref, Deed]:
    """Return the last successful change of each of these objects that the log has.

    What is wrong with an object now was done by whoever changed it last: a run of the platform would have put it right.
    """
    wanted = {(plural(ref.kind), ref.namespace, ref.name): ref for ref in refs}
    names = {name for _, _, name in wanted} | {namespace for _, namespace, _ in wanted}
    found: dict[Ref, Deed] = {}
    for event in _events(files):
        target, verb = event.get("objectRef") or {}, event["verb"]
        if target.get("subresource") in _FOLLOWS or (target.get("name") or target.get("namespace")) not in names:
            continue
        key = (target.get("resource", ""), target.get("namespace", ""), target.get("name", ""))
        # A namespace's own reference names it as its namespace too.
        for hit in (wanted.get(key), wanted.get((key[0], "", key[2])), *_collected(wanted, key, verb)):
            if hit:
                found[hit] = _deed(event)
    return found


def _collected(wanted: Mapping[tuple[str, str, str], Ref], key: tuple[str, str, str], verb: str) -> list[Ref]:
    """Return the objects that the deletion of a whole collection may have taken."""
    return [ref for (kind, space, _), ref in wanted.items() if verb == "deletecollection" and (kind, space) == key[:2]]


def _events(files: Iterable[Path]) -> Iterator[dict[str, Any]]:
    for file in files:
        with file.open(encoding="utf-8", errors="replace") as lines:
            for line in lines:
                if any(verb in line for verb in _WRITES):
                    event = _event(line)
                    if event and (event.get("responseStatus") or {}).get("code", _REFUSED) < _REFUSED:
                        yield event


def _event(line: str) -> dict[str, Any] | None:
    try:
        event = json.loads(line)
    except ValueError:  # the last line, while it is being written
        return None
    return event if isinstance(event, dict) else None


def _deed(event: Mapping[str, Any]) -> Deed:
    user = (event.get("impersonatedUser") or event.get("user") or {}).get("username", "")
    program = str(event.get("userAgent", "")).split(" ")[0]
    where = " ".join((*event.get("sourceIPs", ()), f"by {program}" if program else ""))
    return Deed(user, event["verb"], str(event.get("stageTimestamp", ""))[:19] + "Z", where.strip())


def remembered(live: Mapping[str, Any] | None) -> Deed:
    """Return what an object's managed fields say of its last change by another than the platform: a program, not a person."""
    entries = ((live or {}).get("metadata") or {}).get("managedFields") or ()
    others = [one for one in entries if one.get("manager") != labels.MANAGER and not one.get("subresource")]
    if not others:
        return Deed(UNKNOWN, "", "", "")
    last = max(others, key=lambda one: str(one.get("time", "")))
    return Deed(f"the program {last.get('manager', '?')}; by whom is {UNKNOWN}", "", str(last.get("time", "")), "")
