"""Closed means closed: a closed room has a tombstone, stays as it was, and no other room takes its site or its addresses."""

import ipaddress
from collections.abc import Iterator
from itertools import combinations

from infra.model.parts import Part, Parts
from infra.model.problem import Problem
from infra.model.room import Room, RoomState, Tombstone


def check_tombstones(parts: Parts) -> Iterator[Problem]:
    """A closed room has its tombstone in city.yaml, and a room with a tombstone is closed and as it was then."""
    names = parts.city.names("tombstones")
    for name, tombstone in parts.city.model.tombstones.items() if parts.city.model else ():
        if name not in parts.rooms:
            told = "the closed room has no file", f"rooms/{name}.yaml, kept for good", f"write rooms/{name}.yaml back as it was"
            yield parts.city.problem(("tombstones", name), None, *told)
        elif room := parts.rooms[name].model:
            yield from _same(parts, parts.rooms[name], room, tombstone)
    for name, part in parts.rooms.items():
        if names is not None and name not in names and part.model and part.model.state is RoomState.CLOSED:
            entry = f"tombstones: {{{name}: {{closed_on: DAY, digest: {part.model.signed.digest}}}}}"
            told = "the closed room has no tombstone", "'closed' with a tombstone in city.yaml", f"write into city.yaml: {entry}"
            yield part.problem(("state",), part.model.state, *told)


def _same(parts: Parts, part: Part[Room], room: Room, tombstone: Tombstone) -> Iterator[Problem]:
    path = ("tombstones", part.file.split("/")[1].removesuffix(".yaml"))
    if room.state is not RoomState.CLOSED:
        told = f"was closed on {tombstone.closed_on}, and is not opened again", "closed", "write 'closed'; build in the cloud"
        yield part.problem(("state",), room.state, *told)
    if room.signed.digest != tombstone.digest:
        told = "is not that of the room that was closed", tombstone.digest, "write the file back as it was; take another name"
        yield part.problem(("signed", "digest"), room.signed.digest, *told)
    moved = [system.moved_on for system in room.systems.values() if system.moved_on]
    if moved and tombstone.closed_on < max(moved):
        told = f"is before the last system moved out of {part.file}", f"{max(moved)} or later", "correct one of the two days"
        yield parts.city.problem((*path, "closed_on"), tombstone.closed_on, *told)


def check_sites(parts: Parts) -> Iterator[Problem]:
    """No room has the site or an address of another one, be that closed or not."""
    found = [(part, part.model) for part in parts.rooms.values() if part.model]
    found.sort(key=lambda each: (each[1].state is not RoomState.CLOSED, each[1].frozen_on, each[0].file))
    for (first, taken), (part, room) in combinations(found, 2):
        closed = ", closed for good" if taken.state is RoomState.CLOSED else ""
        if room.site == taken.site:
            told = (
                f"is the site of {first.file}{closed}",
                "a site of its own",
                "write where it stands; a room is not split or renamed",
            )
            yield part.problem(("site",), room.site, *told)
        for number, text in enumerate(room.inventory.addresses):
            other = _overlapping(text, taken.inventory.addresses)
            if other:
                told = f"overlaps {other} of {first.file}{closed}", "addresses of its own", "write the addresses that it has"
                yield part.problem(("inventory", "addresses", number), text, *told)


def _overlapping(text: str, others: tuple[str, ...]) -> str | None:
    network = ipaddress.ip_network(text)
    return next((each for each in others if network.overlaps(ipaddress.ip_network(each))), None)
