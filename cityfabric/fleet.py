"""`cityfabric fleet`: which tenants are behind the template that they were made from, and in what exactly."""

import json
import sys
from dataclasses import dataclass
from typing import Any

import typer
from rich.box import SIMPLE_HEAD
from rich.table import Table

from cityfabric.console import out, say
from cityfabric.errors import DataError, Exit
from cityfabric.options import AsJson, City
from cityfabric.settings import read_settings
from infra.model.city import City as WholeCity
from infra.model.load import load_city
from infra.model.template import differences


@dataclass(frozen=True, slots=True)
class Behind:
    """A tenant that is not as the current version of its template."""

    district: str
    tenant: str
    template: str
    version: int
    current: int
    differences: dict[str, tuple[object, object]]
    """Field -> what the template has, what the tenant has."""


def behind(city: WholeCity) -> list[Behind]:
    """Return the tenants that are behind their template or differ from it."""
    found = []
    for name, district in sorted(city.districts.items()):
        for tenant, declared in sorted(district.tenants.items()):
            use = declared.template
            if use is None:
                continue
            template = city.templates[use.name]
            differs = differences(declared, template)
            if use.version < template.version or differs:
                found.append(Behind(name, tenant, use.name, use.version, template.version, differs))
    return found


def fleet(city: City = None, as_json: AsJson = False) -> None:  # noqa: FBT002 - typer reads the default
    """Say which tenants are behind their template, and in what they differ from it; exit code 1 if there is one."""
    settings = read_settings(city)
    loaded = load_city(settings.city_folder)
    if loaded.city is None:
        raise DataError(f"stacks/{settings.city}", loaded.problems)
    found = behind(loaded.city)
    if as_json:
        sys.stdout.write(json.dumps([_plain(one) for one in found], indent=2, ensure_ascii=False) + "\n")
    elif found:
        out.print(_table(found))
    made = [one.template for district in loaded.city.districts.values() for one in district.tenants.values()]
    without = sum(one is None for one in made)
    say(
        f"{len(made)} tenants: {len(made) - without} from a template, {len(found)} of them behind or different; {without} by hand"
    )
    raise typer.Exit(Exit.FINDINGS if found else Exit.GOOD)


def _plain(one: Behind) -> dict[str, Any]:
    differs = {field: {"template": ours, "tenant": theirs} for field, (ours, theirs) in one.differences.items()}
    return {
        "district": one.district,
        "tenant": one.tenant,
        "template": one.template,
        "version": one.version,
        "current": one.current,
        "differences": differs,
    }


def _table(found: list[Behind]) -> Table:
    drawn = Table("tenant", "template", "version", "difference: template → tenant", box=SIMPLE_HEAD, show_edge=False)
    for one in found:
        told = "\n".join(f"{field}: {ours} → {theirs}" for field, (ours, theirs) in one.differences.items())
        drawn.add_row(
            f"{one.district}/{one.tenant}", one.template, f"{one.version} of {one.current}", told or "none but the version"
        )
    return drawn
