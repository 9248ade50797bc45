"""`cityfabric status`: the city as it stands on the cluster, district by district and tenant by tenant."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from itertools import groupby
from typing import Any, Final

from lightkube import Client
from lightkube.resources.core_v1 import Namespace, ResourceQuota
from lightkube.utils.quantity import parse_quantity
from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.markup import render
from rich.table import Table

from infra.model import labels

# More environments than this are shown as one line per district, unless the tenants are asked for.
MANY: Final = 40
_SHORTEST: Final = 12  # characters of a name
_GAP: Final = 2  # between columns
_CAPTION: Final = "used/given: processor time in cores, memory in GiB"
# Column -> Kubernetes' name of the resource, and how many of its units one of the column's is.
_AMOUNTS: Final = {"pods": ("pods", 1), "CPU": ("requests.cpu", 1), "memory": ("requests.memory", 1 << 30)}


@dataclass(frozen=True, slots=True, order=True)
class Row:
    """One environment of a tenant, as the cluster has it."""

    district: str
    tenant: str
    environment: str
    zone: str
    state: str
    """Phase of the namespace, Active or Terminating; or `suspended`: its tenant leaves."""
    namespace: str
    used: dict[str, str]
    """What is used of the quota, by Kubernetes' name of the resource."""
    hard: dict[str, str]
    """The quota, likewise."""

    def as_json(self) -> dict[str, Any]:
        """Return the row as plain data."""
        return asdict(self)


def rows(client: Client, city: str) -> list[Row]:
    """Return every environment of every tenant of a city that the cluster has."""
    quotas: dict[str, tuple[dict[str, str], dict[str, str]]] = defaultdict(lambda: ({}, {}))
    for quota in client.list(ResourceQuota, namespace="*", labels={labels.MANAGED_BY: labels.MANAGER}):
        if quota.metadata and quota.metadata.namespace and quota.status:
            quotas[quota.metadata.namespace] = (dict(quota.status.used or {}), dict(quota.status.hard or {}))
    found = []
    for namespace in client.list(Namespace, labels={labels.CITY: city, labels.PART: labels.PART_TENANT}):
        metadata, status = namespace.metadata, namespace.status
        if not metadata or not metadata.name:
            continue
        marks = metadata.labels or {}
        used, hard = quotas[metadata.name]
        found.append(
            Row(
                district=marks.get(labels.DISTRICT, ""),
                tenant=marks.get(labels.TENANT, ""),
                environment=marks.get(labels.ENVIRONMENT, ""),
                zone=marks.get(labels.ZONE, ""),
                state="suspended" if labels.OFFBOARDING in marks else (status.phase if status else None) or "unknown",
                namespace=metadata.name,
                used=used,
                hard=hard,
            )
        )
    return sorted(found, key=lambda row: (row.district, row.tenant, row.environment))


def table(found: Sequence[Row], city: str, *, tenants: bool = False, width: int | None = None) -> Table:
    """Draw the rows, sorted by district.

    Args:
        found: The rows.
        city: Name of the city.
        tenants: Draw each row, even where they are many; otherwise they are then summed up to a line per district.
        width: Width of the terminal, if it is one.
    """
    draw = _tenants if tenants or len(found) <= MANY else _districts
    drawn = draw(found)
    districts, owners = len({row.district for row in found}), len({(row.district, row.tenant) for row in found})
    drawn.title, drawn.caption = f"{city}: {_count(districts, 'district')}, {_count(owners, 'tenant')}", _CAPTION
    if width:
        narrow(drawn, width)
    return drawn


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' * (number != 1)}"


def narrow(drawn: Table, width: int) -> None:
    """Shorten the names in the first column to what the terminal leaves for them; amounts are never shortened."""
    others = [max(cell_len(render(str(text)).plain) for text in (column.header, *column.cells)) for column in drawn.columns[1:]]
    drawn.columns[0].max_width = max(_SHORTEST, width - sum(others) - _GAP * len(others))


def _tenants(found: Sequence[Row]) -> Table:
    """Draw a section per district: its sums, and each environment of its tenants."""
    drawn = _table("tenant", "env", "zone", "state")
    for district, members in groupby(found, lambda row: row.district):
        of_district = list(members)
        drawn.add_row(district, "", "", "", *_amounts(of_district), style="bold")
        for row in of_district:
            drawn.add_row(f"  {row.tenant}", row.environment, row.zone, _state([row]), *_amounts([row]))
        drawn.add_section()
    return drawn


def _districts(found: Sequence[Row]) -> Table:
    """Draw a line per district: how many of its tenants are in each zone, and its sums."""
    zones = sorted({row.zone for row in found})
    drawn = _table("district", *zones, "state")
    for column in drawn.columns[1 : 1 + len(zones)]:
        column.justify = "right"
    for district, members in groupby(found, lambda row: row.district):
        of_district = list(members)
        counts = Counter(zone for zone, _ in {(row.zone, row.tenant) for row in of_district})
        drawn.add_row(district, *(str(counts[zone] or "") for zone in zones), _state(of_district), *_amounts(of_district))
    drawn.add_section()
    drawn.add_row("", *_everywhere(found, zones), "", *_amounts(found), style="bold")
    return drawn


def _everywhere(found: Iterable[Row], zones: Iterable[str]) -> list[str]:
    counts = Counter(zone for zone, _, _ in {(row.zone, row.district, row.tenant) for row in found})
    return [str(counts[zone]) for zone in zones]


def _table(*names: str) -> Table:
    """Return a table of which no line is ever broken."""
    drawn = Table(box=SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0), pad_edge=False)
    for name in names:
        drawn.add_column(name, no_wrap=True)
    for name in _AMOUNTS:
        drawn.add_column(name, no_wrap=True, justify="right")
    return drawn


def _state(found: Sequence[Row]) -> str:
    """Return the state of all rows, or how many are in another than Active."""
    others = Counter(row.state for row in found if row.state != "Active")
    if not others:
        return "Active"
    told = (f"{count} {state}" if len(found) > 1 else state for state, count in sorted(others.items()))
    return f"[yellow]{', '.join(told)}[/]"


def _amounts(found: Sequence[Row]) -> list[str]:
    """Return used/given of each amount, summed up; a dash where no quota stands."""
    return [
        f"{_sum(found, lambda row: row.used, name, unit)}/{_sum(found, lambda row: row.hard, name, unit)}"
        for name, unit in _AMOUNTS.values()
    ]


def _sum(found: Iterable[Row], part: Callable[[Row], dict[str, str]], name: str, unit: int) -> str:
    amounts = [amount for row in found if (amount := parse_quantity(part(row).get(name))) is not None]
    return _short(sum(amounts, Decimal()) / unit) if amounts else "-"


def _short(amount: Decimal) -> str:
    text = f"{amount:.1f}" if amount >= 1 else f"{amount:.2f}"
    return text.rstrip("0").rstrip(".")
