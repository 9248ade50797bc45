"""`cityfabric decide`: what becomes of the open requests to change a quota, and with --apply the new quotas in the data."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table

from cityfabric.console import out, print_data, say
from cityfabric.errors import Exit, UserError
from cityfabric.options import AsJson, City
from cityfabric.overview import Row
from cityfabric.quotas import live
from cityfabric.quotas.apply import Change, apply
from cityfabric.quotas.declared import declared
from cityfabric.quotas.show import COLUMNS, shown_as
from cityfabric.settings import Settings, read_settings
from infra.model import city as model
from infra.model.decision import decide as decision_on
from infra.model.request import Request, Rule


@dataclass(frozen=True, slots=True)
class Answer:
    """A request, and what is decided."""

    change: Change
    applied: bool = False

    @property
    def passes(self) -> bool:
        """Whether the request passes."""
        return self.change.decision.passes

    def as_json(self) -> dict[str, Any]:
        """Return the answer as plain data."""
        change, request = self.change, self.change.request
        district, tenant = request.place
        return {
            "request": request.name,
            "district": district,
            "tenant": tenant,
            "environment": request.environment,
            "passes": self.passes,
            "applied": self.applied,
            "current": request.current(change.tenant).model_dump(),
            "wanted": request.quota.model_dump(),
            "used": change.used and change.used.model_dump(),
            "units": {unit: {"rule": one.rule, "reason": one.reason} for unit, one in change.decision.units.items()},
        }


def decide(
    request: Annotated[list[str] | None, typer.Argument(help="Requests to decide on; none: all that are open.")] = None,
    city: City = None,
    write: Annotated[bool, typer.Option("--apply", help="Write what passes into the city's files.")] = False,  # noqa: FBT002 - as below
    as_json: AsJson = False,  # noqa: FBT002 - typer reads the default
) -> None:
    """Decide on the open requests to change a quota, with what is used in the cluster now. Exit code 1: a request waits."""
    settings = read_settings(city)
    found, problems = declared(settings)
    wanted = chosen(found, request or ())
    answers = list(evaluated(found, wanted, live.rows(settings))) if wanted else []
    if write:
        answers = [_applied(settings, answer) if answer.passes else answer for answer in answers]
    if as_json:
        print_data([answer.as_json() for answer in answers])
    elif answers:
        out.print(table(answers))
    else:
        say(f"no request of {settings.city} is open")
    for answer in answers:
        _say_what_next(settings, answer)
    waits = any(not answer.passes for answer in answers)
    raise typer.Exit(Exit.WRONG_INPUT if problems else Exit.FINDINGS if waits else Exit.GOOD)


def chosen(found: model.City, names: Iterable[str]) -> list[Request]:
    """Return the open requests of these names, or all of them, the oldest first; those of faulty districts are left out.

    Raises:
        UserError: There is no such open request.
    """
    undecided = {name: one for name, one in found.requests.items() if one.decision is None and one.place[0] in found.districts}
    for name in sorted(set(names) - undecided.keys()):
        closed = found.requests.get(name)
        message = f"there is no request {name!r} in a faultless district"
        if closed and closed.decision:
            message = f"{name} was decided on {closed.decision.day}; its file says how"
        raise UserError(message, f"choose among the open ones: {', '.join(sorted(undecided)) or 'none'}")
    wanted = [undecided[name] for name in set(names) or undecided]
    return sorted(wanted, key=lambda one: (one.asked_on, one.name))


def evaluated(found: model.City, requests: Iterable[Request], running: Sequence[Row]) -> Iterator[Answer]:
    """Yield what is decided for each request, with what is used of the very quota that is to change."""
    today = datetime.now(UTC).astimezone().date()
    for request in requests:
        district, name = request.place
        tenant = found.districts[district].tenants[name]
        own = [row for row in running if (row.district, row.tenant) == (district, name)]
        used = live.usage(row for row in own if request.environment in {None, row.environment})
        decision = decision_on(request.current(tenant), request.quota, used, request.approval)
        yield Answer(Change(request, tenant, decision, used, today))


def _applied(settings: Settings, answer: Answer) -> Answer:
    files = apply(settings.city_folder, answer.change)
    say(f"{answer.change.request.name} is written into {' and '.join(f'stacks/{settings.city}/{file}' for file in files)}")
    return Answer(answer.change, applied=True)


def _say_what_next(settings: Settings, answer: Answer) -> None:
    request = answer.change.request
    if answer.applied:
        say(f"{request.name}: provision it with: cityfabric up {request.place[0]}")
    elif answer.passes:
        say(f"{request.name} passes; write it into the data with: cityfabric decide {request.name} --apply")
    else:
        words = f"approval: {{by: user:NAME, day: {answer.change.day}, reason: WHY}}"
        say(f"{request.name} waits until somebody approves it in stacks/{settings.city}/requests/{request.name}.yaml: {words}")


def table(answers: Iterable[Answer]) -> Table:
    """Draw each request with a line for each unit that it changes; only the reasons are broken into lines."""
    drawn = Table(box=SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0), pad_edge=False)
    for column in ("request", "unit"):
        drawn.add_column(column, no_wrap=True)
    for column in ("now", "wanted", "used"):
        drawn.add_column(column, no_wrap=True, justify="right")
    drawn.add_column("verdict", overflow="fold")
    for answer in answers:
        request, change = answer.change.request, answer.change
        place = "/".join(part for part in (request.tenant, request.environment) if part)
        verdict = "[green]passes[/]" if answer.passes else "[yellow]waits for an approval[/]"
        drawn.add_row(request.name, "", "", "", "", f"{verdict}: {place}", style="bold")
        current = request.current(change.tenant)
        for unit, one in change.decision.units.items():
            if one.rule is Rule.SAME:
                continue
            used = shown_as(unit, change.used.of(unit)) if change.used else "-"
            amounts = (shown_as(unit, getattr(each, unit)) for each in (current, request.quota))
            drawn.add_row("", COLUMNS[unit][0], *amounts, used, f"{one.rule or 'waits'}: {escape(one.reason)}")
        drawn.add_section()
    return drawn
