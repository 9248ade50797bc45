"""What admission is given: the waivers that hold, and the legacy rooms, as the data of one object of the cluster.

Texts of lines, since an expression of admission can take a text apart and has nothing that reads JSON. No field of a line has a
blank in it, so that a blank ends it and nothing can be written that reads as two fields. A key without lines is an empty text.

There is one such object for the whole city: of several parameters each is asked by itself, and one that refuses refuses for all.
"""

from collections.abc import Iterable
from datetime import date
from typing import Final

from infra.model.city import City
from infra.model.holder import expiry
from infra.model.room import Room
from infra.model.verdict import Register
from infra.model.waiver import Waiver
from infra.model.waiving import standing

NOWHERE: Final = "-"
"""Stands for the namespace of what stands in none."""
COLUMNS: Final[dict[str, tuple[str, ...]]] = {
    "waivers": ("rule", "namespace", "kind", "name", "digest", "expires", "waiver"),
    "rooms": ("room", "state", "site", "due"),
    "addresses": ("network", "room", "state"),
    "tombstones": ("room", "site", "closed_on", "digest"),
}
"""The keys of the data, and the fields of each line."""


def register_of(city: City) -> Register:
    """Return what decisions about a city's waivers are made from."""
    return Register(city.waivers, city.city.approvers)


def rendered(city: City, today: date) -> dict[str, str]:
    """Return the data of the register's object on a day, by its keys."""
    register = register_of(city)
    holding = [each for each in city.waivers.values() if not any(standing(register, each, today))]
    rooms, closed = city.rooms, city.city.tombstones
    return {
        "waivers": _lines(_waiver(each) for each in holding),
        "rooms": _lines((each.name, each.state.value, each.site, each.due.isoformat()) for each in rooms.values()),
        "addresses": _lines(line for each in rooms.values() for line in _addresses(each)),
        "tombstones": _lines((name, rooms[name].site, each.closed_on.isoformat(), each.digest) for name, each in closed.items()),
    }


def _waiver(waiver: Waiver) -> tuple[str, ...]:
    scope, until = waiver.scope, expiry(waiver.expires) if waiver.expires else ""
    return (waiver.rule, scope.namespace or NOWHERE, scope.kind, scope.name, waiver.digest, until, waiver.name)


def _addresses(room: Room) -> list[tuple[str, ...]]:
    return [(network, room.name, room.state.value) for network in room.inventory.addresses]


def _lines(rows: Iterable[tuple[str, ...]]) -> str:
    return "\n".join(sorted(" ".join(row) for row in rows))
