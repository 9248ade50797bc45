"""Legacy server rooms empty in order: in a declared wave, by a day inside it, and closed only when nothing is left."""

from collections.abc import Iterator

from infra.model.check_offboardings import left
from infra.model.organisation import Wave
from infra.model.parts import Part, Parts
from infra.model.problem import Problem
from infra.model.room import LegacySystem, Room, RoomState


def check_waves(parts: Parts) -> Iterator[Problem]:
    """A wave ends after it begins, and some room moves in it."""
    part = parts.city
    for name, wave in part.model.waves.items() if part.model else ():
        if wave.closes < wave.opens:
            told = "the wave closes before it opens", f"{wave.opens} or later", "exchange the two days, or correct one"
            yield part.problem(("waves", name, "closes"), wave.closes, *told)
    rooms = parts.rooms.values()
    if any(room.model is None or "wave" in room.faulty for room in rooms):
        return
    used = {room.model.wave for room in rooms if room.model}
    for name in sorted((part.names("waves") or frozenset()) - used):
        told = "no room moves in this wave", "waves that a room names", "remove the wave, or name it in a file in rooms/"
        yield part.problem(("waves", name), None, *told)


def check_rooms(parts: Parts) -> Iterator[Problem]:
    """A room has its department, is to be empty by a day in its wave, and says of whatever left it where to and when."""
    waves = parts.city.names("waves")
    for part in parts.rooms.values():
        room = part.model
        if room is None:
            continue
        if room.owner not in parts.departments:
            yield part.unknown(("owner",), room.owner, parts.departments, f"add departments/{room.owner}.yaml")
        if waves is not None and room.wave not in waves:
            yield part.unknown(("wave",), room.wave, waves, "declare the wave in city.yaml")
        yield from _days(part, room, parts.city.model.waves.get(room.wave) if parts.city.model else None)
        for name, system in room.systems.items():
            yield from _moved(parts, part, name, system)
            yield from _moved_on(part, room, name, system)
        left = sorted(name for name, system in room.systems.items() if system.moved_to is None)
        if room.state is RoomState.CLOSED and left:
            told = f"still in the closed room: {', '.join(left)}", "'closed' when every system has moved"
            yield part.problem(("state",), room.state, *told, "write where they moved to, or the state 'migrating'")


def _days(part: Part[Room], room: Room, wave: Wave | None) -> Iterator[Problem]:
    if room.frozen_on > room.migrate_by:
        told = (
            "the inventory was signed after the room is to be empty",
            f"{room.migrate_by} or earlier",
            "correct one of the two days",
        )
        yield part.problem(("frozen_on",), room.frozen_on, *told)
    if wave and wave.opens <= wave.closes and not wave.opens <= room.migrate_by <= wave.closes:
        told = f"lies outside the wave {room.wave}", f"{wave.opens} to {wave.closes}", "choose a day in the wave, or another wave"
        yield part.problem(("migrate_by",), room.migrate_by, *told)


def _moved(parts: Parts, part: Part[Room], name: str, system: LegacySystem) -> Iterator[Problem]:
    """The tenant that a system moved to exists, or it has left since."""
    if system.moved_to is None or system.moved_to in left(parts):
        return
    path, (district, tenant) = ("systems", name, "moved_to"), system.moved_to.split("/")
    if district not in parts.districts:
        yield part.unknown(
            path, system.moved_to, {f"{one}/{tenant}" for one in parts.districts}, "name a district that has a file"
        )
        return
    tenants = parts.districts[district].names("tenants")
    if tenants is not None and tenant not in tenants:
        known = {f"{district}/{one}" for one in tenants}
        yield part.unknown(path, system.moved_to, known, f"add the tenant to districts/{district}.yaml")


def _moved_on(part: Part[Room], room: Room, name: str, system: LegacySystem) -> Iterator[Problem]:
    path, to, day = ("systems", name, "moved_on"), system.moved_to, system.moved_on
    if to and day is None:
        mend = "add 'moved_on:' with the day since when it runs there"
        yield part.problem(("systems", name, "moved_to"), to, "moved, and nothing says when", "'moved_to' with 'moved_on'", mend)
    elif day and to is None:
        mend = "add 'moved_to:' with the tenant, or remove the day"
        yield part.problem(path, day, "moved, and nothing says where to", "'moved_on' with 'moved_to'", mend)
    elif day and day < room.frozen_on:
        told = (
            "moved before the inventory was signed, in which it stands",
            f"{room.frozen_on} or later",
            "correct one of the two days",
        )
        yield part.problem(path, day, *told)
