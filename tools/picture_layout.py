"""Where the zones of the picture lie: the order in which the arrows of the matrix cross least."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, permutations
from typing import Final

from infra.model.city import City

PALETTE: Final = (
    ("#fdecd8", "#e0a458"),
    ("#dcebfb", "#6ea8dc"),
    ("#e3f3e1", "#7dbb78"),
    ("#efe4f7", "#a98bc9"),
    ("#eceff2", "#9aa7b4"),
    ("#fbe3e4", "#d98a8d"),
    ("#e0f3f3", "#6fb8b8"),
)
"""Light and strong colour of each zone, in the order of the file."""
LEFT: Final = 20
BOX: Final = (164, 142)
HUB_HEIGHT: Final = 50
DROP: Final = 78


@dataclass(frozen=True, slots=True)
class Edge:
    """A cell of the matrix that opens something."""

    source: str
    target: str
    gateway: str
    """Name of the gateway; empty where the way is direct."""


@dataclass(frozen=True, slots=True)
class Frame:
    """Where things are."""

    right: float
    top: float
    hub: str | None
    """A zone that opens to all others lies above them, for it would need too many arrows beside them."""
    order: tuple[str, ...]
    """The other zones from left to right."""

    def x(self, zone: str) -> float:
        """Return the left edge of a zone's box."""
        step = (self.right - LEFT - BOX[0]) / max(len(self.order) - 1, 1)
        return LEFT + step * self.order.index(zone)

    @property
    def row(self) -> float:
        """Return the upper edge of the row."""
        return self.top + (HUB_HEIGHT + DROP if self.hub else 0)


def edges(city: City) -> list[Edge]:
    """Return what the matrix opens between different zones."""
    cells = ((source, target, cell) for source, row in city.zones.matrix.items() for target, cell in row.items())
    opened = ((source, target, cell) for source, target, cell in cells if source != target and cell != "deny")
    return [Edge(source, target, cell.removeprefix("via ") if cell != "allow" else "") for source, target, cell in opened]


def frame(city: City, right: float, top: float) -> Frame:
    """Return the arrangement with the fewest crossings and the shortest ways."""
    zones, opened = list(city.zones.zones), edges(city)
    hubs = [zone for zone in zones if {edge.target for edge in opened if edge.source == zone} == set(zones) - {zone}]
    hub = hubs[0] if hubs else None
    orders = permutations([zone for zone in zones if zone != hub])
    return Frame(right, top, hub, min(orders, key=lambda order: _cost(order, opened)))


def _cost(order: tuple[str, ...], opened: Sequence[Edge]) -> tuple[int, int]:
    found = [span(order, edge) for edge in opened if {edge.source, edge.target} <= set(order)]
    far = [one for one in found if one[1] - one[0] > 1]
    crossings = sum(one[0] < other[0] < one[1] < other[1] for pair in combinations(far, 2) for one, other in (pair, pair[::-1]))
    return crossings, sum(end - start for start, end in found)


def span(order: tuple[str, ...], edge: Edge) -> tuple[int, int]:
    """Return the numbers of the zones that an arrow joins, the left one first."""
    start, end = sorted((order.index(edge.source), order.index(edge.target)))
    return start, end


def colours(city: City, zone: str) -> tuple[str, str]:
    """Return the light and the strong colour of a zone."""
    return PALETTE[list(city.zones.zones).index(zone) % len(PALETTE)]
