"""Maintenance only, as one function: what stands in a legacy room is held against what was signed, and all growth is told.

A repair may put in what is like what was taken out: as many pieces, each at most a fifth better, since the same part can often
not be bought any more. What that brings in storage is no growth, as long as the whole room stays within the same fifth. Whether a
finding is waived is not decided here. Nothing here asks a clock or a file.
"""

import ipaddress
from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from typing import Final, NamedTuple

from infra.model.approver import OVERDUE
from infra.model.room import Inventory, Piece, Replacement, Room, RoomState, Tombstone

GROWTH: Final = "LG-01"
ATTACHED: Final = "LG-02"
REOPENED: Final = "LG-04"
REPLACED: Final = "LG-05"
LIKE_FOR_LIKE: Final = Fraction(1, 5)
"""By which part a replacement may be better than what it replaces."""
_COUNTED: Final = ("racks", "servers", "disks")
_GIB_PER_TIB: Final = 1024


class Finding(NamedTuple):
    """One thing that a legacy room may not do."""

    rule: str
    """The rule that is broken."""
    field: str
    """What grew, or what is overdue."""
    words: str
    """What is wrong."""
    instead: str
    """What to do instead."""


def findings(room: Room, stands: Inventory | None, today: date, tombstone: Tombstone | None = None) -> tuple[Finding, ...]:
    """Say all that is not mere maintenance.

    Args:
        room: The room, with its signed inventory.
        stands: What stands in it; None: nobody knows.
        today: The day that it is.
        tombstone: Its tombstone; None: it was never closed.

    Returns:
        What breaks a rule; nothing: the room is maintained, empties in time, or is closed.
    """
    if tombstone or room.state is RoomState.CLOSED:
        return tuple(_reopened(room, stands, tombstone))
    grown = _grown(room, stands) if stands else ()
    return (*grown, *_replaced(room), *_overdue(room, today))


def _reopened(room: Room, stands: Inventory | None, tombstone: Tombstone | None) -> Iterator[Finding]:
    instead = "switch it off and hand it back; a closed room is not opened again"
    since = f"since {tombstone.closed_on}" if tombstone else "by its file"
    if room.state is not RoomState.CLOSED:
        yield Finding(REOPENED, "state", f"is {room.state} again, and is closed {since}", instead)
    for name, amount in _amounts(stands).items() if stands else ():
        yield Finding(REOPENED, name, f"{amount} in a room that is closed {since}", instead)


def _amounts(stands: Inventory) -> dict[str, str]:
    """Return in words what of an inventory is not nothing."""
    counted = {name: str(getattr(stands, name)) for name in (*_COUNTED, "storage_tib") if getattr(stands, name)}
    named = {"addresses": ", ".join(stands.addresses), "services": ", ".join(sorted(stands.services))}
    return {**counted, **{name: words for name, words in named.items() if words}}


def _grown(room: Room, stands: Inventory) -> Iterator[Finding]:
    signed, instead = (
        room.inventory,
        f"take it out of the room; what is new is built in the cloud, and '{room.name}' only shrinks",
    )
    for name in _COUNTED:
        has, found = getattr(signed, name), getattr(stands, name)
        if found > has:
            yield Finding(GROWTH, name, f"{found} where {has} were signed: {found - has} more", instead)
    most = most_storage(signed, tuple(room.replacements.values()))
    if stands.storage_tib > most:
        allowed = f"{signed.storage_tib} were signed, and repairs bring it to at most {float(most):g}"
        yield Finding(GROWTH, "storage_tib", f"{stands.storage_tib} where {allowed}", instead)
    for network in _outside(stands.addresses, signed.addresses):
        yield Finding(GROWTH, "addresses", f"{network} is in none of the networks that were signed", instead)
    for name in sorted(stands.services):
        yield from _served(name, signed, stands, instead)


def _served(name: str, signed: Inventory, stands: Inventory, instead: str) -> Iterator[Finding]:
    service, field = stands.services[name], f"services.{name}"
    if name not in signed.services:
        yield Finding(ATTACHED, field, "is a service that was not signed", "build it in the cloud")
        return
    before = signed.services[name]
    if service.replicas > before.replicas:
        more = f"{service.replicas} where {before.replicas} were signed: {service.replicas - before.replicas} more"
        yield Finding(GROWTH, f"{field}.replicas", more, instead)
    for consumer in sorted(set(service.consumers) - set(before.consumers)):
        yield Finding(ATTACHED, f"{field}.consumers", f"{consumer} is a consumer that was not signed", "serve it from the cloud")


def most_storage(signed: Inventory, repairs: tuple[Replacement, ...]) -> Fraction:
    """Return how many TiB may stand in a room: what was signed, and what like-for-like repairs brought beyond it."""
    more = sum(max(0, each.now.disk_gib - each.was.disk_gib) * each.pieces for each in repairs if not _better(each))
    return min(signed.storage_tib + Fraction(more, _GIB_PER_TIB), signed.storage_tib * (1 + LIKE_FOR_LIKE))


def _outside(networks: tuple[str, ...], signed: tuple[str, ...]) -> Iterator[str]:
    """Yield the networks that do not lie inside the signed ones, whichever way these are cut."""
    parsed = [ipaddress.ip_network(text) for text in signed]
    fours = list(ipaddress.collapse_addresses([each for each in parsed if isinstance(each, ipaddress.IPv4Network)]))
    sixes = list(ipaddress.collapse_addresses([each for each in parsed if isinstance(each, ipaddress.IPv6Network)]))
    for text in networks:
        network = ipaddress.ip_network(text)
        if isinstance(network, ipaddress.IPv4Network):
            inside = any(network.subnet_of(each) for each in fours)
        else:
            inside = any(network.subnet_of(each) for each in sixes)
        if not inside:
            yield text


def _replaced(room: Room) -> Iterator[Finding]:
    for name, each in room.replacements.items():
        for unit in _better(each):
            was, now = getattr(each.was, unit), getattr(each.now, unit)
            words = f"{now} for {was}: more than {int(LIKE_FOR_LIKE * 100)} % better is no repair"
            yield Finding(REPLACED, f"replacements.{name}.{unit}", words, "put in what is like it, or migrate the system first")


def _better(repair: Replacement) -> tuple[str, ...]:
    """Return the units in which a replacement is above the limit."""
    return tuple(
        unit for unit in Piece.model_fields if getattr(repair.now, unit) > getattr(repair.was, unit) * (1 + LIKE_FOR_LIKE)
    )


def _overdue(room: Room, today: date) -> Iterator[Finding]:
    if today > room.due:
        left = f"still in it: {', '.join(sorted(room.left))}" if room.left else "all has moved, and it is not closed"
        late = (today - room.due).days
        words = f"was to be empty by {room.due}, {late} day{'s' if late > 1 else ''} ago; {left}"
        yield Finding(OVERDUE, "migrate_by", words, "move what is left and close it, or ask for an extension with a plan")
