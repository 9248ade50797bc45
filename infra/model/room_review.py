"""What a legacy room does that it may not, each with the verdict about its waiver: a waived finding stays a finding."""

from datetime import date
from typing import NamedTuple

from infra.model.city import City
from infra.model.digest import digest_of
from infra.model.register import register_of
from infra.model.room import Room
from infra.model.upkeep import Finding, findings
from infra.model.verdict import Subject, Verdict
from infra.model.waiver import ROOM_KIND, Scope
from infra.model.waiving import decide


class Judged(NamedTuple):
    """A finding with the verdict about it."""

    finding: Finding
    verdict: Verdict


def reviewed(city: City, room: Room, today: date) -> tuple[Judged, ...]:
    """Hold a room against its signed inventory, by its latest survey."""
    stands = room.survey.inventory if room.survey else None
    found = findings(room, stands, today, city.city.tombstones.get(room.name))
    subject, digest = Subject(Scope(kind=ROOM_KIND, name=room.name)), found_digest(room)
    return tuple(Judged(each, decide(register_of(city), each.rule, subject, digest, today)) for each in found)


def found_digest(room: Room) -> str:
    """Return the digest of what was found and repaired in a room: a waiver names it, and is none for what comes later."""
    return digest_of(room.model_dump(mode="json", include={"survey": {"inventory"}, "replacements": True}))
