"""`cityfabric up`: from the city's data to tenants on the cluster, districts side by side."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

from rich.table import Table

from cityfabric import configs, engine, platform
from cityfabric.console import Steps, err, say, show_problems
from cityfabric.drift.command import put_back
from cityfabric.engine import Outcome, Tools
from cityfabric.errors import DataError, EngineError, Exit, UserError
from cityfabric.settings import Settings
from infra.model.city import City
from infra.model.load import load_city
from infra.model.problem import Problem
from infra.tenancy.bindings import lapsed

# On 2 cores; more at once only wait for each other.
WORKERS: Final = 4
_USUAL_SECONDS: Final = 20
_CHANGES: Final = frozenset({"create", "update", "delete", "replace", "create-replacement", "delete-replaced"})


def up(settings: Settings, only: Iterable[str] = ()) -> tuple[Exit, list[Outcome]]:
    """Check the data, bring the cluster up, and provision the city and its districts.

    Args:
        settings: The instance.
        only: Districts to provision; none: all of them, and the city itself first.

    Returns:
        The exit code and the outcome of each stack.

    Raises:
        DataError: The data of the city as a whole is faulty; nothing was built.
        UserError: A district that does not exist was asked for.
    """
    city, problems = _checked(settings)
    wanted = _districts(city, sorted(only))
    tools = platform.bring_up(settings, city.city.registry)
    configs.prepare(settings, platform.identity(settings), sorted(city.districts))
    put_back(settings, tools, [settings.stack(district) for district in (*wanted, *([] if only else [None]))])
    outcomes = provision(settings, tools, "up", wanted, city_too=not only)
    show(outcomes, problems)
    failed = any(outcome.errors for outcome in outcomes)
    return (Exit.WRONG_INPUT if problems else Exit.FINDINGS if failed else Exit.GOOD), outcomes


def provision(
    settings: Settings, tools: Tools, operation: str, districts: Iterable[str], *, city_too: bool = True
) -> list[Outcome]:
    """Run an operation on the city's stack and, when that went well, on the districts' side by side."""
    with Steps() as steps:
        outcomes = [_stack(settings, tools, operation, steps, None)] if city_too else []
        if not any(outcome.errors for outcome in outcomes):
            with ThreadPoolExecutor(WORKERS) as pool:
                outcomes += pool.map(partial(_stack, settings, tools, operation, steps), districts)
    return outcomes


def _checked(settings: Settings) -> tuple[City, tuple[Problem, ...]]:
    loaded = load_city(settings.city_folder)
    if loaded.city is None:
        raise DataError(f"stacks/{settings.city}", loaded.problems)
    show_problems(f"stacks/{settings.city}", loaded.problems)
    city = loaded.city
    tenants = sum(len(district.tenants) for district in city.districts.values())
    say(
        f"{city.city.title.zh} {city.city.title.en}: {len(city.districts)} districts, {len(city.departments)} departments, "
        f"{tenants} tenants, {len(city.zones.zones)} zones; {len(loaded.problems)} problems"
    )
    for name, district in city.districts.items():
        for over in lapsed(name, district, datetime.now(UTC).date()):
            say(over)
    return city, loaded.problems


def _districts(city: City, only: list[str]) -> list[str]:
    unknown = sorted(set(only) - set(city.districts))
    if unknown:
        known = f"choose among: {', '.join(sorted(city.districts))}"
        raise UserError(f"no faultless district {', '.join(unknown)} in this city", known)
    # The largest first, so that no long one is left for the end.
    return sorted(set(only) or city.districts, key=lambda name: (-len(city.districts[name].tenants), name))


def _stack(settings: Settings, tools: Tools, operation: str, steps: Steps, district: str | None) -> Outcome:
    stack = settings.stack(district)
    steps.begin(stack, _USUAL_SECONDS)
    done = 0

    def note(event: dict[str, Any]) -> None:
        nonlocal done
        metadata = event.get("resOutputsEvent", {}).get("metadata", {})
        done += metadata.get("op") in _CHANGES
        steps.advance(stack, f"{done} resources changed")

    try:
        outcome = engine.run(settings, tools, stack, operation, note)
    except EngineError as error:
        outcome = Outcome(stack, {}, (f"{error}; mend: {error.mend}",))
    steps.end(stack, "failed" if outcome.errors else _words(outcome))
    return outcome


def _words(outcome: Outcome) -> str:
    return ", ".join(f"{count} {kind}" for kind, count in sorted(outcome.changes.items())) or "nothing to do"


def show(outcomes: list[Outcome], problems: Iterable[Problem]) -> None:
    """Show how each stack ended, and what was left out because its data is faulty."""
    table = Table("stack", "result", title=None)
    for outcome in outcomes:
        table.add_row(outcome.stack, "[red]failed[/]" if outcome.errors else _words(outcome))
    for district in sorted({problem.district for problem in problems if problem.district}):
        table.add_row(district, "[red]left out: its data is faulty[/]")
    err.print(table)
    for outcome in outcomes:
        for error in outcome.errors:
            err.print(f"{outcome.stack}: {error}", style="red", highlight=False, markup=False, soft_wrap=True)
