"""What a legacy room's file records: the inventory as it was signed, repairs and surveys since, extensions that were approved."""

from collections.abc import Iterator

from infra.model.approver import EXTENDABLE, OVERDUE
from infra.model.parts import Part, Parts
from infra.model.problem import Problem
from infra.model.room import Extension, Room
from infra.model.verdict import Register
from infra.model.waiving import approved

_SIGNED = frozenset({"name", "site", "frozen_on", "inventory", "systems", "signed"})


def check_inventories(parts: Parts) -> Iterator[Problem]:
    """A room's inventory is the one that two people signed, and speaks of systems, departments and districts that there are."""
    for part in parts.rooms.values():
        if part.model:
            yield from _new(parts, part, part.model)
            yield from _signatures(part, part.model)
            yield from _services(parts, part, part.model)
            yield from _after(part, part.model)


def check_extensions(parts: Parts) -> Iterator[Problem]:
    """A room's day is moved by an approver of the city who may do so, later each time, and not for ever."""
    city = parts.city.model
    for part in parts.rooms.values():
        room = part.model
        if room is None or city is None or "migrate_by" in part.faulty:
            continue
        register, before = Register({}, city.approvers), room.migrate_by
        for name, each in sorted(room.extensions.items(), key=lambda found: (found[1].until, found[0])):
            most, days = EXTENDABLE.max_days, (each.until - before).days
            if not 0 < days <= most:
                message = f"moves the day by {days} days, from {before}"
                mend = "ask for a shorter one" if days > most else "remove it, or write a later day"
                yield part.problem(("extensions", name, "until"), each.until, message, f"1 to {most} days", mend)
            if "approvers" not in parts.city.faulty:
                yield from _approval(register, part, name, each)
            before = each.until


def _approval(register: Register, part: Part[Room], name: str, each: Extension) -> Iterator[Problem]:
    path = ("extensions", name, "approval", "by")
    if each.approval.by == each.asked_by:
        told = "who asks for it approves it", "somebody else", "let somebody else approve it"
        yield part.problem(path, each.approval.by, *told)
    for refusal in approved(register, each.approval.by, each.approval.day, OVERDUE, EXTENDABLE.severity):
        yield part.problem(path, each.approval.by, refusal.words, refusal.allowed, refusal.mend)


def _new(parts: Parts, part: Part[Room], room: Room) -> Iterator[Problem]:
    last = parts.city.model.rooms_frozen_by if parts.city.model else None
    if last and room.frozen_on > last:
        mend = f"build in the cloud; a room that stood before and was overlooked is dated as it stood on {last}"
        yield part.problem(
            ("frozen_on",), room.frozen_on, "this is a new server room, and there are none", f"{last} or earlier", mend
        )


def _signatures(part: Part[Room], room: Room) -> Iterator[Problem]:
    if room.signed.owner == room.signed.office:
        told = "signed for the department too", "somebody else", "let somebody of the e-government office sign"
        yield part.problem(("signed", "office"), room.signed.office, *told)
    if room.signed.digest != room.digest() and not part.faulty & _SIGNED:
        message = f"is not the digest of what stands in this file now: {room.digest()}"
        mend = "write back name, site, day, inventory and systems as they were signed; what is there today goes into 'survey'"
        yield part.problem(("signed", "digest"), room.signed.digest, message, "the digest of what was signed", mend)


def _services(parts: Parts, part: Part[Room], room: Room) -> Iterator[Problem]:
    systems, known = part.names("systems"), parts.departments.keys() | parts.districts.keys()
    for name, service in room.inventory.services.items():
        path = ("inventory", "services", name)
        if systems is not None and service.system not in systems:
            yield part.unknown((*path, "system"), service.system, systems, "add the system under 'systems'")
        for number, consumer in enumerate(service.consumers):
            if consumer not in known:
                otherwise = f"add departments/{consumer}.yaml"
                yield part.unknown((*path, "consumers", number), consumer, known, otherwise)


def _after(part: Part[Room], room: Room) -> Iterator[Problem]:
    """Whatever was done or seen, was so after the inventory was signed."""
    days = [(("replacements", name, "day"), each.day) for name, each in room.replacements.items()]
    for path, day in (*days, *([(("survey", "day"), room.survey.day)] if room.survey else [])):
        if day < room.frozen_on:
            told = "is before the inventory was signed", f"{room.frozen_on} or later", "correct one of the two days"
            yield part.problem(path, day, *told)
