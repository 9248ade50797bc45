"""What people see of offboardings: how far each is, and what comes next."""

from collections.abc import Callable
from datetime import date
from typing import Final

from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table

from cityfabric.console import out, print_data, say
from infra.model.city import City
from infra.model.offboarding import Offboarding, Stage

_NEXT: Final[dict[Stage, Callable[[Offboarding, date], str]]] = {
    Stage.ASKED: lambda one, _: f"run: cityfabric offboard suspend {one.name}",
    Stage.SUSPENDED: lambda one, _: f"run: cityfabric offboard export {one.name}",
    Stage.HELD: lambda one, _: f"wait until {one.retention.until} is over: {one.retention.basis}",
    Stage.DUE: lambda one, today: (
        f"somebody else than {one.asked_by} writes into offboardings/{one.name}.yaml: "
        f"approval: {{by: user:NAME, day: {today}, reason: WHY}}"
    ),
    Stage.APPROVED: lambda one, _: f"run: cityfabric offboard erase {one.name}",
    Stage.ERASED: lambda _, __: "nothing: it is erased",
    Stage.WITHDRAWN: lambda _, __: "nothing: the tenant stays",
}


def next_step(leaver: Offboarding, today: date) -> str:
    """Return in words what comes next."""
    return _NEXT[leaver.stage(today)](leaver, today)


def show(city: City, today: date, *, as_json: bool) -> None:
    """Show every offboarding of a city."""
    found = [city.offboardings[name] for name in sorted(city.offboardings)]
    if as_json:
        told = [{"stage": one.stage(today), "next": next_step(one, today)} for one in found]
        print_data([{**one.model_dump(mode="json"), **more} for one, more in zip(found, told, strict=True)])
    elif found:
        out.print(_table(found, today))
    else:
        say(f"no tenant of {city.city.name} leaves or has left")


def _table(found: list[Offboarding], today: date) -> Table:
    drawn = Table(box=SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0), pad_edge=False)
    for column in ("offboarding", "tenant", "stage", "kept until"):
        drawn.add_column(column, no_wrap=True)
    drawn.add_column("next", overflow="fold")
    for one in found:
        place = "/".join(part for part in (one.tenant, one.environment) if part)
        stage = one.stage(today)
        drawn.add_row(one.name, place, stage, str(one.retention.until), escape(next_step(one, today)))
    return drawn
