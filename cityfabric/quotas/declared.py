"""The city's data for commands that do not build: what can be read of it, and all problems told."""

from collections.abc import Iterable

from cityfabric.console import show_problems
from cityfabric.errors import DataError, UserError
from cityfabric.settings import Settings
from infra.model.city import City
from infra.model.load import load_city
from infra.model.problem import Problem


def declared(settings: Settings) -> tuple[City, tuple[Problem, ...]]:
    """Return the city without its faulty districts, and the problems, which are shown.

    Raises:
        DataError: The data of the city as a whole is faulty.
    """
    loaded = load_city(settings.city_folder)
    if loaded.city is None:
        raise DataError(f"stacks/{settings.city}", loaded.problems)
    show_problems(f"stacks/{settings.city}", loaded.problems)
    return loaded.city, loaded.problems


def require_districts(city: City, districts: Iterable[str]) -> None:
    """Refuse districts that the city does not have, or whose data is faulty.

    Raises:
        UserError: There are such.
    """
    if unknown := sorted(set(districts) - city.districts.keys()):
        known = f"choose among: {', '.join(sorted(city.districts))}"
        raise UserError(f"no faultless district {', '.join(unknown)} in this city", known)
