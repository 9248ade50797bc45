"""The picture of the model city: zones and arrows, districts with their tenants by zone, and the departments."""

from collections import Counter
from pathlib import Path
from typing import Final

from infra.model.city import City
from infra.model.load import load_city
from infra.model.organisation import Build
from infra.model.tenant import Level
from tools import picture_zones as zones
from tools.picture_layout import colours, frame
from tools.svg import GREY, Drawing, width

ROOT: Final = Path(__file__).resolve().parent.parent
WIDTH: Final = 1040
_LEFT: Final = 20
_INNER: Final = WIDTH - 2 * _LEFT
_CARDS: Final = 7
_COLUMNS: Final = 5
_ADAPTED: Final = "#b4632d"


def render() -> dict[str, str]:
    """Return the picture by its path."""
    city = load_city(ROOT / "stacks" / "hangzhou").city
    if city is None:
        raise ValueError("the model city has problems; run: make up, which tells them")
    return {"docs/picture/hangzhou.svg": draw(city)}


def draw(city: City) -> str:
    """Draw a city."""
    drawing = Drawing(WIDTH, f"{city.city.title.zh} {city.city.title.en}: zones, districts, departments")
    title = f"{city.city.title.zh}政务云 {city.city.title.en} government cloud"
    drawing.text((_LEFT, 36), title, 21, room=_INNER, weight=700)
    y = zones.draw(drawing, city, frame(city, WIDTH - _LEFT, 56))
    y = _legend(drawing, y)
    y = _districts(drawing, city, y + 34)
    y = _departments(drawing, city, y + 38)
    return drawing.finish(y)


def _legend(drawing: Drawing, y: float) -> float:
    words = "经所示网关 through the gateway named", "直达 direct", "没有箭头即禁止 no arrow: closed"
    drawing.arrow([(_LEFT, y - 4), (_LEFT + 30, y - 4)])
    drawing.text((_LEFT + 38, y), words[0], 12, room=260, ink=GREY)
    drawing.arrow([(_LEFT + 320, y - 4), (_LEFT + 350, y - 4)], zones.DIRECT, 2.4)
    drawing.text((_LEFT + 358, y), words[1], 12, room=90, ink=GREY)
    drawing.text((_LEFT + 470, y), words[2], 12, room=240, ink=GREY)
    return y


def _heading(drawing: Drawing, y: float, chinese: str, english: str) -> float:
    drawing.text((_LEFT, y), chinese, 16, room=_INNER, weight=700)
    drawing.text((_LEFT + width(chinese, 16) + 12, y), english, 13, room=_INNER - width(chinese, 16) - 12, ink=GREY)
    return y + 14


def _districts(drawing: Drawing, city: City, y: float) -> float:
    tenants = sum(len(district.tenants) for district in city.districts.values())
    parts = sum(district.level is not Level.MUNICIPAL for district in city.districts.values())
    english = f"{parts} districts and counties and the municipal level, {tenants} tenants; a number for each zone, in its colour"
    top = _heading(drawing, y, f"{parts} 个区县和市本级 · {tenants} 个租户", english)
    gap, height = 10, 70
    card = (_INNER - gap * (_CARDS - 1)) / _CARDS
    order = sorted(city.districts, key=lambda name: list(city.city.allotments).index(name))
    for number, name in enumerate(order):
        row, column = divmod(number, _CARDS)
        _district(drawing, city, name, (_LEFT + column * (card + gap), top + row * (height + gap)), (card, height))
    return top + (height + gap) * -(-len(order) // _CARDS) - gap


def _district(drawing: Drawing, city: City, name: str, at: tuple[float, float], size: tuple[float, float]) -> None:
    district, (x, y) = city.districts[name], at
    drawing.box(at, size, fill="#fafbfc", edge="#d5dbe1")
    drawing.text((x + 10, y + 20), district.title.zh, 13.5, room=size[0] - 16, weight=700)
    drawing.text((x + 10, y + 36), district.title.en, 11, room=size[0] - 16, ink=GREY)
    held = Counter(tenant.zone for tenant in district.tenants.values())
    for number, zone in enumerate(zone for zone in city.zones.zones if held[zone]):
        light, strong = colours(city, zone)
        place = x + 10 + 32 * number
        drawing.box((place, y + 44), (28, 18), fill=light, edge=strong, radius=5)
        drawing.text((place + 14, y + 57.5), str(held[zone]), 12, room=28, anchor="middle", weight=700)


def _departments(drawing: Drawing, city: City, y: float) -> float:
    owned = Counter(tenant.owner for district in city.districts.values() for tenant in district.tenants.values())
    adapted = sum(department.build is Build.ADAPTED for department in city.departments.values())
    english = f"{len(city.departments)} departments, each with its name in YAML and the number of tenants that it leads"
    top = _heading(drawing, y, f"{len(city.departments)} 个委办局", english)
    rows = -(-len(city.departments) // _COLUMNS)
    step, line = _INNER / _COLUMNS, 34
    for number, (name, department) in enumerate(city.departments.items()):
        column, row = divmod(number, rows)
        x, middle = _LEFT + column * step, top + 8 + row * line
        is_adapted = department.build is Build.ADAPTED
        drawing.box((x, middle), (24, 24), fill="#ffffff", edge=_ADAPTED if is_adapted else "#d5dbe1", radius=6)
        drawing.text((x + 12, middle + 16.5), str(owned[name]), 12, room=22, anchor="middle", weight=700)
        drawing.text((x + 31, middle + 10), _short(city, department.title.zh), 12, room=step - 36)
        drawing.text((x + 31, middle + 24), name, 11, room=step - 36, ink=GREY)
    bottom = top + 8 + rows * line + 14
    words = (
        f"改建 {adapted} 个，其余统建 · adapted: {adapted} with mature systems of their own; for the others it is built citywide"
    )
    drawing.box((_LEFT, bottom - 11), (14, 14), fill="#ffffff", edge=_ADAPTED, radius=4)
    drawing.text((_LEFT + 21, bottom), words, 12, room=_INNER - 21, ink=GREY)
    return bottom + 18


def _short(city: City, title: str) -> str:
    """Return a department's name as it is called within the city."""
    return title.removeprefix(city.city.title.zh).removeprefix(city.city.title.zh[:-1]).removeprefix("人民政府")
