"""`cityfabric quota`: what each level was given, promised on, keeps back, has free, and uses."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Any, Final

import typer
from rich.box import SIMPLE_HEAD
from rich.table import Table

from cityfabric.console import out, print_data, say
from cityfabric.errors import Exit
from cityfabric.options import AsJson, City
from cityfabric.overview import MANY, Row, narrow
from cityfabric.quotas import live
from cityfabric.quotas.declared import declared, require_districts
from cityfabric.settings import read_settings
from infra.model import balance, city
from infra.model.balance import Balance
from infra.model.quota import UNITS, Usage

_CAPTION: Final = "free = given - promised - reserved; used: what pods and volumes ask for in the cluster"
COLUMNS: Final = {
    "cpu_millicores": ("CPU cores", 1000),
    "memory_gib": ("memory GiB", 1),
    "storage_gib": ("storage GiB", 1),
    "pods": ("pods", 1),
}
"""How a unit is called in tables, and how many of it one of the table's is."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One level: the city, a district, or a tenant."""

    district: str
    """Name of the district; empty for the city."""
    tenant: str
    """Name of the tenant; empty for a district and the city."""
    balance: Balance
    """Its quota as declared."""
    used: Usage | None
    """What is used of it; None: the cluster has nothing of it."""

    def as_json(self) -> dict[str, Any]:
        """Return the entry as plain data; what is used has its own units."""
        amounts = {name: getattr(self.balance, name).model_dump() for name in ("given", "promised", "reserved", "free")}
        return {"district": self.district, "tenant": self.tenant, **amounts, "used": self.used and self.used.model_dump()}


def quota(
    district: Annotated[list[str] | None, typer.Argument(help="Districts to show tenant by tenant.")] = None,
    city: City = None,
    as_json: AsJson = False,  # noqa: FBT002 - typer reads the default
) -> None:
    """Show quotas at each level: given, promised to the level below, reserved, free, and used in the cluster."""
    settings = read_settings(city)
    found, problems = declared(settings)
    require_districts(found, district or ())
    running = live.rows(settings)
    shown = list(entries(found, running, district))
    if as_json:
        print_data({"city": settings.city, "levels": [entry.as_json() for entry in shown], "broken": sorted(found.broken)})
    else:
        out.print(table(shown, settings.city, width=out.width if out.is_terminal else None), crop=False)
    if not running:
        say(f"the cluster has nothing of {settings.city}; build it: cityfabric up")
    raise typer.Exit(Exit.WRONG_INPUT if problems else Exit.GOOD if running else Exit.FINDINGS)


def entries(found: city.City, running: Sequence[Row], only: Collection[str] | None = None) -> Iterator[Entry]:
    """Yield the levels from the city down; tenants of the districts in `only`, or of a small city.

    Args:
        found: The city as declared; its faulty districts are left out.
        running: All that the cluster has of the city, of tenants that are declared no more too.
        only: Districts to show; none: the city and all of them.
    """
    if not only:
        yield Entry("", "", balance.of_city(found.city), live.usage(running))
    environments = sum(len(tenant.environments) for one in found.districts.values() for tenant in one.tenants.values())
    for name, district in sorted(found.districts.items()):
        if only and name not in only:
            continue
        of_district = [row for row in running if row.district == name]
        yield Entry(name, "", balance.of_district(found.city.allotments[name], district), live.usage(of_district))
        for each, tenant in district.tenants.items() if only or environments <= MANY else ():
            of_tenant = [row for row in of_district if row.tenant == each]
            yield Entry(name, each, balance.of_tenant(tenant), live.usage(of_tenant))


def table(shown: Sequence[Entry], city: str, *, width: int | None = None) -> Table:
    """Draw the levels, each with a line per unit; no line is broken, and no amount is cut.

    Args:
        shown: The levels.
        city: Name of the city.
        width: Width of the terminal, if it is one.
    """
    drawn = Table(
        box=SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0), pad_edge=False, title=f"{city}: quotas", caption=_CAPTION
    )
    for column in ("level", ""):
        drawn.add_column(column, no_wrap=True)
    for column in ("given", "promised", "reserved", "free", "used"):
        drawn.add_column(column, no_wrap=True, justify="right")
    for entry in shown:
        name = f"  {entry.tenant}" if entry.tenant else entry.district or city
        for number, unit in enumerate(UNITS):
            drawn.add_row("" if number else name, *_amounts(entry, unit), style=None if entry.tenant else "bold")
        drawn.add_section()
    if width:
        narrow(drawn, width)
    return drawn


def _amounts(entry: Entry, unit: str) -> list[str]:
    """Return the cells of one unit."""
    found = entry.balance
    parts = (getattr(part, unit) for part in (found.given, found.promised, found.reserved, found.free))
    used = shown_as(unit, entry.used.of(unit)) if entry.used else "-"
    return [COLUMNS[unit][0], *(shown_as(unit, part) for part in parts), used]


def shown_as(unit: str, amount: int | Fraction) -> str:
    """Return an amount as tables show it, to three places."""
    shown = Fraction(amount) / COLUMNS[unit][1]
    text = f"{Decimal(shown.numerator) / Decimal(shown.denominator):.3f}"
    return text.rstrip("0").rstrip(".")
