"""`cityfabric drift`: what is not as declared, who did it, and whether the next `up` puts it back."""

import json
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from cityfabric import locks, platform
from cityfabric.console import err, out, say
from cityfabric.drift import audit, mend
from cityfabric.drift.compare import UNTOLD, Change
from cityfabric.drift.declared import declared, stacks
from cityfabric.drift.find import Drift, State, find
from cityfabric.engine import Tools, environment
from cityfabric.errors import EngineError, Exit, UserError
from cityfabric.options import AsJson, City
from cityfabric.settings import Settings, read_settings

_SHORT: Final = 160  # characters of a value
_MEANS: Final = {
    State.CHANGED: "the next `cityfabric up` puts it back",
    State.DELETED: "the next `cityfabric up` makes it again",
    State.ADDED: "it is left alone; remove it by hand, or declare it",
    State.FOREIGN: "it is left alone; its owner should get a tenant, or it should go",
}

AuditLog = Annotated[
    list[Path] | None,
    typer.Option("--audit-log", help="Audit log of the API server, the oldest first; the sandbox's own is found by itself."),
]


def drift(
    city: City = None,
    audit_log: AuditLog = None,
    as_json: AsJson = False,  # noqa: FBT002 - typer reads the default
) -> None:
    """Say what on the cluster is not as declared, who changed it, where and when; exit code 1 if there is anything."""
    settings = read_settings(city)
    if settings.sandbox:
        platform.require_sandbox(settings)
    for log in audit_log or ():
        if not log.is_file():
            raise UserError(f"there is no audit log {log}", "name the file that --audit-log-path of the API server names")
    tools = platform.tools(settings)
    found = [one for one in _found(settings, tools, stacks(settings, tools), audit_log) if not one.within]
    if as_json:
        out.print_json(json.dumps([_plain(one) for one in found], ensure_ascii=False))
    else:
        show(found)
        say(_summary(found))
    raise typer.Exit(Exit.FINDINGS if found else Exit.GOOD)


def put_back(settings: Settings, tools: Tools, names: Iterable[str]) -> list[Drift]:
    """Put back what is not as these stacks declared it in their last run, and say what was and by whom.

    Raises:
        EngineError: Somebody works on one of the stacks, or something could not be put back.
    """
    known = set(stacks(settings, tools))
    wanted = sorted(known & set(names))
    for stack in wanted:
        locks.clear_stale(settings, environment(settings, tools), stack)
    found = [one for one in _found(settings, tools, wanted, None) if one.mendable]
    with platform.asked(settings) as api:
        failed = mend.mend(api, found)
    show(one for one in found if not one.within)
    if found:
        say(f"put back: {len(found) - len(failed)} of {len(found)} objects that were not as declared")
    if failed:
        told = "; ".join(f"{one.ref}: {reason}" for one, reason in failed)
        raise EngineError(f"{len(failed)} objects could not be put back: {told}", "run the command again")
    return found


def _found(settings: Settings, tools: Tools, names: Sequence[str], given: list[Path] | None) -> list[Drift]:
    wanted = declared(settings, tools, names)
    logs = given or (audit.logs(settings.state / "logs") if settings.sandbox else [])
    with platform.asked(settings) as api:
        return find(api, wanted, logs, settings.city, partial(declared, settings, tools, unsealed=True))


def show(found: Iterable[Drift]) -> None:
    """Show each object with what is not as declared in it."""
    for one in found:
        head = f"{one.stack or 'no stack'}: {one.ref} {one.state}; by {one.deed}"
        err.print(head, style="yellow", highlight=False, markup=False, soft_wrap=True)
        for change in one.changes:
            err.print(f"    {_words(change)}", highlight=False, markup=False, soft_wrap=True)


def _words(change: Change) -> str:
    if isinstance(change.declared, list) and isinstance(change.live, list):
        more = [one for one in change.live if one not in change.declared]
        less = [one for one in change.declared if one not in change.live]
        told = [f"{word} {_value(part)}" for word, part in (("with", more), ("without", less)) if part]
        return f"{change.field}: {', '.join(told) or 'in another order'}"
    return f"{change.field}: {_value(change.live)} instead of {_value(change.declared)}"


def _value(value: object) -> str:
    if value is None or value == UNTOLD:
        return "nothing" if value is None else UNTOLD
    text = json.dumps(value, ensure_ascii=False, sort_keys=True)
    return text if len(text) <= _SHORT else f"{text[:_SHORT]}..."


def _summary(found: Sequence[Drift]) -> str:
    if not found:
        return "everything on the cluster is as declared"
    counts = [(state, sum(one.state is state for one in found)) for state in State]
    return "; ".join(f"{count} {state}: {_MEANS[state]}" for state, count in counts if count)


def _plain(one: Drift) -> dict[str, Any]:
    ref, deed = one.ref, one.deed
    return {
        "stack": one.stack or None,
        "state": one.state,
        "object": {"apiVersion": ref.api_version, "kind": ref.kind, "namespace": ref.namespace or None, "name": ref.name},
        "changes": [{"field": each.field, "declared": each.declared, "live": each.live} for each in one.changes],
        "by": {"who": deed.who, "verb": deed.verb or None, "when": deed.when or None, "where": deed.where or None},
        "mended_by_up": one.mendable,
    }
