"""Writes the steps of an offboarding into the city's data, and the tenant out of it, tried on a copy first."""

from typing import Any

from cityfabric.errors import DataError, UserError
from cityfabric.onboard.edit import block, without_entry
from cityfabric.onboard.plan import Plan
from cityfabric.settings import Settings
from infra.model import kinds
from infra.model.base import Model
from infra.model.city import City
from infra.model.load import load_city
from infra.model.offboarding import Offboarding


def read(settings: Settings) -> City:
    """Return the city, which has to be faultless: nobody is sent away on faulty data.

    Raises:
        DataError: It is not.
    """
    loaded = load_city(settings.city_folder)
    if loaded.city is None or loaded.problems:
        raise DataError(f"stacks/{settings.city}", loaded.problems)
    return loaded.city


def find(city: City, name: str) -> Offboarding:
    """Return an offboarding.

    Raises:
        UserError: There is none of that name.
    """
    if name not in city.offboardings:
        known = ", ".join(sorted(city.offboardings)) or "none yet; docs/how-to/leave.md says how to ask for one"
        raise UserError(f"there is no offboarding {name!r}", f"choose among: {known}")
    return city.offboardings[name]


def take(settings: Settings, name: str, field: str, step: Model) -> None:
    """Write a step that was taken at the end of the offboarding's file.

    Raises:
        DataError: The data would be faulty; nothing is written.
    """
    file = kinds.OFFBOARDING.file(name)
    text = (settings.city_folder / file).read_text("utf-8").rstrip("\n")
    content: dict[str, Any] = step.model_dump(mode="python", exclude_none=True)
    plan = Plan(settings.city_folder, {file: f"{text}\n{block(field, content, 0)}"})
    plan.check()
    plan.write()


def remove(settings: Settings, leaver: Offboarding) -> str:
    """Take the tenant, or its environment, out of the district's file, and return the file.

    Raises:
        DataError: The data would be faulty without it; nothing is written.
    """
    district, tenant = leaver.place
    file = kinds.DISTRICT.file(district)
    path = ("tenants", tenant) if leaver.environment is None else ("tenants", tenant, "environments", leaver.environment)
    text = (settings.city_folder / file).read_text("utf-8")
    plan = Plan(settings.city_folder, {file: without_entry(text, path, f"stacks/{settings.city}/{file}")})
    plan.check()
    plan.write()
    return file
