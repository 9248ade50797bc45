"""What must be right about a rule beyond the form of its file. Each check yields field, value, message, allowed and mend."""

import re
from collections.abc import Callable, Iterator
from typing import Final

from infra.model.words import FieldPath, instead
from policies import beyond, cel, kinds, shared
from policies.reads import unclear
from policies.record import Rule
from policies.terms import Exempt, Point

LEAST: Final = 2
"""So many allowed and so many disallowed examples a rule has at least."""
Told = tuple[FieldPath, str, str, str, str]
_PARAM: Final = re.compile(r"\bparams\.data\.(\w+)")
_UNSHARED: Final = ("namespaceObject", "authorizer", "request.userInfo")


def check(rule: Rule) -> Iterator[Told]:
    """Yield all that is wrong with a rule."""
    for each in _CHECKS:
        yield from each(rule)


def _deciders(rule: Rule) -> Iterator[Told]:
    if bool(rule.checks) == bool(rule.python):
        told = "a rule is decided by checks in CEL, or by a function in Python", "one of the two"
        yield ("checks",), "", *told, "write `checks:` or `python:`"
    if rule.python and rule.python not in beyond.RULES:
        known = ", ".join(beyond.RULES)
        yield ("python",), rule.python, "there is no such function", known, instead(rule.python, list(beyond.RULES), "add it")
    if rule.python and {Point.ADMISSION, Point.STATIC} & set(rule.points):
        yield ("points",), ", ".join(rule.points), "the cluster cannot run Python", "plan and audit", "remove the others"


def _looks(rule: Rule) -> Iterator[Told]:
    if rule.checks and not (rule.match.kinds or rule.match.groups or rule.match.subresources):
        yield ("match",), "", "the rule looks at nothing", "kinds, groups or subresources", "name what it looks at"
    for index, name in enumerate(rule.match.kinds):
        if name != "pod-templates" and name not in kinds.KINDS:
            mend = instead(name, list(kinds.KINDS), "add the kind to policies/kinds.py")
            yield ("match", "kinds", index), name, "this kind is not known", "a kind of policies/kinds.py", mend
    for index, name in enumerate(rule.match.subresources):
        if not re.fullmatch(r"[a-z]+/[a-z]+", name):
            yield ("match", "subresources", index), name, "is no subresource", "RESOURCE/SUBRESOURCE", "write both names"
    if Exempt.NODES in rule.match.exempt and Exempt.CLUSTER not in rule.match.exempt:
        yield ("match", "exempt"), "nodes", "nodes pass where the cluster passes", "cluster and nodes", "add 'cluster'"


def _texts(rule: Rule) -> Iterator[Told]:
    for index, each in enumerate(rule.checks):
        at = ("checks", index, "cel")
        try:
            cel.compiled(each.cel)
        except cel.TextError as error:
            # What only the cluster knows does not have to be known here.
            if each.points != (Point.ADMISSION,) or not any(name in each.cel for name in _UNSHARED):
                yield (
                    at,
                    "",
                    f"is no CEL: {error}",
                    "an expression that is true or false",
                    "correct it at the column that is told",
                )
        if unclear(each.cel):
            told = "takes a value by a computed key from what is no field", "field[key], the field by its name"
            yield at, "", *told, "write out the field before the bracket"
        if Point.PLAN in (each.points or rule.points) and any(name in each.cel for name in _UNSHARED):
            told = "reads what a plan does not know", "object, oldObject, request.operation, params and variables"
            yield at, "", *told, "write `points: [admission]` below it"
        for name in sorted(set(re.findall(r"\bvariables\.(\w+)", each.cel)) - set(shared.VARIABLES)):
            mend = instead(name, list(shared.VARIABLES), "add it to policies/shared.py")
            yield at, f"variables.{name}", "there is no such variable", ", ".join(shared.VARIABLES), mend
        for name in sorted(set(_PARAM.findall(each.cel)) - set(rule.params)):
            yield at, f"params.data.{name}", "is not under `params`", ", ".join(rule.params) or "none", "add it there"


def _messages(rule: Rule) -> Iterator[Told]:
    seen: set[str] = set()
    for index, each in enumerate(rule.checks):
        at = ("checks", index, "message")
        if each.message in seen:
            yield at, each.message, "another check says the same", "a message of its own", "say what is wrong here"
        seen.add(each.message)
        if each.message.endswith((".", "!")):
            yield at, each.message, "ends with a full stop, and a message goes on", "no full stop", "remove it"


_CHECKS: Final[tuple[Callable[[Rule], Iterator[Told]], ...]] = (_deciders, _looks, _texts, _messages)
