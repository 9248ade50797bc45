"""`cityfabric waivers`: every permitted exception, who approved it, and how many days are left of it."""

from datetime import date
from pathlib import Path
from typing import Annotated, Any, Final

import typer
import yaml
from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table

from cityfabric.console import out, print_data, say, show_problems
from cityfabric.errors import DataError, Exit, UserError
from cityfabric.options import AsJson, City, OnDay, day_of
from cityfabric.settings import read_settings
from infra.model.digest import canonical, digest_of
from infra.model.load import load_city
from infra.model.waiver import Waiver

_IN_FORCE: Final = "in force"
_LAPSED: Final = "lapsed"
_TO_COME: Final = "to come"
_STYLES: Final = {_IN_FORCE: None, _LAPSED: "red", _TO_COME: "dim"}
DigestOf = Annotated[
    Path | None, typer.Option("--digest", help="Only print the digest of the object in this manifest, for a new waiver.")
]


def waivers(
    city: City = None,
    day: OnDay = None,
    digest: DigestOf = None,
    as_json: AsJson = False,  # noqa: FBT002 - typer reads the default
) -> None:
    """Show each waiver: rule, object, who approved it, days left; exit code 1 if one has lapsed and is still there."""
    if digest:
        typer.echo(digest_of_file(digest))
        raise typer.Exit(Exit.GOOD)
    settings, today = read_settings(city), day_of(day)
    loaded = load_city(settings.city_folder)
    if loaded.city is None:
        raise DataError(f"stacks/{settings.city}", loaded.problems)
    show_problems(f"stacks/{settings.city}", loaded.problems)
    found = sorted(loaded.city.waivers.values(), key=lambda each: (each.expires or date.max, each.name))
    lapsed = [each.name for each in found if _state(each, today) == _LAPSED]
    if as_json:
        print_data([_plain(each, today) for each in found])
    elif found:
        out.print(_table(found, today))
    else:
        say(f"{settings.city} has no waiver")
    if lapsed:
        say(f"lapsed, and whatever they allowed is refused: {', '.join(lapsed)}; keep their files, or remove them")
    raise typer.Exit(Exit.WRONG_INPUT if loaded.problems else Exit.FINDINGS if lapsed else Exit.GOOD)


def digest_of_file(file: Path) -> str:
    """Return the digest of the one object in a manifest.

    Raises:
        UserError: It holds no object, or several.
    """
    try:
        found = [each for each in yaml.safe_load_all(file.read_text("utf-8")) if each is not None]
        if _is_one_object(found):
            return digest_of(canonical(found[0]))
        told = "it is not one object with apiVersion, kind and metadata"
    except (OSError, ValueError, yaml.YAMLError) as error:
        told = " ".join(str(error).split())
    raise UserError(f"{file} cannot be read as an object: {told}", "give a manifest of one object, as the pipeline has it")


def _is_one_object(found: list[Any]) -> bool:
    one = found[0] if len(found) == 1 else None
    return isinstance(one, dict) and {"apiVersion", "kind"} <= one.keys() and isinstance(one.get("metadata"), dict)


def _state(waiver: Waiver, today: date) -> str:
    if today < waiver.created:
        return _TO_COME
    return _LAPSED if waiver.expires is None or today > waiver.expires else _IN_FORCE


def _days_left(waiver: Waiver, today: date) -> int:
    """Return for how many days it holds yet, today with them."""
    return max(0, (waiver.expires - max(today, waiver.created)).days + 1) if waiver.expires else 0


def _plain(waiver: Waiver, today: date) -> dict[str, Any]:
    told = {"state": _state(waiver, today), "days_left": _days_left(waiver, today), "namespace": waiver.scope.namespace}
    return {**waiver.model_dump(mode="json"), **told}


def _table(found: list[Waiver], today: date) -> Table:
    drawn = Table(box=SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0), pad_edge=False)
    for column in ("waiver", "rule", "category"):
        drawn.add_column(column, no_wrap=True)
    drawn.add_column("object", overflow="fold")
    drawn.add_column("approved by", overflow="fold")
    for column in ("until", "days left", "state"):
        drawn.add_column(column, no_wrap=True, justify="right" if column == "days left" else "left")
    drawn.add_column("reason", overflow="fold")
    for each in found:
        state, left = _state(each, today), str(_days_left(each, today))
        approved, reason = f"{each.approved_by}, {each.created}", f"{each.reason} ({each.ticket})"
        cells = (each.name, each.rule, each.category, str(each.scope), approved, str(each.expires), left, state, reason)
        drawn.add_row(*map(escape, cells), style=_STYLES[state])
    return drawn
