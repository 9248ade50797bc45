"""The upper part of the picture: the zones of a city, and an arrow for each cell of the matrix that opens something."""

from collections import defaultdict
from typing import Final

from infra.model.city import City
from infra.model.zone import Zone
from tools.picture_layout import BOX, DROP, HUB_HEIGHT, LEFT, Edge, Frame, colours, edges, span
from tools.svg import GREY, INK, LINE, Drawing, width

DIRECT: Final = "#2f8f5b"
_PILL: Final = 34
_DEPTH: Final = 46


def draw(drawing: Drawing, city: City, places: Frame) -> float:
    """Draw the zones and the arrows; return where the next part begins."""
    groups: dict[tuple[str, ...], list[Edge]] = defaultdict(list)
    for edge in edges(city):
        groups[(*sorted((edge.source, edge.target)), edge.gateway)].append(edge)
    between = list(groups.values())
    far = [group for group in between if places.hub not in _ends(group) and _length(places, group) > 1]
    for zone in places.order:
        near = [group for group in between if _is_near(places, group, zone)]
        for number, group in enumerate(near):
            _draw_near(drawing, city, places, group, (number + 1) / (len(near) + 1))
        _draw_drop(drawing, city, places, [group for group in between if _ends(group) == {places.hub, zone}], zone)
    for level, group in enumerate(sorted(far, key=lambda group: _length(places, group))):
        _draw_arc(drawing, city, places, group, (level, far))
    for zone in city.zones.zones:
        _draw_zone(drawing, city, places, zone)
    return places.row + BOX[1] + (_DEPTH * len(far) + 26 if far else 20)


def _ends(group: list[Edge]) -> set[str | None]:
    return {group[0].source, group[0].target}


def _length(places: Frame, group: list[Edge]) -> int:
    start, end = span(places.order, group[0])
    return end - start


def _is_near(places: Frame, group: list[Edge], left: str) -> bool:
    return (
        places.hub not in _ends(group)
        and span(places.order, group[0])[0] == places.order.index(left)
        and _length(places, group) == 1
    )


def _draw_near(drawing: Drawing, city: City, places: Frame, group: list[Edge], share: float) -> None:
    start, end = span(places.order, group[0])
    left, right = places.x(places.order[start]) + BOX[0] + 1, places.x(places.order[end]) - 1
    middle = places.row + BOX[1] * share
    for edge, y in zip(group, _spread(middle, len(group), 12), strict=True):
        ends = [(left, y), (right, y)]
        drawing.arrow(ends if edge.source == places.order[start] else ends[::-1], *_pen(edge))
    _pill(drawing, city, ((left + right) / 2, middle), group[0].gateway)


def _draw_drop(drawing: Drawing, city: City, places: Frame, groups: list[list[Edge]], zone: str) -> None:
    centre, upper = places.x(zone) + BOX[0] / 2, places.top + HUB_HEIGHT + 1
    for group, x in zip(groups, _spread(centre, len(groups), 78), strict=True):
        for edge, line in zip(group, _spread(x, len(group), 26), strict=True):
            ends = [(line, upper), (line, places.row - 1)]
            drawing.arrow(ends if edge.target == zone else ends[::-1], *_pen(edge))
        _pill(drawing, city, (x, upper + DROP / 2), group[0].gateway)


def _draw_arc(drawing: Drawing, city: City, places: Frame, group: list[Edge], depth: tuple[int, list[list[Edge]]]) -> None:
    (level, far), first = depth, group[0]
    bottom = places.row + BOX[1] + 1
    y = bottom + 26 + _DEPTH * level
    start, end = (places.x(zone) + BOX[0] * _share(places, zone, first, far) for zone in (first.source, first.target))
    ways = [(start, bottom), (start, y), (end, y), (end, bottom)]
    for edge in group:
        drawing.arrow(ways if edge is first else ways[::-1], *_pen(edge))
    _pill(drawing, city, ((start + end) / 2, y), first.gateway)


def _share(places: Frame, zone: str, edge: Edge, far: list[list[Edge]]) -> float:
    """Return where along its lower edge a zone has an arrow, so that none crosses another."""
    here = places.order.index(zone)

    def reach(one: Edge) -> int:
        start, end = span(places.order, one)
        return end - start if end == here else start - end + len(places.order) * 2

    mine = sorted((group[0] for group in far if zone in _ends(group)), key=reach)
    return (mine.index(edge) + 1) / (len(mine) + 1)


def _spread(middle: float, count: int, step: float) -> list[float]:
    return [middle + step * (number - (count - 1) / 2) for number in range(count)]


def _pen(edge: Edge) -> tuple[str, float]:
    return (LINE, 1.6) if edge.gateway else (DIRECT, 2.4)


def _pill(drawing: Drawing, city: City, centre: tuple[float, float], gateway: str) -> None:
    chinese, name = (city.zones.gateways[gateway].title.zh, gateway) if gateway else ("直达", "direct")
    room = max(width(chinese, 11.5), width(name, 11)) + 10
    drawing.box((centre[0] - room / 2, centre[1] - _PILL / 2), (room, _PILL), fill="#ffffff", edge=LINE if gateway else DIRECT)
    drawing.text((centre[0], centre[1] - 2.5), chinese, 11.5, room=room, anchor="middle")
    drawing.text((centre[0], centre[1] + 11.5), name, 11, room=room, anchor="middle", ink=GREY)


def _draw_zone(drawing: Drawing, city: City, places: Frame, name: str) -> None:
    zone, (light, strong) = city.zones.zones[name], colours(city, name)
    facts = _facts(city, name, zone)
    if name == places.hub:
        drawing.box((LEFT, places.top), (places.right - LEFT, HUB_HEIGHT), fill=light, edge=strong)
        drawing.text((LEFT + 14, places.top + 22), zone.title.zh, 16, room=140, weight=700)
        drawing.text((LEFT + 14, places.top + 40), zone.title.en, 11.5, room=220, ink=GREY)
        drawing.text((places.right - 14, places.top + 31), " · ".join(facts), 11.5, room=720, anchor="end")
        return
    x, y, room = places.x(name), places.row, BOX[0] - 12
    drawing.box((x, y), BOX, fill=light, edge=strong)
    drawing.text((x + 10, y + 24), zone.title.zh, 16, room=room, weight=700)
    drawing.text((x + 10, y + 42), zone.title.en, 11, room=room + 6, ink=GREY)
    for number, fact in enumerate(facts):
        drawing.text((x + 10, y + 65 + 17 * number), fact, 11.5, room=room, weight=400 if number else 700, ink=INK)


def _facts(city: City, name: str, zone: Zone) -> list[str]:
    tenants = sum(tenant.zone == name for district in city.districts.values() for tenant in district.tenants.values())
    services = sum(service.zone == name for service in city.services.values())
    ports = ", ".join(str(port.port) for port in zone.accepts) or "–"
    return [
        f"{tenants} 租户 tenants",
        f"{services} 共享服务 services",
        f"等保 {zone.protection_level} 级 MLPS {zone.protection_level}",
        f"端口 ports {ports}",
        f"出口上限 egress ≤ {zone.egress[-1].value}",
    ]
