"""`cityfabric access`: who can do what where, from the live cluster, and whether the data declares it."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from itertools import groupby
from typing import Annotated, Any, Final

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from cityfabric import platform
from cityfabric.bound import Live, in_words, read
from cityfabric.console import out, print_data, say
from cityfabric.errors import DataError, Exit, UserError
from cityfabric.options import AsJson, City
from cityfabric.review import Grant, review
from cityfabric.settings import Settings, read_settings
from infra.model import city as model
from infra.model.load import load_city
from infra.tenancy.roles import CATALOGUE, role_name

_EVERYWHERE: Final = "everywhere"
_WIDE: Final = 200  # characters in a line where there is no terminal to break it
_TITLES: Final = {role_name(role): f"{spec.title.zh} / {spec.title.en}" for role, spec in CATALOGUE.items()}


def access(
    district: Annotated[list[str] | None, typer.Argument(help="Districts to review; none: all.")] = None,
    subject: Annotated[
        list[str] | None, typer.Option(help="Only group:NAME, user:NAME or serviceaccount:NAMESPACE/NAME.")
    ] = None,
    city: City = None,
    as_json: AsJson = False,  # noqa: FBT002 - typer reads the default
) -> None:
    """Review who can do what where on the cluster, until when, and what of it the data does not declare."""
    settings = read_settings(city)
    declared = _declared(settings)
    _require_districts(declared, district or ())
    if settings.sandbox:
        platform.require_sandbox(settings)
    with platform.asked(settings) as api:
        live = read(api, settings.city)
    grants = [each for each in review(live, declared, datetime.now(UTC)) if _is_asked_for(each, district, subject)]
    findings = sum(bool(each.finding) for each in grants)
    if as_json:
        print_data(_as_json(grants, live))
    else:
        _draw(grants, live, settings.city)
    say(f"{len(grants)} grants; findings: {findings}")
    raise typer.Exit(Exit.FINDINGS if findings else Exit.GOOD)


def _declared(settings: Settings) -> model.City:
    """Return the city; of one with faults nobody can say what it declares."""
    loaded = load_city(settings.city_folder)
    if loaded.city is None or loaded.problems:
        raise DataError(f"stacks/{settings.city}", loaded.problems)
    return loaded.city


def _require_districts(city: model.City, districts: Iterable[str]) -> None:
    if unknown := sorted(set(districts) - set(city.districts)):
        raise UserError(f"no district {', '.join(unknown)} in this city", f"choose among: {', '.join(sorted(city.districts))}")


def _is_asked_for(grant: Grant, districts: Sequence[str] | None, subjects: Sequence[str] | None) -> bool:
    """Say whether a grant reaches into one of the districts, and is one of a subject's."""
    return (not districts or not grant.namespace or grant.district in districts) and (not subjects or grant.subject in subjects)


def _as_json(grants: Sequence[Grant], live: Live) -> dict[str, Any]:
    roles = sorted({each.role for each in grants})
    return {
        "grants": [asdict(each) for each in grants],
        "roles": {role: {"title": _TITLES.get(role, ""), "may": in_words(live.roles.get(role, frozenset()))} for role in roles},
    }


def _draw(grants: Sequence[Grant], live: Live, city: str) -> None:
    paper = out if out.is_terminal else Console(width=_WIDE)
    drawn = Table(box=SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0), pad_edge=False, title=f"{city}: who can do what where")
    for name in ("subject", "role", "where", "until", "declared in", "finding"):
        drawn.add_column(name, overflow="fold")
    for (who, role, until, declared, finding), same in groupby(sorted(grants, key=_together), _together):
        drawn.add_row(
            escape(who), escape(role), _places(same), escape(until), declared or "-", finding, style="red" if finding else None
        )
    paper.print(drawn)
    for role in sorted({each.role for each in grants}):
        paper.print(f"\n[bold]{escape(role)}[/] {_TITLES.get(role, '')}", highlight=False)
        for line in in_words(live.roles.get(role, frozenset())):
            paper.print(f"  {', '.join(line['verbs'])}: {', '.join(line['resources'])}", highlight=False, markup=False)


def _together(grant: Grant) -> tuple[str, ...]:
    return (grant.subject, grant.role, grant.until, grant.declared, grant.finding)


def _places(grants: Iterable[Grant]) -> str:
    """Return where: each tenant with its environments, or a namespace, or everywhere."""
    places: dict[str, list[str]] = {}
    for each in grants:
        place = f"{each.district}/{each.tenant}" if each.tenant else each.namespace or _EVERYWHERE
        places.setdefault(place, []).extend([each.environment] if each.environment else [])
    return ", ".join(f"{place} ({', '.join(environments)})" if environments else place for place, environments in places.items())
