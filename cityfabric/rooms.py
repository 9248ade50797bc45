"""`cityfabric rooms`: how far each legacy server room is emptied, what is overdue, and what does more than maintenance."""

from datetime import date
from typing import Any, Final

import typer
from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table

from cityfabric.console import out, print_data, say, show_problems
from cityfabric.errors import DataError, Exit
from cityfabric.options import AsJson, City, OnDay, day_of
from cityfabric.settings import read_settings
from infra.model.city import City as WholeCity
from infra.model.load import load_city
from infra.model.room import Room, RoomState
from infra.model.room_review import Judged, found_digest, reviewed

_STILL_HERE: Final = "in the room"


def rooms(city: City = None, day: OnDay = None, as_json: AsJson = False) -> None:  # noqa: FBT002 - typer reads the default
    """Show each legacy server room: its wave, what is left, where the rest went, what breaks a rule; exit code 1 if any does."""
    settings, today = read_settings(city), day_of(day)
    loaded = load_city(settings.city_folder)
    if loaded.city is None:
        raise DataError(f"stacks/{settings.city}", loaded.problems)
    show_problems(f"stacks/{settings.city}", loaded.problems)
    found = {room.name: reviewed(loaded.city, room, today) for room in loaded.city.rooms.values()}
    if as_json:
        print_data([_plain(room, found[room.name], today) for room in loaded.city.rooms.values()])
    elif found:
        _draw(loaded.city, found, today)
    else:
        say(f"{settings.city} has no legacy server room")
    broken = any(not each.verdict.waived for judged in found.values() for each in judged)
    raise typer.Exit(Exit.WRONG_INPUT if loaded.problems else Exit.FINDINGS if broken else Exit.GOOD)


def _plain(room: Room, judged: tuple[Judged, ...], today: date) -> dict[str, Any]:
    return {
        "room": room.name,
        "title": room.title.model_dump(),
        "owner": room.owner,
        "site": room.site,
        "state": room.state,
        "wave": room.wave,
        "migrate_by": room.migrate_by.isoformat(),
        "due": room.due.isoformat(),
        "overdue_days": _overdue(room, today),
        "left": list(room.left),
        "moved": {
            name: {"to": system.moved_to, "on": system.moved_on.isoformat() if system.moved_on else None}
            for name, system in room.systems.items()
            if system.moved_to
        },
        "surveyed": room.survey.day.isoformat() if room.survey else None,
        "digest": found_digest(room),
        "findings": [
            {
                **each.finding._asdict(),
                "waived": each.verdict.waived,
                "waiver": each.verdict.waiver,
                "verdict": each.verdict.words,
            }
            for each in judged
        ],
    }


def _overdue(room: Room, today: date) -> int:
    return max(0, (today - room.due).days) if room.state is not RoomState.CLOSED else 0


def _by(room: Room, city: WholeCity, today: date) -> str:
    if room.name in city.city.tombstones:
        return f"closed {city.city.tombstones[room.name].closed_on}"
    late, extended = _overdue(room, today), " (extended)" if room.due > room.migrate_by else ""
    return f"{room.due}{extended}, [red]{late} days over[/]" if late else f"{room.due}{extended}"


def _draw(city: WholeCity, found: dict[str, tuple[Judged, ...]], today: date) -> None:
    drawn = Table(box=SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0), pad_edge=False)
    for column in ("room", "owner", "wave", "state", "empty by"):
        drawn.add_column(column, no_wrap=True)
    drawn.add_column("systems", overflow="fold")
    for room in sorted(city.rooms.values(), key=lambda each: (each.due, each.name)):
        where = [
            f"{name}: {system.moved_to}, {system.moved_on}" if system.moved_to else f"{name}: {_STILL_HERE}"
            for name, system in room.systems.items()
        ]
        drawn.add_row(room.name, room.owner, room.wave, room.state, _by(room, city, today), "\n".join(where))
    out.print(drawn)
    for name, judged in found.items():
        for each in judged:
            finding, verdict = each.finding, each.verdict
            told = verdict.words if verdict.waived or verdict.waiver else f"instead: {finding.instead}"
            style = "yellow" if verdict.waived else "red"
            line = f"{name}: {finding.rule} {finding.field}: {finding.words}; {told}"
            out.print(escape(line), style=style, highlight=False, soft_wrap=True)
    never = sorted(room.name for room in city.rooms.values() if room.survey is None and room.state is not RoomState.CLOSED)
    if never:
        say(f"never surveyed, so that nobody knows what stands there: {', '.join(never)}")
